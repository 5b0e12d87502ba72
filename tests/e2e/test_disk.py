"""A full disk, one that cannot be written, one that cannot be read: under the real program, by a shim below SQLite."""

import errno
import fcntl

import pytest
from harness import Disk, eventually, number, stays

RESERVE = 32 << 20
READ_ONLY = {"write_errno": errno.EROFS, "open_errno": errno.EROFS, "sync_errno": errno.EROFS}
SYNC_FAILS = {"sync_errno": errno.EIO}
WRITE_FAILS = {"write_errno": errno.EIO}


@pytest.fixture
def on_disk(start_bank, start_daemon, tmp_path):
    """on_disk(modems) -> (bank, daemon, disk): a gateway on a disk that obeys the test."""

    def start(modems=1, **options):
        bank = start_bank(modems, **options)
        daemon = start_daemon(bank)
        assert daemon.stop() == 0
        disk = Disk(tmp_path / "disk", daemon.data)
        daemon.environment = disk.environment
        daemon.start().wait_ready(modems)
        return bank, daemon, disk

    return start


def fail(disk, how):
    for name, value in how.items():
        setattr(disk, name, value)


def refused(api, text="refused " + "x" * 1000):
    """503 as problem+json that says when to try again."""
    answer = api.post("/api/v1/messages", {"to": number(99), "text": text})
    problem = answer.problem(503)
    assert int(answer.headers["retry-after"]) > 0
    assert "disk" in problem["detail"].lower(), problem
    return problem


def fill(api, disk):
    """Leaves no room, and writes until that is noticed: the log has some room of its own."""
    disk.limit = disk.used

    def noticed():
        return api.post("/api/v1/messages", {"to": number(98), "text": "filler " + "x" * 1300}).status == 503

    eventually(noticed, every=0.001)


def not_ready(api, word):
    def says():
        answer = api.get("/readyz")
        assert answer.status == 503 and any(word in reason for reason in answer.json["reasons"]), answer.body
        return True

    return eventually(says)


def works_again(daemon, sims):
    api = daemon.api()
    eventually(lambda: api.get("/readyz").status == 200)
    identifier = api.send(number(77), "after all")["id"]
    api.wait_state(identifier, "delivered")
    daemon.wait_ready(sims)


def errors(daemon):
    return [line for line in daemon.log().splitlines() if "ERROR" in line]


def sound(daemon):
    """`simgate check` finds nothing; the gateway may be running."""
    checked = daemon.cli("check", "--config", str(daemon.config))
    assert "database  intact" in checked.stdout, checked.stdout + checked.stderr


def once_on_the_air(bank):
    parts = [(submit.to, submit.text) for submit in bank.air.accepted()]
    assert len(parts) == len(set(parts)), "sent twice"


def received(api):
    return sorted(message["text"] for message in api.every("/api/v1/messages", direction="inbound"))


def test_a_full_disk_refuses_new_messages_sends_the_old_ones_and_recovers(on_disk):
    bank, daemon, disk = on_disk(2, air_time=0.1)
    api = daemon.api()
    sent = [api.send(number(i), f"before {i}")["id"] for i in range(30)]
    fill(api, disk)
    refused(api)
    not_ready(api, "full")
    # The queue goes on, and so does what comes in, on the reserve if it must.
    for i in range(10):
        bank.inject(f"meanwhile {i}", sender=number(i), slot=i % 2)
    for identifier in sent:
        api.wait_state(identifier, "delivered")
    eventually(lambda: received(api) == sorted(f"meanwhile {i}" for i in range(10)))
    refused(api)
    log = errors(daemon)
    assert sum("full" in line for line in log) == 1 and len(log) == 1, log
    disk.limit = 0
    works_again(daemon, 2)
    eventually(lambda: (daemon.data / "simgate.reserve").stat().st_size == RESERVE)
    once_on_the_air(bank)
    sound(daemon)


def test_when_the_reserve_is_gone_too_what_comes_in_stays_with_the_modem(on_disk):
    bank, daemon, disk = on_disk(1, air_time=0.1)
    api = daemon.api()
    disk.write_errno = errno.ENOSPC
    texts = [f"kept by the modem {i}" for i in range(5)]
    for i, text in enumerate(texts):
        bank.inject(text, sender=number(i))
    refused(api)
    not_ready(api, "full")
    # Neither acknowledged nor deleted: after the room came back each is stored, once.
    stays(lambda: received(api) == [], 1.5)
    assert len(errors(daemon)) == 1, errors(daemon)
    disk.mend()
    eventually(lambda: received(api) == sorted(texts), within=120)
    works_again(daemon, 1)
    stays(lambda: received(api) == sorted(texts), 0.5)


@pytest.mark.parametrize("how", [READ_ONLY, SYNC_FAILS, WRITE_FAILS], ids=["read-only", "fsync fails", "write fails"])
def test_on_a_disk_that_cannot_be_written_nothing_is_accepted_or_sent(on_disk, how):
    bank, daemon, disk = on_disk(2, air_time=0.3)
    api = daemon.api()
    sent = [api.send(number(i), f"before {i}")["id"] for i in range(20)]
    eventually(lambda: len(bank.air.submits()) >= 4)
    fail(disk, how)
    refused(api)
    not_ready(api, "cannot be written")
    bank.inject("not to be lost", sender=number(50))

    # What was on its way to a modem ends; then nothing more goes out, for it could not be recorded.
    def rests():
        before = len(bank.air.submits())
        stays(lambda: len(bank.air.submits()) == before, 1.0)
        return True

    eventually(rests)
    assert len(bank.air.submits()) < 20
    for _ in range(20):
        refused(api)
    assert received(api) == []
    # One clear line, not one for each try.
    log = errors(daemon)
    assert len(log) == 1 and "cannot be written" in log[0], log
    assert daemon.process.poll() is None
    disk.mend()
    works_again(daemon, 2)
    for identifier in sent:
        api.wait_state(identifier, "delivered")
    eventually(lambda: received(api) == ["not to be lost"], within=120)
    once_on_the_air(bank)
    sound(daemon)


