"""A database with a damaged page: `simgate check` finds it, and the gateway goes on with what works."""

import shutil
import sqlite3
import time
from datetime import datetime, timedelta, timezone

import pytest
from harness import Bank, Daemon, number

PAGE = 4096


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A data directory with some hundred messages, made once: (folder, daemon)."""
    home = tmp_path_factory.mktemp("filled")
    bank = Bank(home / "bank", 2)
    daemon = Daemon(home / "gateway", [bank.pattern])
    try:
        daemon.start().wait_ready(2)
        api = daemon.api()
        # Each SIM gives some 154 numbers. The modems of the copies begin with 0 again, which must not look like the
        # next number without its other digits.
        items = [{"to": number(i), "text": f"message {i} " + "text " * 20} for i in range(308)]
        sent = api.post("/api/v1/messages/batch", {"messages": items}).expect(202)["items"]
        for item in sent[:5] + sent[-5:]:
            api.wait_state(item["id"], "delivered", "sent")
        assert daemon.stop() == 0
        yield daemon
    finally:
        daemon.close()
        bank.close()


@pytest.fixture
def copy(filled, start_daemon, start_bank):
    """A gateway of its own, stopped, with a copy of those files: (bank, daemon, database)."""
    bank = start_bank(1)
    daemon = start_daemon(bank)
    assert daemon.stop() == 0
    for path in daemon.data.iterdir():
        path.unlink()
    for path in filled.data.iterdir():
        shutil.copy2(path, daemon.data / path.name)
    daemon.key = filled.key
    return bank, daemon, daemon.data / "simgate.db"


def pages(database, name):
    """(number, kind) of the pages of a table or an index, by SQLite's own account."""
    connection = sqlite3.connect(database)
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0]
    connection.close()
    octets = database.read_bytes()
    found, todo = [], [root]
    while todo:
        page = todo.pop()
        at = (page - 1) * PAGE
        kind = octets[at]
        interior = kind in (2, 5)
        found.append((page, "interior" if interior else "leaf"))
        if interior:
            cells = int.from_bytes(octets[at + 3 : at + 5], "big")
            todo.append(int.from_bytes(octets[at + 8 : at + 12], "big"))
            # Backwards, so that the leftmost, oldest page is the next one to be taken.
            for cell in reversed(range(cells)):
                place = at + int.from_bytes(octets[at + 12 + 2 * cell : at + 14 + 2 * cell], "big")
                todo.append(int.from_bytes(octets[place : place + 4], "big"))
    return found


def page_of(database, name, kind):
    return next(page for page, found in pages(database, name) if found == kind)


def damage(database, page, at=0, octets=b"\xff" * 64):
    with database.open("r+b") as file:
        file.seek((page - 1) * PAGE + at)
        file.write(octets)


def check(daemon):
    return daemon.cli("check", "--config", str(daemon.config))


def found_and_explained(daemon, database):
    checked = check(daemon)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "FAIL  database" in checked.stderr and str(database) in checked.stderr, checked.stderr
    assert "backup" in checked.stderr and ".recover" in checked.stderr, checked.stderr
    # Looking changes nothing and does not repair it.
    assert check(daemon).returncode == 1


def test_an_undamaged_copy_is_intact(copy):
    _, daemon, _ = copy
    assert "database  intact" in check(daemon).stdout


def test_a_damaged_header_is_found_and_the_start_refused(copy):
    _, daemon, database = copy
    damage(database, 1, octets=b"not a database  ")
    found_and_explained(daemon, database)
    started = daemon.cli("serve", "--config", str(daemon.config))
    assert started.returncode == 1
    assert str(daemon.data) in started.stderr and "simgate check" in started.stderr, started.stderr


@pytest.mark.parametrize(
    "name, kind",
    [("messages", "interior"), ("messages", "leaf"), ("history", "leaf"), ("messages_id", "leaf"), ("parts", "leaf"),
     ("audit", "leaf"), ("keys_hash", "leaf")],
)
def test_a_damaged_page_is_found_while_stopped(copy, name, kind):
    _, daemon, database = copy
    damage(database, page_of(database, name, kind))
    found_and_explained(daemon, database)


def test_a_damaged_free_page_list_is_found(copy):
    _, daemon, database = copy
    connection = sqlite3.connect(database)
    connection.execute("DELETE FROM history WHERE message > 50")
    connection.execute("DELETE FROM parts WHERE message > 50")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    trunk = int.from_bytes(database.read_bytes()[32:36], "big")
    assert trunk > 0, "there are free pages"
    damage(database, trunk)
    found_and_explained(daemon, database)


def test_a_changed_row_of_the_audit_is_found(copy):
    _, daemon, database = copy
    connection = sqlite3.connect(database)
    # Whoever has the file can take away what refuses it.
    for (trigger,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute("UPDATE audit SET what = what || '!' WHERE row = 1")
    connection.commit()
    connection.close()
    checked = check(daemon)
    assert checked.returncode == 1 and "audit row 1" in checked.stderr, checked.stderr


def test_a_damaged_log_is_read_up_to_the_damage(copy):
    _, daemon, database = copy
    daemon.start()
    later = (datetime.now(timezone.utc) + timedelta(days=30)).isoformat(timespec="seconds")
    before = [daemon.api().send(number(i), f"in the log {i}", send_at=later)["id"] for i in range(30)]
    daemon.kill()
    log = database.with_name("simgate.db-wal")
    octets = bytearray(log.read_bytes())
    half = len(octets) // 2
    octets[half : half + 256] = b"\xff" * 256
    log.write_bytes(octets)
    database.with_name("simgate.db-shm").unlink(missing_ok=True)
    # A log ends where a power cut has left it: what is behind that cannot be told from what never was.
    assert "database  intact" in check(daemon).stdout
    daemon.start()
    there = [daemon.api().get(f"/api/v1/messages/{identifier}").status for identifier in before]
    assert there == sorted(there) and there[0] == 200, there


@pytest.mark.parametrize("name", ["history", "messages"])
def test_the_gateway_goes_on_with_what_works(copy, name):
    bank, daemon, database = copy
    damage(database, page_of(database, name, "leaf"))
    daemon.start().wait_ready(1)
    api = daemon.api()
    # Somebody reads what is damaged, again and again.
    statuses = set()
    for _ in range(3):
        statuses.add(api.get("/api/v1/messages", q="message", limit=500).status)
        for cursor_page in ({"limit": 500}, {"to": number(3)}, {"to": number(200)}):
            statuses.add(api.get("/api/v1/messages", **cursor_page).status)
    assert statuses <= {200, 500}, statuses
    # The daemon finds the damage while it runs, too.
    checked = check(daemon)
    assert checked.returncode == 1 and "FAIL  database" in checked.stderr, checked.stderr
    for i in range(5):
        identifier = api.send(number(1000 + i), f"after the damage {i}")["id"]
        api.wait_state(identifier, "delivered")
    bank.inject("from a phone", sender=number(7))
    log = daemon.log()
    assert sum("cannot be used" in line for line in log.splitlines()) <= 1, log
    assert "panicked" not in log
    # It does not turn in circles.
    spent = daemon.cpu_seconds()
    time.sleep(2)
    assert daemon.cpu_seconds() - spent < 1.0
    assert daemon.process.poll() is None
