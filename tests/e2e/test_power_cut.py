"""The power goes while the gateway works: what was confirmed is there, and nothing is sent again."""

import random
import sqlite3

import pytest
from harness import Disk, eventually, number
from harness.power import PowerCuts

CUTS = 20


@pytest.mark.slow
def test_power_cuts_under_load_lose_nothing_that_was_confirmed(tmp_path):
    cuts = PowerCuts(tmp_path, seed=2026)
    try:
        outcome = cuts.run(CUTS)
    finally:
        cuts.close()
    print(outcome)
    assert not outcome.wrong, str(outcome)
    # It was a test: there was work at each cut, and there was something to lose.
    assert outcome.cuts == CUTS
    assert outcome.accepted > 10 * CUTS
    assert outcome.injected > CUTS
    assert outcome.octets_lost > 0


@pytest.fixture
def accept_ten(start_daemon, tmp_path):
    """A gateway on a disk of its own that accepts ten messages: (daemon, disk)."""

    def start(**settings):
        daemon = start_daemon()
        assert daemon.stop() == 0
        disk = Disk(tmp_path / "disk", daemon.data)
        for name, value in settings.items():
            setattr(disk, name, value)
        daemon.environment = disk.environment
        daemon.start()
        for i in range(10):
            daemon.api().send(number(i), f"message {i}")
        return daemon, disk

    return start


def stored(daemon):
    """How many messages the database holds; the gateway is down."""
    with sqlite3.connect(daemon.data / "simgate.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT count(*) FROM messages").fetchone()[0]


def test_the_shim_sees_what_sqlite_writes(accept_ten):
    daemon, disk = accept_ten()
    assert disk.writes > 10 and disk.syncs >= 10 and disk.directory_syncs > 0 and disk.allocations > 0
    daemon.kill()
    disk.cut()
    assert stored(daemon) == 10


def test_on_a_disk_that_lies_about_fsync_nothing_survives(accept_ten):
    # Else the tests here could not fail: no write reaches the shadow but through an fsync that was seen.
    daemon, disk = accept_ten(sync_lies=1)
    daemon.kill()
    assert disk.cut() > 0
    assert stored(daemon) == 0


def test_a_disk_that_keeps_random_pages_leaves_a_sound_database(accept_ten):
    daemon, disk = accept_ten(sync_lies=1)
    daemon.kill()
    disk.cut(random.Random(1))
    daemon.start()
    eventually(lambda: daemon.api().get("/healthz").status == 200)
    daemon.api().send(number(11), "after the cut")
