"""What needs a person: each code is raised by what causes it, told once, and cleared when the cause is gone.

`same-number` is caused in daemon/api/src/tests/attention.rs, `modem-fault` in test_recovery.py, `certificate-ends`
in test_tls.py, what udev tells and `modem-manager` in test_udev.py.
"""

import sqlite3
import time
from datetime import datetime, timedelta, timezone

import pytest
from harness import Disk, eventually, number, own_dev
from harness.paths import free_port
from harness.webhooks import LOCAL, make
from test_clock import tomorrow
from test_resting import refuse
from test_uncertain import conclusion, kill_on_air, lose_answer

PIN = "4711"


def limits(**settings):
    """The section of the configuration."""
    lines = [f"{name} = {value}" for name, value in settings.items()]
    return "\n".join(["[attention]", *lines, ""])


def later(seconds):
    """A time as commands take it."""
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def found(api, code):
    """What is listed under this code; of one subject at most once."""
    items = [item for item in api.every("/api/v1/attention") if item["code"] == code]
    subjects = [(item["subject"]["kind"], item["subject"]["id"]) for item in items]
    assert len(subjects) == len(set(subjects)), items
    return items


def raised(api, code):
    """The one item with this code, once it is there."""
    [item] = eventually(lambda: found(api, code), what=f"{code} is raised")
    assert item["sentence"] and item["since"], item
    return item


def cleared(api, code, within=100):
    eventually(lambda: not found(api, code), within=within, what=f"{code} is cleared")


class Watched:
    """While it lasts each code may be raised and cleared once; at its end these must have been."""

    def __init__(self, api, *codes, since_start=False):
        self.api = api
        self.codes = codes
        # An event of long ago, after which all is told that is remembered.
        self.after = 1 if since_start else None

    def __enter__(self):
        self.events = self.api.events(self.after)
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            for code in self.codes:
                for what in ("raised", "cleared"):
                    self.events.wait(f"attention.{what}", lambda data, code=code: data["code"] == code)
                    assert self.count(what, code) == 1, self.events.seen
        self.events.close()

    def count(self, what, code):
        told = [event for event in self.events.seen if event.get("event") == f"attention.{what}"]
        return len([event for event in told if event["data"]["code"] == code])


def test_a_sim_that_wants_its_pin(start_bank, start_daemon):
    bank = start_bank(1, options=["--pin", PIN])
    daemon = start_daemon(bank, ready=0)
    api = daemon.api()
    with Watched(api) as watched:
        item = raised(api, "locked")
        [modem] = api.modems()
        assert item["subject"]["id"] == modem["imei"] and item["severity"] == "warning"
        assert item["params"] == {"what": "pin", "tries_left": 3, "trouble": None}
        assert modem["attention"] == [item]
        action = item["action"]
        assert api.request(action["method"], action["path"], {"pin": PIN}).status == 200
        cleared(api, "locked")
        assert watched.count("cleared", "locked") == 1


def test_a_sim_that_wants_its_puk(start_bank, start_daemon):
    bank = start_bank(1, options=["--pin", PIN])
    api = start_daemon(bank, ready=0).api()
    raised(api, "locked")
    [modem] = api.modems()
    for wrong in ("1111", "2222", "3333"):
        api.post(f"/api/v1/modems/{modem['imei']}/unlock", {"pin": wrong, "last_try": True}).problem(422)
    item = eventually(lambda: [i for i in found(api, "locked") if i["params"]["what"] == "puk"])[0]
    assert "PUK" in item["sentence"], item
    api.post(item["action"]["path"], {"puk": "12345678", "new_pin": PIN}).expect(200)
    cleared(api, "locked")


def test_since_survives_a_restart_and_what_was_mended_meanwhile_is_cleared(start_bank, start_daemon):
    bank = start_bank(1, options=["--pin", PIN])
    daemon = start_daemon(bank, ready=0, extra=limits(cannot_send_seconds=0))
    api = daemon.api()
    since = raised(api, "locked")["since"]
    raised(api, "cannot-send")
    daemon.kill()
    daemon.start()
    api = daemon.api()
    with Watched(api, since_start=True) as watched:
        assert raised(api, "locked")["since"] == since
        assert watched.count("raised", "locked") == 0, "it was raised before"


