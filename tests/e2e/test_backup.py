"""Backups while the gateway sends, and what a restore makes of one."""

import json
import shutil
import sqlite3
import threading

from harness import eventually, number

TABLES = ("messages", "keys", "sims", "uplinks", "webhooks", "users")


def census(database):
    """How many rows the tables of a database have that nobody uses."""
    connection = sqlite3.connect(f"file:{database}?immutable=1", uri=True)
    try:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}
    finally:
        connection.close()


def make(daemon):
    """A backup by the command line; its path."""
    done = daemon.cli("backup", "make")
    assert done.returncode == 0, done.stderr
    return daemon.data / "backups" / done.stdout.strip()


def cli(daemon, *arguments):
    """A command that works on the files of the gateway."""
    return daemon.cli(*arguments, "--config", str(daemon.config))


def accept(api, count, text):
    items = [{"to": number(n), "text": f"{text} {n}"} for n in range(count)]
    return [item["id"] for item in api.post("/api/v1/messages/batch", {"messages": items}).expect(202)["items"]]


def test_a_backup_under_load_is_whole_and_goes_on_elsewhere(start_bank, start_daemon, tmp_path):
    bank = start_bank(4, air_time=0.01)
    daemon = start_daemon(bank)
    api = daemon.api()
    api.request("PUT", "/api/v1/webhooks/crm", {"url": "http://192.0.2.1:9/hook", "events": ["sim.*"]}).expect(201)
    before = accept(api, 300, "before")
    stop = threading.Event()
    during = []

    def load():
        own = api.clone()
        while not stop.is_set():
            during.extend(accept(own, 20, "during"))

    thread = threading.Thread(target=load)
    thread.start()
    try:
        files = [make(daemon) for _ in range(3)]
    finally:
        stop.set()
        thread.join()
    assert during, "nothing was accepted meanwhile"
    listed = api.get("/api/v1/backups").expect(200)
    assert [item["name"] for item in listed["items"]] == [file.name for file in reversed(files)]
    assert listed["last_good_at"] == listed["items"][0]["made_at"] and listed["last_failure"] is None
    assert sorted(path.name for path in files[0].parent.iterdir()) == sorted(file.name for file in files)
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)

    other = start_daemon(name="elsewhere", ready=0)
    assert other.stop() == 0
    for file in files:
        counts = census(file)
        assert len(before) <= counts["messages"] <= len(before) + len(during), counts
        done = cli(other, "restore", str(file))
        assert done.returncode == 0, done.stderr
        assert f"{counts['messages']} messages" in done.stdout, done.stdout
        checked = cli(other, "check", "--json")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert {"level": "ok", "what": "database", "detail": "intact"} in json.loads(checked.stdout)["checks"]
        assert census(other.data / "simgate.db") == counts
    # The keys came along.
    other.key = daemon.key
    other.start()
    answer = other.api().get("/api/v1/webhooks/crm").expect(200)
    assert answer["events"] == ["sim.*"]
    audit = other.api().get("/api/v1/audit").expect(200)["items"]
    assert audit[0]["what"] == f"restored {files[-1].name}" and audit[0]["actor"] == "command line"


