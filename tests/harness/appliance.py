"""simgate as its package installs it, in a guest: the service, its commands, and virtual modems beside it."""

import json

from .airlog import AirLog
from .wait import eventually

UNIT = "simgate.service"
CONFIG = "/etc/simgate/simgate.toml"
BANK = "/srv/bank"


class Appliance:
    """What is done on the box by hand."""

    def __init__(self, guest):
        self.guest = guest
        self.air = AirLog(guest.path(f"{BANK}/air.jsonl"))
        self.key = None

    def install(self, package, check=True):
        """`dpkg --install`, as apt calls it."""
        target = self.guest.path(f"/srv/{package.name}")
        target.write_bytes(package.read_bytes())
        return self.guest.run("dpkg", "--install", f"/srv/{package.name}", check=check)

    def is_active(self):
        return self.guest.out("systemctl", "is-active", UNIT, check=False) == "active"

    def pid(self):
        return self.guest.show(UNIT, "MainPID")

    def start_bank(self, modems, air_time="0.02s"):
        """Virtual modems as a service of the guest, and simgate restarted to look for them."""
        guest = self.guest
        guest.run("install", "-d", "-o", "simgate", BANK)
        guest.run(
            "systemd-run", "--unit=bank", "--uid=simgate", "/usr/local/bin/virtual-modem", "--modems", str(modems),
            "--dir", f"{BANK}/ports", "--air-time", air_time, "--air-log", f"{BANK}/air.jsonl",
            "--control", f"{BANK}/control.sock",
        )
        eventually(lambda: len(guest.out("ls", f"{BANK}/ports", check=False).split()) == modems)
        self.configure("ports", f'["{BANK}/ports/modem*"]')
        self.configure("country", '"VN"')
        guest.run("systemctl", "restart", UNIT)
        self.wait_ready(modems)

    def stop_bank(self):
        self.guest.run("systemctl", "stop", "bank.service")

    def configure(self, name, value):
        """Sets a setting whose name occurs in one table alone, or adds it where the file shows an example."""
        path = self.guest.path(CONFIG)
        lines = path.read_text().splitlines()
        mine = [f"#{name} = ", f"{name} = ", f"# {name} = "]
        for start in mine:
            found = [index for index, line in enumerate(lines) if line.startswith(start)]
            if found:
                lines[found[-1]] = f"{name} = {value}"
                path.write_text("\n".join(lines) + "\n")
                return
        raise AssertionError(f"no setting {name} in {CONFIG}")

    def simgate(self, *arguments, **more):
        """A command of `simgate` on the box, with a key that may do everything."""
        if self.key is None:
            done = self.guest.run("simgate", "key", "create", "tests", "--scopes", "send,read,operate,admin")
            self.key = done.stdout.strip()
        return self.guest.run("env", f"SIMGATE_KEY={self.key}", "simgate", *arguments, **more)

    def json(self, *arguments):
        """The objects that a command prints, one a line."""
        return [json.loads(line) for line in self.simgate(*arguments, "--json").stdout.splitlines() if line]

    def wait_ready(self, sims):
        def ready():
            return sum(sim["state"] == "ready" for sim in self.json("sims", "list")) >= sims

        eventually(ready)

    def send(self, text, *numbers):
        """The IDs of the messages, one for each number, which come in one request."""
        [sent] = self.json("send", ",".join(numbers), text)
        return [item["id"] for item in sent["items"]] if "items" in sent else [sent["id"]]

    def states(self, messages):
        """How these stand, by their IDs."""
        known = {message["id"]: message["state"] for message in self.json("messages", "list", "--limit", "500")}
        return [known[message] for message in messages]