def test_a_sim_that_rests(gateway):
    bank, _, api = gateway(1)
    with Watched(api, "resting"):
        refuse(bank, 0, 8)
        held = api.send(number(1), "waits")["id"]
        item = raised(api, "resting")
        assert item["params"]["reason"] == "cms-8" and item["params"]["failures"] == 1, item
        assert [one["code"] for one in api.sims()[0]["attention"]] == ["resting"]
        bank.ask(command="no-faults")
        action = item["action"]
        assert api.request(action["method"], action["path"]).status == 200
        api.wait_state(held, "delivered")
        cleared(api, "resting")


@pytest.mark.within_an_hour
def test_a_quota_that_is_used_up(gateway):
    _, _, api = gateway(1)
    [sim] = api.sims()
    with Watched(api, "quota-used-up"):
        api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_month": 1}}).expect(200)
        api.wait_state(api.send(number(1), "the last")["id"], "delivered")
        item = raised(api, "quota-used-up")
        assert {key: item["params"][key] for key in ("span", "limit", "used")} == {"span": "month", "limit": 1, "used": 1}
        # Where the day's is used up too, it sends again when the month is over all the same.
        api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_month": 1, "per_day": 1}}).expect(200)
        time.sleep(11)
        assert raised(api, "quota-used-up")["params"]["ends_at"] == item["params"]["ends_at"]
        api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_month": 100000, "per_day": None}}).expect(200)
        cleared(api, "quota-used-up")


@pytest.fixture
def on_disk(start_bank, start_daemon, tmp_path):
    """on_disk(modems, extra) -> (bank, daemon, disk): a gateway whose disk and clock obey the test."""

    def start(modems=1, extra="", offset=0):
        bank = start_bank(modems)
        daemon = start_daemon(bank, extra=extra)
        assert daemon.stop() == 0
        disk = Disk(tmp_path / "disk", daemon.data)
        disk.clock_offset = offset
        daemon.environment = disk.environment
        daemon.start().wait_ready(modems)
        return bank, daemon, disk

    return start


def test_a_quota_that_ends_before_its_day(on_disk):
    _, daemon, disk = on_disk(offset=tomorrow(3))
    api = daemon.api()
    [sim] = api.sims()
    with Watched(api, "quota-short"):
        api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_day": 10}}).expect(200)
        for i in range(6):
            api.wait_state(api.send(number(i), "early")["id"], "delivered")
        item = raised(api, "quota-short")
        assert item["severity"] == "notice" and item["params"]["used"] >= 5
        # In the evening that much is no haste.
        disk.clock_offset = tomorrow(21)
        cleared(api, "quota-short")


def test_a_modem_without_reports(start_bank, start_daemon):
    bank = start_bank(1, options=["--unreported", "1"])
    daemon = start_daemon(bank)
    api = daemon.api()
    with Watched(api, "no-reports"):
        for i in range(20):
            api.wait_state(api.send(number(i), "never reported")["id"], "sent")
        assert raised(api, "no-reports")["params"]["messages"] == 20
        sent = bank.air.accepted()[-1]
        bank.ask(command="report", slot=0, mr=sent.mr, to=sent.to, st=0)
        cleared(api, "no-reports")
    # A restart does not forget it.
    for i in range(20):
        api.wait_state(api.send(number(i), "never reported")["id"], "sent")
    before = raised(api, "no-reports")
    daemon.stop()
    api = daemon.start().api()
    after = raised(api, "no-reports")
    assert after["since"] == before["since"] and after["params"]["messages"] >= 20
    sent = bank.air.accepted()[-1]
    bank.ask(command="report", slot=0, mr=sent.mr, to=sent.to, st=0)
    cleared(api, "no-reports")


def test_a_modem_that_starts_anew_again_and_again(on_disk):
    bank, daemon, disk = on_disk()
    api = daemon.api()
    with Watched(api, "modem-restarts"):
        for _ in range(3):
            bank.ask(command="power", slot=0, ms=300)
            eventually(lambda: not api.modems() or api.modems()[0]["state"] != "ready", what="it has noticed")
            daemon.wait_ready(1)
        assert raised(api, "modem-restarts")["params"]["times"] >= 3
        disk.clock_offset = 2 * 3600
        cleared(api, "modem-restarts")


