"""simgate, gammu-smsd and smstools smsd behind one face, so that a benchmark treats them alike.

Each takes a bank, starts, takes messages the way its own users hand them in, and stops. Their settings are the defaults
of their packages, but for what a bank needs (ports, spool folders, delivery reports asked for) and how often they look
for work: each second, which is the least they take, instead of each 30 and 10.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from harness import Daemon, eventually
from harness.daemon import cpu_seconds
from slow_disk import slower_by


def children(pid):
    """The process and everything it started."""
    found = [pid]
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in tasks.read_text().split():
            found += children(int(child))
    return found


def proportional_bytes(pids):
    """Memory of several processes, shared pages counted once among them (Pss)."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


class Gateway:
    """What the benchmarks ask of a gateway."""

    name = ""
    # How many modems one installation takes, and about how long it leaves a radio idle between two messages:
    # only to choose how many messages a run needs.
    most_modems = 100_000
    idle_seconds = 0.0

    def __init__(self, folder, bank):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.bank = bank

    def pids(self):
        raise NotImplementedError

    def cpu(self):
        return sum(cpu_seconds(pid) for pid in self.pids())

    def memory(self):
        return proportional_bytes(self.pids())


class Simgate(Gateway):
    name = "simgate"
    # Its database is encrypted with this key, where there is one.
    key_file = None

    def __init__(self, folder, bank, sync_ms=0):
        super().__init__(folder, bank)
        extra = f'[encryption]\nkey_file = "{self.key_file}"\n' if self.key_file else ""
        self.daemon = Daemon(self.folder, [bank.pattern] if bank else [], extra)
        self.daemon.environment = slower_by(sync_ms)
        self.daemon.start()
        if bank:
            self.daemon.wait_ready(bank.modems)
        self.api = self.daemon.api()

    def hand_in(self, messages, **more):
        """(recipient, text) pairs, in batches; `more` are fields of each message."""
        for start in range(0, len(messages), 1000):
            body = {"messages": [{"to": to, "text": text, **more} for to, text in messages[start : start + 1000]]}
            self.api.post("/api/v1/messages/batch", body).expect(202)

    def hand_in_one(self, to, text):
        self.api.send(to, text)

    def filled_by(self, fill):
        """Stops it, and has `fill` write rows into its database, as it is when it is not encrypted."""
        self.daemon.stop()
        if self.key_file:
            self._convert("decrypt")
        fill(self.daemon.data / "simgate.db")
        if self.key_file:
            began = time.monotonic()
            self._convert("encrypt")
            print(f"  encrypted in {time.monotonic() - began:.0f} s", flush=True)

    def _convert(self, how):
        done = self.daemon.cli(how, "--config", str(self.daemon.config), within=3600)
        assert done.returncode == 0, done.stderr
        for before in self.daemon.data.glob("before-*"):
            before.unlink()

    def pids(self):
        return [self.daemon.process.pid]

    def stop(self):
        self.daemon.close()


class GammuSmsd(Gateway):
    """One gammu-smsd for each modem, as it is meant to be run, each with a spool folder."""

    name = "gammu-smsd"
    idle_seconds = 0.7

    def __init__(self, folder, bank):
        super().__init__(folder, bank)
        self.processes = []
        self.configs = []
        self.turn = 0
        for port in sorted(bank.ports.glob("modem*")):
            home = self.folder / port.name
            for box in ("inbox", "outbox", "sent", "error"):
                (home / box).mkdir(parents=True)
            config = home / "smsdrc"
            config.write_text(
                f"[gammu]\ndevice = {port}\nconnection = at115200\n"
                f"[smsd]\nservice = files\nlogfile = {home}/log\ndebuglevel = 0\nchecksecurity = 0\n"
                f"inboxpath = {home}/inbox/\noutboxpath = {home}/outbox/\nsentsmspath = {home}/sent/\nerrorsmspath = {home}/error/\n"
                f"deliveryreport = sms\ncommtimeout = 1\n"
            )
            self.configs.append(config)
            log = (home / "out").open("wb")
            self.processes.append(subprocess.Popen(["gammu-smsd", "-c", str(config)], stdout=log, stderr=log))
            log.close()
        # It says nothing when it is up: give the modems' start-up its time.
        time.sleep(5)

    def inject(self, to, text):
        config = self.configs[self.turn % len(self.configs)]
        self.turn += 1
        subprocess.run(
            ["gammu-smsd-inject", "-c", str(config), "TEXT", to, "-text", text],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )

    def hand_in(self, messages):
        for to, text in messages:
            self.inject(to, text)

    hand_in_one = inject

    def pids(self):
        return [process.pid for process in self.processes]

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Smstools(Gateway):
    """One smstools smsd over all modems, which take from one outgoing folder."""

    name = "smstools"
    most_modems = 64
    idle_seconds = 0.4

    def __init__(self, folder, bank):
        super().__init__(folder, bank)
        self.serial = 0
        for box in ("incoming", "outgoing", "checked", "sent", "failed", "report", "stats"):
            (self.folder / box).mkdir()
        ports = sorted(bank.ports.glob("modem*"))
        lines = [f"devices = {','.join(port.name for port in ports)}", f"logfile = {self.folder}/log", "loglevel = 4", "delaytime = 1"]
        lines += [f"{box} = {self.folder}/{box}" for box in ("incoming", "outgoing", "checked", "sent", "failed", "report", "stats")]
        lines += [f"infofile = {self.folder}/smsd.working", f"pidfile = {self.folder}/smsd.pid"]
        for port in ports:
            lines += [f"[{port.name}]", f"device = {port}", "init = AT", "incoming = yes", "report = yes", "baudrate = 115200"]
        (self.folder / "smsd.conf").write_text("\n".join(lines) + "\n")
        log = (self.folder / "out").open("wb")
        self.process = subprocess.Popen(
            [shutil.which("smsd", path=os.environ["PATH"] + ":/usr/sbin"), "-c", str(self.folder / "smsd.conf"), "-t"],
            stdout=log, stderr=log, start_new_session=True,
        )
        log.close()
        time.sleep(5)

    def spool(self, to, text):
        """A file in the outgoing folder, written durably and under another name first, as its manual asks for."""
        self.serial += 1
        temporary = self.folder / f"message-{self.serial}"
        with temporary.open("w") as file:
            file.write(f"To: {to.removeprefix('+')}\nReport: yes\n\n{text}")
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self.folder / "outgoing" / temporary.name)

    def hand_in(self, messages):
        for to, text in messages:
            self.spool(to, text)

    hand_in_one = spool

    def pids(self):
        return children(self.process.pid)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def wait_for(log, count, within):
    """Until `count` submits are in the air log, or the time is over: what there is then."""
    try:
        eventually(lambda: len(log.events("submit")) >= count, within=within, every=0.2)
    except AssertionError:
        pass
    return log.submits()
