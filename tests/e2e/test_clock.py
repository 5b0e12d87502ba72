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
        # Only a clock that went on beyond its validity expires a message; a report that comes a year after what it
        # reports on, by that clock, is taken for another's.
        api.wait_state(identifier, *(("delivered", "expired", "sent") if offset == YEAR else ("delivered",)))
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
    disk.clock_offset = -2 * HOUR
    later = api.send(number(3), "in an hour again", send_at=now(disk, HOUR))["id"]
    stays(lambda: api.message(later)["state"] == "scheduled", 1.0)


def test_quotas_are_neither_freed_nor_locked(clocked):
    _, daemon, disk = clocked(1)
    api = daemon.api()
    [sim] = api.sims()
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_day": 2}}).expect(200)
    delivered(api, "first", 1)
    delivered(api, "second", 2)
    third = api.send(number(3), "third")["id"]
    stays(lambda: api.message(third)["state"] == "queued", 0.5)
    # Going back frees none,
    disk.clock_offset = -2 * DAY
    stays(lambda: api.message(third)["state"] == "queued", 1.5)
    # the next day does,
    disk.clock_offset = -DAY
    api.wait_state(third, "delivered")
    # and what was sent by a clock that was wrong locks none later.
    disk.clock_offset = 300 * DAY
    for i in range(2):
        delivered(api, f"far ahead {i}", 10 + i)
    disk.clock_offset = 0
    assert daemon.stop() == 0
    disk.clock_offset = 3 * DAY
    daemon.start().wait_ready(1)
    delivered(daemon.api(), "not locked", 20)


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