def test_a_modem_that_is_not_plugged_in_any_more(start_bank, start_daemon):
    bank = start_bank(2)
    api = start_daemon(bank, extra=limits(missing_seconds=1)).api()
    gone = {modem["port"].rsplit("/", 1)[1]: modem["imei"] for modem in api.modems()}["modem1"]
    with Watched(api, "modem-missing"):
        bank.unplug(1)
        item = raised(api, "modem-missing")
        assert item["subject"]["id"] == gone and item["action"]["path"] == f"/api/v1/sims/{item['params']['sim']}"
        assert not found(api, "sim-missing"), "one cause is told once"
        bank.plug(1)
        cleared(api, "modem-missing")
    bank.unplug(1)
    raised(api, "modem-missing")
    api.patch(item["action"]["path"], {"enabled": False}).expect(200)
    cleared(api, "modem-missing")


def test_a_sim_that_was_taken_out(start_bank, start_daemon):
    bank = start_bank(1)
    api = start_daemon(bank, extra=limits(missing_seconds=1)).api()
    [sim] = api.sims()
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"label": "shop"}).expect(200)
    with Watched(api, "sim-missing"):
        bank.ask(command="eject-sim", slot=0)
        item = raised(api, "sim-missing")
        assert item["subject"] == {"kind": "sim", "id": sim["iccid"], "label": "shop"}
        assert item["params"]["last_modem"] == sim["modem"]
        bank.ask(command="insert-sim", slot=0)
        cleared(api, "sim-missing")


def test_a_memory_that_is_full(start_bank, start_daemon):
    bank = start_bank(1, options=["--sim-slots", "10"])
    bank.ask(command="fault", slot=0, rule={"fault": "error", "on": "+CMGD"})
    bank.ask(command="fill", slot=0, free=2)
    daemon = start_daemon(bank)
    api = daemon.api()
    with Watched(api) as watched:
        item = raised(api, "memory-full")
        assert item["severity"] == "warning" and item["params"] == {"memory": "SM", "used": 8, "total": 10}
        # The modem is looked at anew when it has started anew; that it is away meanwhile ends nothing.
        bank.ask(command="fill", slot=0, free=0)
        bank.ask(command="power", slot=0, ms=300)
        item = eventually(lambda: [i for i in found(api, "memory-full") if i["severity"] == "critical"])[0]
        assert item["params"]["used"] == 10
        bank.ask(command="no-faults")
        bank.ask(command="empty", slot=0)
        bank.ask(command="power", slot=0, ms=300)
        cleared(api, "memory-full", within=150)
        assert (watched.count("raised", "memory-full"), watched.count("cleared", "memory-full")) == (1, 1)


def test_an_uplink_that_is_down(start_daemon):
    api = start_daemon(extra=limits(uplink_down_seconds=1)).api()
    with Watched(api, "uplink-down"):
        body = {"host": "127.0.0.1", "port": free_port(), "system_id": "x", "password": "y"}
        api.request("PUT", "/api/v1/uplinks/primary", body).expect(201)
        item = raised(api, "uplink-down")
        assert item["subject"]["id"] == "primary" and item["params"]["last_error"], item
        assert item["params"]["last_error_code"] == "connect", item
        api.request("PUT", "/api/v1/uplinks/primary", {**body, "enabled": False}).expect(200)
        cleared(api, "uplink-down")


def test_nothing_can_send(start_bank, start_daemon):
    bank = start_bank(1)
    bank.unplug(0)
    daemon = start_daemon(bank, ready=0, extra=limits(cannot_send_seconds=1))
    api = daemon.api()
    with Watched(api, "cannot-send"):
        item = raised(api, "cannot-send")
        assert item["severity"] == "critical" and "no modem" in item["sentence"], item
        bank.plug(0)
        cleared(api, "cannot-send")


def test_a_message_that_waits_too_long(start_daemon):
    api = start_daemon(extra=limits(queue_age_seconds=2)).api()
    with Watched(api, "queue-old"):
        waiting = api.send(number(1), "waits")
        item = raised(api, "queue-old")
        assert item["params"]["waits_since"] == waiting["created_at"], item
        api.delete(f"/api/v1/messages/{waiting['id']}").expect(204)
        cleared(api, "queue-old")