@pytest.mark.parametrize("how", [READ_ONLY, SYNC_FAILS], ids=["read-only", "fsync fails"])
def test_a_power_cut_on_a_disk_that_fails_loses_nothing_that_was_confirmed(on_disk, how):
    bank, daemon, disk = on_disk(2, air_time=0.1)
    api = daemon.api()
    confirmed = []
    for round_ in range(4):
        # What a failed fsync had to write is gone; what is confirmed after it must not stand on that.
        fail(disk, how)
        refused(api)
        disk.mend()
        eventually(lambda: api.get("/readyz").status == 200)
        confirmed += [api.send(number(10 * round_ + i), f"round {round_} {i}")["id"] for i in range(10)]
    fail(disk, how)
    refused(api)
    daemon.kill()
    disk.cut()
    disk.mend()
    daemon.start().wait_ready(2)
    for identifier in confirmed:
        daemon.api().wait_state(identifier, "delivered", "uncertain")
    once_on_the_air(bank)
    sound(daemon)


def test_a_read_that_fails_is_one_clients_trouble(on_disk):
    _, daemon, disk = on_disk(1)
    api = daemon.api()
    identifier = api.send(number(1), "read me")["id"]
    api.wait_state(identifier, "delivered")
    daemon.stop()
    daemon.start().wait_ready(1)
    # Nothing is in a cache yet.
    disk.bad_reads = 3
    statuses = []

    def worn_off():
        statuses.append(api.get("/api/v1/messages", q="read").status)
        return disk.bad_reads <= 0

    eventually(worn_off)
    assert set(statuses) <= {200, 500, 503}, statuses
    works_again(daemon, 1)
    assert api.message(identifier)["text"] == "read me"
    assert len(errors(daemon)) <= 2, errors(daemon)


def start_fails(daemon):
    """`serve` ends by itself; what it says on standard error."""
    done = daemon.cli("serve", "--config", str(daemon.config), environment=daemon.environment)
    assert done.returncode == 1, done
    return done.stderr


def test_a_start_on_a_read_only_data_directory_says_what_to_do(on_disk):
    _, daemon, disk = on_disk(1)
    daemon.stop()
    fail(disk, READ_ONLY)
    said = start_fails(daemon)
    assert str(daemon.data) in said and "read-only" in said.lower(), said
    assert "mount" in said.lower(), said
    disk.mend()
    daemon.start()
    works_again(daemon, 1)


def test_a_start_on_a_full_disk_works_on_the_reserve(on_disk):
    bank, daemon, disk = on_disk(1, air_time=0.5)
    sent = [daemon.api().send(number(i), f"before {i}")["id"] for i in range(5)]
    daemon.kill()
    for name in ("simgate.db-shm",):
        (daemon.data / name).unlink()
    disk.limit = disk.used
    daemon.start().wait_ready(1)
    api = daemon.api()
    refused(api)
    not_ready(api, "full")
    for identifier in sent:
        api.wait_state(identifier, "delivered", "uncertain")
    disk.limit = 0
    works_again(daemon, 1)
    once_on_the_air(bank)


def test_a_start_without_any_room_says_what_to_do(on_disk):
    _, daemon, disk = on_disk(1)
    assert daemon.stop() == 0
    (daemon.data / "simgate.reserve").unlink()
    disk.limit = disk.used
    said = start_fails(daemon)
    assert "full" in said and "free" in said, said
    disk.limit = 0
    daemon.start()
    works_again(daemon, 1)


# Where SQLite's locks are in a file, and how long the range is that each reader has a lock in.
SHARED_FIRST, SHARED_SIZE = 0x40000002, 510


def test_the_daemon_keeps_its_lock_on_the_database(on_disk):
    """Without it, a tool that is the last to close the file would take the log away under the daemon."""
    _, daemon, _ = on_disk()
    with open(daemon.data / "simgate.db", "r+b") as database:
        with pytest.raises(BlockingIOError):
            fcntl.lockf(database, fcntl.LOCK_EX | fcntl.LOCK_NB, SHARED_SIZE, SHARED_FIRST)


def test_no_second_daemon_whatever_file_is_deleted(on_disk):
    _, daemon, _ = on_disk()
    (daemon.data / "simgate.lock").unlink(missing_ok=True)
    second = daemon.cli("serve", "--config", str(daemon.config))
    assert second.returncode != 0 and "another simgate uses this data directory" in second.stderr, second.stderr


def test_room_that_comes_back_is_found_however_often_clients_retry(on_disk):
    bank, daemon, disk = on_disk(1)
    api = daemon.api()
    disk.write_errno = errno.ENOSPC
    # What the network brings costs the reserve; then new messages are refused without a try.
    bank.inject("stored later", sender=number(5))
    eventually(lambda: not (daemon.data / "simgate.reserve").exists())
    refused(api)
    disk.mend()
    eventually(lambda: api.post("/api/v1/messages", {"to": number(1), "text": "again"}).status == 202, every=0.05)
