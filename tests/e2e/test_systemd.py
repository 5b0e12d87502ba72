"""What systemd is told (sd_notify), with a socket of the test's in systemd's place."""

import re
import signal
import socket

import pytest
from harness import Disk, eventually, number, stays

# As the shim counts.
SECOND = 1_000_000
# The watchdog's limit in seconds: short enough to be waited for, long enough for a slow machine.
LIMIT = 8


class Told:
    """The socket of NOTIFY_SOCKET, and what came."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.lines = []

    def read(self):
        """All lines so far, in their order."""
        while True:
            try:
                self.lines += self.socket.recv(65536).decode().splitlines()
            except BlockingIOError:
                return self.lines

    def forget(self):
        self.read()
        self.lines.clear()

    def wait(self, line):
        eventually(lambda: line in self.read(), what=line)


@pytest.fixture
def told(tmp_path):
    told = Told(tmp_path / "notify")
    yield told
    told.socket.close()


@pytest.fixture
def supervised(start_bank, start_daemon, told):
    """supervised(modems, ...) -> (bank, daemon): a gateway that tells the test what it would tell systemd; `disk`
    makes the disk that its data is on."""

    def start(modems=1, disk=None, extra="", **options):
        bank = start_bank(modems, **options)
        daemon = start_daemon(bank, extra=extra)
        assert daemon.stop() == 0
        daemon.environment = {"NOTIFY_SOCKET": told.path, "WATCHDOG_USEC": str(LIMIT * SECOND)}
        if disk:
            daemon.environment |= disk(daemon).environment
        daemon.start()
        return bank, daemon

    return start


def test_it_says_that_it_serves_lives_and_stops(supervised, told):
    _, daemon = supervised()
    # It answered before the harness went on, and `READY` came not later.
    told.wait("READY=1")
    daemon.wait_ready(1)
    told.wait("WATCHDOG=1")
    eventually(lambda: any(line.startswith("STATUS=") and "SIM" in line for line in told.read()))
    assert told.read().count("READY=1") == 1
    assert daemon.stop() == 0
    said = told.read()
    assert "STOPPING=1" in said
    [more] = [line for line in said if line.startswith("EXTEND_TIMEOUT_USEC=")]
    # scheduler.stop_wait_seconds, and what comes after it.
    assert int(more.partition("=")[2]) >= 20 * SECOND


def test_after_a_start_it_tells_at_once_how_it_gets_on(supervised, told):
    _, daemon = supervised()
    assert daemon.stop() == 0
    # A quarter of this is the time of the regular look, which would come too late.
    daemon.environment["WATCHDOG_USEC"] = str(3600 * SECOND)
    told.forget()
    daemon.start()
    eventually(lambda: any(line.startswith("STATUS=Sending") and "1 of 1 SIMs is ready" in line for line in told.read()))


def test_a_stop_waits_for_what_is_on_the_air(supervised, told):
    bank, daemon = supervised(4, air_time=3)
    daemon.wait_ready(4)
    api = daemon.api()
    sent = [api.send(number(n), "on the air")["id"] for n in range(8)]
    eventually(lambda: [api.message(one)["state"] for one in sent].count("sending") == 4)
    daemon.process.send_signal(signal.SIGTERM)
    told.wait("STOPPING=1")
    # A second signal would not wait.
    assert daemon.process.wait(60) == 0
    assert len(bank.air.accepted()) == 4
    daemon.start().wait_ready(4)
    assert "uncertain" not in [api.message(one)["state"] for one in sent]


def test_a_writer_that_hangs_is_no_life(supervised, told, tmp_path):
    disks = []

    def made(daemon):
        disks.append(Disk(tmp_path / "disk", daemon.data))
        return disks[0]

    _, daemon = supervised(disk=made)
    told.wait("WATCHDOG=1")
    disks[0].sync_takes = 600 * SECOND
    # Something for it to hang at; nobody waits for the answer.
    with socket.create_connection(("127.0.0.1", daemon.port)) as client:
        body = b'{"to":"+84901234567","text":"hangs"}'
        head = f"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {daemon.key}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        client.sendall(head.encode() + body)
        eventually(lambda: re.search("does not answer.*part=.?writer", daemon.log()))
        told.forget()
        # The page is served all the while: this alone would look like life.
        stays(lambda: "WATCHDOG=1" not in told.read(), LIMIT)
        assert daemon.api().get("/healthz").status == 200
    daemon.kill()


def test_a_hangup_takes_the_level_of_the_log(supervised, told):
    _, daemon = supervised(extra='[log]\nlevel = "info"\n')
    daemon.wait_ready(1)
    told.forget()
    text = daemon.config.read_text()
    daemon.config.write_text(text.replace('level = "info"', 'level = "warn"').replace('country = "VN"', 'country = "DE"'))
    daemon.process.send_signal(signal.SIGHUP)
    told.wait("READY=1")
    said = told.read()
    assert said.index("RELOADING=1") < said.index("READY=1")
    assert any(re.fullmatch(r"MONOTONIC_USEC=\d+", line) for line in said)
    [line] = [line for line in daemon.log().splitlines() if "take a restart" in line]
    assert "defaults.country" in line and "log.level" not in line, line
    api = daemon.api()
    sent = api.send(number(1), "its steps are not worth a warning")["id"]
    eventually(lambda: api.message(sent)["state"] == "delivered")
    assert sent not in daemon.log()
    # What is wrong changes nothing.
    daemon.config.write_text("this is no TOML")
    told.forget()
    daemon.process.send_signal(signal.SIGHUP)
    told.wait("READY=1")
    assert "all stays as it is" in daemon.log()
    assert daemon.api().get("/healthz").status == 200