def test_nothing_goes_out_again_after_a_restore(start_bank, start_daemon):
    bank = start_bank(1, air_time=0.3)
    daemon = start_daemon(bank)
    api = daemon.api()
    identifiers = accept(api, 12, "once")
    eventually(lambda: len(bank.air.accepted(number(0))) == 1)
    backup = make(daemon)
    for identifier in identifiers:
        api.wait_state(identifier, "delivered", "sent")
    assert daemon.stop() == 0
    assert [len(bank.air.accepted(number(n))) for n in range(12)] == [1] * 12

    done = cli(daemon, "restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert "may have gone out since" in done.stdout, done.stdout
    daemon.start().wait_ready(1)
    api = daemon.api()
    # One that is new goes out, and nothing of before with it.
    api.wait_state(api.send(number(50), "new")["id"], "delivered")
    states = [api.message(identifier)["state"] for identifier in identifiers]
    assert set(states) <= {"sent", "delivered", "uncertain"} and "uncertain" in states, states
    assert [len(bank.air.accepted(number(n))) for n in range(12)] == [1] * 12
    [item] = eventually(lambda: api.get("/api/v1/attention").expect(200)["items"])
    assert (item["code"], item["params"]["restored"]) == ("uncertain", states.count("uncertain")), item
    assert "resolve-restored" in item["sentence"], item

    # A person knows, and says so of all of them.
    resolved = daemon.cli("messages", "resolve-restored", "sent")
    assert resolved.returncode == 0, resolved.stderr
    assert len(resolved.stdout.splitlines()) == states.count("uncertain"), resolved.stdout
    states = [api.message(identifier)["state"] for identifier in identifiers]
    assert set(states) <= {"sent", "delivered"}, states
    eventually(lambda: not api.get("/api/v1/attention").expect(200)["items"])
    api.wait_state(api.send(number(51), "newer")["id"], "delivered")
    assert [len(bank.air.accepted(number(n))) for n in range(12)] == [1] * 12


def test_what_did_not_go_out_is_sent_by_a_persons_word(start_bank, start_daemon):
    bank = start_bank(1)
    daemon = start_daemon(bank)
    api = daemon.api()
    sim = api.sims()[0]["iccid"]
    api.patch(f"/api/v1/sims/{sim}", {"enabled": False}).expect(200)
    identifiers = accept(api, 3, "waits")
    backup = make(daemon)
    api.patch(f"/api/v1/sims/{sim}", {"enabled": True}).expect(200)
    assert daemon.stop() == 0
    assert cli(daemon, "restore", str(backup)).returncode == 0
    daemon.start()
    api = daemon.api()
    api.patch(f"/api/v1/sims/{sim}", {"enabled": True}).expect(200)
    daemon.wait_ready(1)
    assert [api.message(identifier)["state"] for identifier in identifiers] == ["uncertain"] * 3
    resolved = daemon.cli("messages", "resolve-restored", "not-sent")
    assert resolved.returncode == 0, resolved.stderr
    for n, identifier in enumerate(identifiers):
        api.wait_state(identifier, "delivered")
        assert bank.air.accepted(number(n)), n


def test_a_restore_refuses_and_keeps_what_is_there(start_bank, start_daemon, tmp_path):
    daemon = start_daemon(start_bank(1))
    backup = make(daemon)
    running = cli(daemon, "restore", str(backup))
    assert running.returncode == 1 and "stop it first" in running.stderr, running
    assert daemon.stop() == 0
    damaged = tmp_path / "damaged.db"
    octets = bytearray(backup.read_bytes())
    octets[len(octets) // 2 : len(octets) // 2 + 8192] = b"\xa5" * 8192
    damaged.write_bytes(octets)
    before = (daemon.data / "simgate.db").read_bytes()
    refused = cli(daemon, "restore", str(damaged))
    assert refused.returncode == 1 and "is damaged" in refused.stderr, refused
    assert (daemon.data / "simgate.db").read_bytes() == before
    done = cli(daemon, "restore", str(backup))
    kept = [path for path in daemon.data.iterdir() if path.name.startswith("before-restore-")]
    assert done.returncode == 0 and len(kept) == 1 and str(kept[0]) in done.stdout, done
    assert kept[0].read_bytes() == before


def test_backups_are_made_by_the_clock_and_the_oldest_go(start_bank, start_daemon):
    daemon = start_daemon(start_bank(1), extra='[backup]\nschedule = "every 1h"\nkeep = 2\ndownload = true\n')
    api = daemon.api()

    def made():
        status = api.get("/api/v1/backups").expect(200)
        # While it is being looked after, another one that is asked for would be this one.
        return status["running"] is None and status["items"]

    # The first is due at once; the schedule is looked at once a minute.
    first = eventually(made, within=90)[0]["name"]
    names = [make(daemon).name for _ in range(2)]
    listed = api.get("/api/v1/backups").expect(200)
    assert [item["name"] for item in listed["items"]] == names[::-1] and first not in names
    assert listed["schedule"] == "every 1h"
    copy = daemon.folder / "copy.db"
    got = daemon.cli("backup", "download", names[0], "--output", str(copy))
    assert got.returncode == 0, got.stderr
    assert copy.read_bytes() == (daemon.data / "backups" / names[0]).read_bytes()
    assert copy.stat().st_mode & 0o077 == 0


def test_a_kill_in_the_middle_leaves_no_half_backup(start_bank, start_daemon):
    daemon = start_daemon(start_bank(1))
    api = daemon.api()
    accept(api, 2000, "some text that takes room " * 8)
    folder = daemon.data / "backups"
    api.post("/api/v1/backup", {}).expect(202)
    eventually(lambda: folder.exists() and list(folder.iterdir()))
    daemon.kill()
    shutil.copytree(folder, daemon.folder / "seen")
    daemon.start()
    eventually(lambda: not list(folder.glob("*.part")), what="what was cut off is gone")
    made = make(daemon)
    whole = {path.name for path in (daemon.folder / "seen").iterdir() if path.name.endswith(".db")}
    assert {path.name for path in folder.iterdir()} == {made.name} | whole


def test_what_is_set_goes_to_another_gateway_as_one_file(start_daemon, tmp_path):
    one, other = start_daemon(name="one"), start_daemon(name="other")
    put = {"host": "127.0.0.1", "system_id": "shop", "password": "smsc-secret", "enabled": False}
    one.api().request("PUT", "/api/v1/uplinks/primary", put).expect(201)
    file, passphrase = tmp_path / "gateway.json", tmp_path / "passphrase"
    passphrase.write_text("correct horse battery\n")
    exported = one.cli("config", "export", "--output", str(file), "--passphrase-file", str(passphrase))
    assert exported.returncode == 0, exported.stderr
    assert file.stat().st_mode & 0o077 == 0 and "smsc-secret" not in file.read_text()

    dry = other.cli("config", "import", str(file), "--dry-run", "--passphrase-file", str(passphrase))
    assert dry.returncode == 0 and "would make uplinks/primary" in dry.stdout, dry
    assert other.api().get("/api/v1/uplinks").expect(200)["items"] == []
    done = other.cli("config", "import", str(file), "--passphrase-file", str(passphrase))
    assert done.returncode == 0 and "made uplinks/primary" in done.stdout, done
    made = other.api().get("/api/v1/uplinks/primary").expect(200)
    assert made["system_id"] == "shop" and made["password_set"] is True, made

    document = json.loads(file.read_text())
    document["uplinks"]["primary"]["window"] = 0
    file.write_text(json.dumps(document))
    wrong = other.cli("config", "import", str(file), "--passphrase-file", str(passphrase))
    assert wrong.returncode == 1 and "/configuration/uplinks/primary/window" in wrong.stderr, wrong
