"""The wall clock is set, ahead and back, while the gateway runs and while it does not; the monotonic clock goes on."""

from datetime import datetime, timedelta, timezone

import pytest
from harness import Disk, eventually, number, stays

HOUR, DAY = 3600, 86400
YEAR = 365 * DAY


@pytest.fixture
def clocked(start_bank, start_daemon, tmp_path):
    """clocked(modems) -> (bank, daemon, disk): `disk.clock_offset` sets the gateway's clock."""

    def start(modems=1, extra="", **options):
        bank = start_bank(modems, **options)
        daemon = start_daemon(bank, extra=extra)
        assert daemon.stop() == 0
        disk = Disk(tmp_path / "disk", daemon.data)
        daemon.environment = disk.environment
        daemon.start().wait_ready(modems)
        assert disk.clock_reads > 0
        return bank, daemon, disk

    return start


def now(disk, seconds=0):
    """The gateway's time as the API takes it."""
    at = datetime.now(timezone.utc) + timedelta(seconds=disk.clock_offset + seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def set_clock(daemon, disk, offset):
    """Sets the clock; returns when the gateway goes by it."""

    def told():
        return daemon.log().count("the clock was set;")

    before = told()
    disk.clock_offset = offset
    eventually(lambda: told() > before)


def tomorrow(hour, minute=0, second=0):
    """How far ahead that time of tomorrow is."""
    at = datetime.now(timezone.utc)
    return (at.replace(hour=hour, minute=minute, second=second) + timedelta(days=1) - at).total_seconds()


def delivered(api, text, index=1, **fields):
    return api.wait_state(api.send(number(index), text, **fields)["id"], "delivered")


def since_1970():
    return datetime.now(timezone.utc).timestamp()


@pytest.mark.parametrize("offset", [HOUR, YEAR, -HOUR, "1970"], ids=["an hour on", "a year on", "an hour back", "1970"])
def test_sending_and_receiving_go_on_when_the_clock_is_set(clocked, offset):
    bank, daemon, disk = clocked(2, air_time=0.1)
    api = daemon.api()
    ids = [api.send(number(i), f"before {i}")["id"] for i in range(20)]
    eventually(lambda: len(bank.air.accepted()) >= 4)
    disk.clock_offset = -since_1970() + 100 if offset == "1970" else offset
    bank.inject("after the step", sender=number(5))
    for identifier in ids:
        # A report that comes a year after what it reports on, by that clock, is taken for another's.
        api.wait_state(identifier, *(("delivered", "sent") if offset == YEAR else ("delivered",)))
    for i in range(5):
        delivered(api, f"after {i}", 100 + i)
    eventually(lambda: [m["text"] for m in api.messages(direction="inbound")] == ["after the step"])
    # Newest first by acceptance, whatever the clock says.
    texts = [m["text"] for m in api.messages(direction="outbound", limit=5)]
    assert texts == [f"after {i}" for i in (4, 3, 2, 1, 0)]
    ids = [m["id"] for m in api.messages(direction="outbound", limit=500)]
    assert ids == sorted(ids, reverse=True), "identifiers rise within a run"
    disk.clock_offset = 0
    delivered(api, "the right time again", 200)
    checked = daemon.cli("check", "--config", str(daemon.config))
    assert "database  intact" in checked.stdout, checked.stderr


@pytest.mark.parametrize("offset", [-HOUR, -YEAR], ids=["an hour back", "a year back"])
def test_between_two_runs_the_clock_goes_back(clocked, offset):
    bank, daemon, disk = clocked(1)
    api = daemon.api()
    delivered(api, "before")
    bank.unplug(0)
    eventually(lambda: api.get("/readyz").status == 503)
    waiting = [api.send(number(i), f"waits {i}")["id"] for i in range(5)]
    assert daemon.stop() == 0
    disk.clock_offset = offset
    bank.plug(0)
    daemon.start().wait_ready(1)
    for identifier in waiting:
        daemon.api().wait_state(identifier, "delivered")
    delivered(daemon.api(), "after")


def test_a_scheduled_message_goes_by_the_new_clock(clocked):
    _, daemon, disk = clocked(1)
    api = daemon.api()
    soon = api.send(number(1), "in an hour", send_at=now(disk, HOUR))["id"]
    late = api.send(number(2), "in a day", send_at=now(disk, DAY))["id"]
    assert api.message(soon)["state"] == "scheduled"
    disk.clock_offset = 2 * HOUR
    api.wait_state(soon, "delivered")
    assert api.message(late)["state"] == "scheduled"
    set_clock(daemon, disk, -2 * HOUR)
    later = api.send(number(3), "in an hour again", send_at=now(disk, HOUR))["id"]
    stays(lambda: api.message(later)["state"] == "scheduled", 1.0)


def test_quotas_are_neither_freed_nor_locked(clocked):
    _, daemon, disk = clocked(1)
    api = daemon.api()
    noon = tomorrow(12)
    set_clock(daemon, disk, noon)
    [sim] = api.sims()
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_day": 2}}).expect(200)
    delivered(api, "first", 1)
    delivered(api, "second", 2)
    third = api.send(number(3), "third")["id"]
    # No step frees any, ahead or back, nor does a restart after it.
    for offset in (noon + 2 * DAY, noon + 40 * DAY, noon - 2 * DAY, noon):
        set_clock(daemon, disk, offset)
        stays(lambda: api.message(third)["state"] == "queued", 1.0)
    set_clock(daemon, disk, noon + 2 * DAY)
    assert daemon.stop() == 0
    api = daemon.start().api()
    eventually(lambda: api.sims()[0]["state"] == "exhausted")
    stays(lambda: api.message(third)["state"] == "queued", 1.0)
    # The end of the day does.
    set_clock(daemon, disk, tomorrow(23, 59, 57) + 2 * DAY)
    api.wait_state(third, "delivered")


def test_a_clock_that_is_set_ahead_ends_no_span_that_runs(clocked):
    bank, daemon, disk = clocked(1)
    api = daemon.api()
    bank.unplug(0)
    eventually(lambda: api.get("/readyz").status == 503)
    waits = api.send(number(1), "valid for an hour", validity_seconds=HOUR)["id"]
    set_clock(daemon, disk, 2 * DAY)
    stays(lambda: api.message(waits)["state"] == "queued", 1.5)
    bank.plug(0)
    api.wait_state(waits, "delivered")


def test_at_a_start_nothing_expires_by_a_clock_that_is_behind(clocked):
    bank, daemon, disk = clocked(1)
    bank.unplug(0)
    eventually(lambda: daemon.api().get("/readyz").status == 503)
    waits = daemon.api().send(number(1), "valid for an hour", validity_seconds=HOUR)["id"]
    assert daemon.stop() == 0
    # As a box without a clock of its own starts, until its time server answers.
    disk.clock_offset = -DAY
    daemon.start()
    eventually(lambda: "the clock is behind what was stored last" in daemon.log())
    set_clock(daemon, disk, 0)
    stays(lambda: daemon.api().message(waits)["state"] == "queued", 1.5)
    bank.plug(0)
    daemon.api().wait_state(waits, "delivered")


def test_a_clock_far_ahead_does_not_delete_the_history(clocked):
    _, daemon, disk = clocked(1, extra="[retention]\nmessages_days = 30\n")
    api = daemon.api()
    ids = [delivered(api, f"kept {i}", i)["id"] for i in range(3)]
    disk.clock_offset = 2 * YEAR
    delivered(api, "in the far future", 9)
    # At a start old messages are looked for at once.
    assert daemon.stop() == 0
    disk.clock_offset = 4 * YEAR
    daemon.start().wait_ready(1)
    api = daemon.api()
    eventually(lambda: "the clock is far ahead" in daemon.log())
    delivered(api, "even later", 10)
    assert [api.get(f"/api/v1/messages/{i}").status for i in ids] == [200] * 3


def test_texts_go_before_their_messages_do(clocked):
    _, daemon, disk = clocked(1, extra="[retention]\ntexts_days = 1\n")
    api = daemon.api()
    old = delivered(api, "a magic potion", 1)["id"]
    # What is not indexed yet waits until it is.
    assert len(api.messages(q="potion")) == 1
    assert daemon.stop() == 0
    # At a start old messages are looked for at once.
    disk.clock_offset = 3 * DAY
    daemon.start().wait_ready(1)
    api = daemon.api()
    eventually(lambda: api.message(old)["text"] == "")
    assert (api.message(old)["to"], api.message(old)["state"]) == (number(1), "delivered")
    assert api.messages(q="potion") == []
    assert len(api.get(f"/api/v1/messages/{old}/events").expect(200)["items"]) >= 3