def test_a_message_of_which_nothing_will_tell(start_bank, start_daemon):
    bank = start_bank(1, air_time=1.5, report_after=600)
    daemon = start_daemon(bank, extra="[scheduler]\nuncertain_wait_seconds = 2\n")
    api = daemon.api()
    api.wait_state(api.send(number(9), "first")["id"], "sent")
    held = kill_on_air(daemon, api, number(1))
    lose_answer(bank, number(1))
    daemon.start()
    api = daemon.api()
    with Watched(api, "uncertain", since_start=True):
        eventually(lambda: conclusion(api.message(held)) == ("held", "policy"))
        assert raised(api, "uncertain")["params"] == {"messages": 1, "restored": 0}
        assert daemon.cli("messages", "resolve", held, "sent").returncode == 0
        cleared(api, "uncertain")


def test_messages_that_are_paused(start_daemon):
    api = start_daemon().api()
    campaign = {"reference": "spring"}
    with Watched(api, "paused"):
        api.send(number(1), "waits", **campaign)
        assert api.post("/api/v1/messages/pause", campaign).expect(200) == {"paused": 1}
        assert raised(api, "paused")["params"] == {"messages": 1}
        assert api.post("/api/v1/messages/resume", campaign).expect(200) == {"resumed": 1}
        cleared(api, "paused")


def park_a_post(daemon, hook):
    """An event that the receiver has refused for a day; starts the daemon anew."""
    api = daemon.api()
    make(api, "crm", hook, "message.cancelled")
    message = api.send(number(1), "cancelled")["id"]
    api.delete(f"/api/v1/messages/{message}").expect(204)
    eventually(lambda: hook.tries, what="it was posted")
    assert daemon.stop() == 0
    # A day later.
    with sqlite3.connect(daemon.data / "simgate.db") as connection:
        connection.execute("UPDATE deliveries SET since = since - 90000000, next_at = 0")
    connection.close()
    return daemon.start().api()


def test_posts_that_are_parked(start_daemon, receiver):
    daemon, hook = start_daemon(extra=LOCAL), receiver(status=lambda *_: 500)
    api = park_a_post(daemon, hook)
    with Watched(api, "webhook-parked", since_start=True):
        item = raised(api, "webhook-parked")
        assert (item["subject"]["id"], item["params"]) == ("crm", {"parked": 1})
        hook.status = lambda *_: 204
        action = item["action"]
        assert api.request(action["method"], action["path"], {}).status == 202
        cleared(api, "webhook-parked")


def test_parked_posts_that_nobody_wants_any_more(start_daemon, receiver):
    daemon, hook = start_daemon(extra=LOCAL), receiver(status=lambda *_: 500)
    api = park_a_post(daemon, hook)
    with Watched(api, "webhook-parked", since_start=True):
        raised(api, "webhook-parked")
        asked = daemon.cli("webhooks", "dismiss", "crm")
        assert asked.returncode == 2 and "--all" in asked.stderr
        dismissed = daemon.cli("webhooks", "dismiss", "crm", "--all")
        assert (dismissed.returncode, dismissed.stdout) == (0, "deleted: 1\n")
        cleared(api, "webhook-parked")
    assert api.get("/api/v1/webhooks/crm/deliveries").expect(200)["items"] == []


def test_a_disk_with_little_room(on_disk):
    _, daemon, disk = on_disk(extra=limits(disk_free_megabytes=100))
    api = daemon.api()
    with Watched(api, "disk-low"):
        disk.limit = disk.used + 50_000_000
        item = raised(api, "disk-low")
        assert item["params"]["free_megabytes"] < 100, item
        disk.limit = disk.used + 105_000_000
        time.sleep(12)
        assert found(api, "disk-low"), "a little more is not enough"
        disk.limit = disk.used + 200_000_000
        cleared(api, "disk-low")


