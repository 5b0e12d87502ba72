"""The bank controller: its real firmware in rp2040js, behind a pty as a serial port would be."""

import json
import os
import select
import subprocess
import termios
import time
import tty
from pathlib import Path

from harness import bankwire

FOLDER = Path(__file__).resolve().parent / "bank_board"
ROOT = FOLDER.parent.parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
ELF = TARGET / "firmware/target/thumbv6m-none-eabi/release/bank-firmware"


class Board:
    """`port` is the pty's path. A board that is unplugged is started anew: it has no power of its own."""

    def __init__(self, folder, *, uart=False, elf=ELF):
        self.log, self.port = folder / "lines.jsonl", None
        self.log.touch()
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        # Held open, so that a host that comes and goes hangs up nothing.
        self.slave = slave
        control, self.control = os.pipe()
        arguments = [str(elf), str(self.log), str(control), *(["--uart"] if uart else [])]
        self.process = subprocess.Popen(
            ["node", str(FOLDER / "sim.mjs"), *arguments],
            stdin=self.master, stdout=self.master, pass_fds=[control], cwd=FOLDER)
        os.close(control)

    def command(self, *words):
        os.write(self.control, (" ".join(map(str, words)) + "\n").encode())

    def changes(self, line=None):
        found = [json.loads(text) for text in self.log.read_text().splitlines()]
        return [change for change in found if line in (None, change.get("line"))]

    def wait_until_stopped(self, seconds=30):
        self.process.wait(seconds)
        return self.changes()[-1]["stopped"]

    def close(self):
        self.process.kill()
        self.process.wait()
        for descriptor in (self.master, self.slave, self.control):
            os.close(descriptor)


class Host:
    """A host's end of the line. Numbers count up; a request without an answer is said again under its number."""

    def __init__(self, port):
        self.line = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.line)
        termios.tcflush(self.line, termios.TCIOFLUSH)
        self.rest, self.events, self.seq = b"", [], 0
        # Whatever the line held is over.
        self.send(b"\0")

    def close(self):
        os.close(self.line)

    def send(self, octets):
        os.write(self.line, octets)

    def heard(self, seconds):
        """The next message, or None."""
        end = time.monotonic() + seconds
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.line], [], [], max(0, end - time.monotonic()))
            if not ready:
                return None
            self.rest += os.read(self.line, 4096)
        octets, _, self.rest = self.rest.partition(b"\0")
        return bankwire.read(octets)

    def reply(self, seq, seconds=10):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            heard = self.heard(left)
            if heard is None:
                break
            number, kind, what = heard
            if kind == "event":
                self.events.append(what)
            elif number == seq:
                return what
        return None

    def ask(self, name, *fields):
        self.seq += 1
        for _ in range(3):
            self.send(bankwire.request(self.seq, name, *fields))
            if (reply := self.reply(self.seq)) is not None:
                return reply
        raise AssertionError(f"no answer to {name}")

    def hello(self):
        kind, hello = self.ask("hello", 1)
        assert kind == "hello", hello
        return hello

    def slot(self, slot):
        _, status = self.ask("slot", slot)
        return status

    def wait_for(self, slot, state, seconds=60):
        end = time.monotonic() + seconds
        while (status := self.slot(slot))["state"] != state:
            assert time.monotonic() < end, f"slot {slot} is {status}, not {state}"
            time.sleep(0.05)
        return status
