"""Runs a bank of virtual modems and speaks to its control socket."""

import json
import socket
import subprocess
from pathlib import Path

from .airlog import AirLog
from .paths import program
from .wait import eventually


class Bank:
    """`modems` virtual modems on ptys, `folder/ports/modem0` and so on, with an air log."""

    def __init__(self, folder, modems, air_time=0.02, report_after=0.05, seed=1, profile=None, options=(), ports_per_modem=1):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.modems = modems
        self.links = modems * ports_per_modem
        self.ports = self.folder / "ports"
        self.air = AirLog(self.folder / "air.jsonl")
        self.control = self.folder / "control.sock"
        command = [
            program("virtual-modem"),
            "--modems", str(modems), "--dir", str(self.ports), "--seed", str(seed),
            "--air-time", f"{air_time}s", "--report-after", f"{report_after}s", "--air-log", str(self.air.path), "--control", str(self.control),
        ]
        if ports_per_modem > 1:
            command += ["--ports-per-modem", str(ports_per_modem)]
        if profile:
            command += ["--profile", profile]
        log = (self.folder / "bank.log").open("ab")
        self.process = subprocess.Popen([*command, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        eventually(self._up, what="all virtual modems are there")

    def _up(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"virtual-modem ended: {(self.folder / 'bank.log').read_text()[-2000:]}")
        return len(list(self.ports.glob("modem*"))) == self.links and self.control.exists()

    @property
    def pattern(self):
        """The glob that simgate's configuration takes."""
        return str(self.ports / "modem*")

    def ask(self, **request):
        """One request to the control socket, one answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.control))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile() as answers:
                answer = json.loads(answers.readline())
        assert "error" not in answer, f"{request}: {answer}"
        return answer

    def inject(self, text, sender="+84909000111", slot=0, **more):
        """A message from a phone, split as a phone splits it."""
        return self.ask(command="inject", slot=slot, **{"from": sender}, text=text, **more)

    def unplug(self, slot):
        return self.ask(command="pull", slot=slot)

    def plug(self, slot, **more):
        return self.ask(command="plug", slot=slot, **more)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