def test_a_full_disk(on_disk):
    _, daemon, disk = on_disk(extra=limits(disk_free_megabytes=0))
    api = daemon.api()
    with Watched(api, "store-refuses"):
        disk.limit = disk.used
        refused = lambda: api.post("/api/v1/messages", {"to": number(1), "text": "x" * 1300}).status == 503  # noqa: E731
        eventually(refused, every=0.001)
        assert raised(api, "store-refuses")["severity"] == "critical"
        disk.mend()
        cleared(api, "store-refuses")


def test_a_row_that_makes_no_sense(start_daemon):
    daemon = start_daemon()
    api = daemon.api()
    # One that is enabled would be a cause of its own.
    uplink = {"host": "smsc.example.net", "system_id": "x", "enabled": False}
    for name in ("one", "other"):
        api.request("PUT", f"/api/v1/uplinks/{name}", uplink).expect(201)
    with Watched(api, "store-damaged"):
        database = sqlite3.connect(daemon.data / "simgate.db", timeout=10)
        with database:
            database.execute("UPDATE uplinks SET config = '{' WHERE name = 'one'")
        database.close()
        item = raised(api, "store-damaged")
        assert "row one of the table uplinks" in item["sentence"], item
        assert [uplink["name"] for uplink in api.every("/api/v1/uplinks")] == ["other"]
        checked = daemon.cli("check", "--config", str(daemon.config))
        assert checked.returncode == 1 and "row one of the table uplinks" in checked.stderr, checked.stderr
        api.request("PUT", "/api/v1/uplinks/one", uplink).expect(201)
        cleared(api, "store-damaged")


def test_a_backup_that_fails(start_daemon, tmp_path):
    folder = tmp_path / "backups"
    folder.write_text("in the way")
    api = start_daemon(extra=f'[backup]\nschedule = "every 1h"\nfolder = "{folder}"\n').api()
    with Watched(api, "backup-old"):
        api.post("/api/v1/backup").expect(202)
        item = raised(api, "backup-old")
        assert item["params"]["last_good"] is None and item["params"]["reason"], item
        folder.unlink()
        action = item["action"]
        assert api.request(action["method"], action["path"]).status == 202
        cleared(api, "backup-old")


def test_a_key_that_ends(start_daemon):
    daemon = start_daemon()
    api = daemon.api()
    with Watched(api, "key-ends"):
        daemon.create_key("crm", "send", "--expires", later(5))
        item = raised(api, "key-ends")
        assert item["subject"] == {"kind": "key", "id": "crm", "label": None}
        eventually(lambda: found(api, "key-ends")[0]["severity"] == "warning", what="it has ended")
        api.delete("/api/v1/keys/crm").expect(204)
        cleared(api, "key-ends")


def test_a_clock_that_no_time_server_has_set(start_daemon, tmp_path):
    if not own_dev.can_be_made():
        pytest.skip("needs a mount namespace")
    state = tmp_path / "timesync"
    state.mkdir()
    daemon = start_daemon(extra=limits(clock_unset_seconds=1))
    assert daemon.stop() == 0
    mount = f'mount -t tmpfs none /run && mkdir -p /run/systemd/timesync && mount --bind {state} /run/systemd/timesync && exec "$@"'
    daemon.prefix = [*own_dev.PRIVATE, "sh", "-c", mount, "sh"]
    api = daemon.start().api()
    with Watched(api, "clock-unset", since_start=True):
        raised(api, "clock-unset")
        (state / "synchronized").touch()
        cleared(api, "clock-unset")


def test_what_needs_a_person_is_counted_by_the_metrics_and_posted(start_daemon, receiver):
    daemon = start_daemon(extra=LOCAL + limits(cannot_send_seconds=0))
    api, hook = daemon.api(), receiver()
    make(api, "ops", hook, "attention.*")
    raised(api, "cannot-send")
    metrics = api.get("/metrics").body.decode()
    assert 'simgate_attention_items{severity="critical"} 1' in metrics, metrics
    daemon.create_key("soon", "send", "--expires", later(3600))
    raised(api, "key-ends")
    api.delete("/api/v1/keys/soon").expect(204)
    told = lambda: [event["type"] for event in hook.taken.values() if event["data"]["code"] == "key-ends"]  # noqa: E731
    eventually(lambda: told() == ["attention.raised", "attention.cleared"])
    assert not hook.wrong, hook.wrong
