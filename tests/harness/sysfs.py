"""Made-up USB devices for umockdev, and what udev makes of them by its own rules and ours."""

import re
import shlex
import subprocess
from dataclasses import dataclass, field

from harness import own_dev
from harness.paths import ROOT

BUS = "/devices/pci0000:00/0000:00:14.0/usb1"


@dataclass
class Interface:
    number: str
    # Class, subclass and protocol.
    kind: str = "ffffff"
    tty: bool = True


@dataclass
class Device:
    """A device on a port of the root hub."""

    port: int
    vid: str
    pid: str
    interfaces: list[Interface] = field(default_factory=list)
    product: str = ""

    @property
    def name(self):
        return f"1-{self.port}"

    @property
    def path(self):
        return f"{BUS}/{self.name}"

    def tty(self, interface):
        return f"ttyUSB{self.port * 16 + int(interface.number, 16)}"

    def tty_path(self, interface):
        tty = self.tty(interface)
        return f"{self.path}/{self.name}:1.{int(interface.number, 16)}/{tty}/tty/{tty}"

    def descriptors(self):
        """Those of the device, its configuration and its interfaces, with an endpoint each (USB 2.0, 9.6)."""
        device = bytes([18, 1, 0, 2, 0, 0, 0, 64, *bytes.fromhex(self.vid)[::-1], *bytes.fromhex(self.pid)[::-1], 0, 0, 0, 0, 0, 1])
        length = 9 + 16 * len(self.interfaces)
        configuration = bytes([9, 2, length & 255, length >> 8, len(self.interfaces), 1, 0, 0x80, 250])
        endpoint = bytes([7, 5, 0x81, 3, 16, 0, 5])
        each = (bytes([9, 4, int(one.number, 16), 0, 1, *bytes.fromhex(one.kind), 0]) + endpoint for one in self.interfaces)
        return device + configuration + b"".join(each)

    def described(self):
        """As umockdev reads it."""
        lines = [
            f"P: {self.path}", f"N: bus/usb/001/{self.port:03}", "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_device",
            f"E: DEVNAME=/dev/bus/usb/001/{self.port:03}", "E: MAJOR=189", f"E: MINOR={self.port}", "A: busnum=1\\n", f"A: devnum={self.port}\\n",
            f"A: idVendor={self.vid}\\n", f"A: idProduct={self.pid}\\n", f"H: descriptors={self.descriptors().hex()}",
            # Behind the kernel's link to the hub's port.
            "A: port/disable=0\\n", *([f"A: product={self.product}\\n"] if self.product else []), "",
        ]  # fmt: skip
        for one in self.interfaces:
            place = f"{self.path}/{self.name}:1.{int(one.number, 16)}"
            lines += [
                f"P: {place}", "E: SUBSYSTEM=usb", "E: DEVTYPE=usb_interface", f"A: bInterfaceNumber={one.number}\\n",
                f"A: bInterfaceClass={one.kind[:2]}\\n", f"A: bInterfaceSubClass={one.kind[2:4]}\\n",
                f"A: bInterfaceProtocol={one.kind[4:]}\\n", "",
            ]  # fmt: skip
            if one.tty:
                tty = self.tty(one)
                lines += [
                    f"P: {place}/{tty}", "E: SUBSYSTEM=usb-serial", "",
                    f"P: {self.tty_path(one)}", f"N: {tty}", f"E: DEVNAME=/dev/{tty}", "E: SUBSYSTEM=tty", "E: MAJOR=188",
                    f"E: MINOR={self.port * 16 + int(one.number, 16)}", "",
                ]  # fmt: skip
        return "\n".join(lines) + "\n"


@dataclass
class Seen:
    """What udev would do at the arrival of one device."""

    properties: dict
    runs: list
    # Number of the group that the node gets.
    group: str | None

    @property
    def links(self):
        return {link for link in self.properties.get("DEVLINKS", "").split() if link.startswith("/dev/simgate/")}

    @property
    def tags(self):
        return set(self.properties.get("TAGS", "").strip(":").split(":")) - {""}


# In a mount namespace of its own, so that the machine's rules, links and database stay as they are.
SCRIPT = """
mount --make-rprivate /
mkdir -p /run/udev /etc/udev/rules.d
mount -t tmpfs none /run/udev
mount --bind {rules} /etc/udev/rules.d
# Of the system's rules those that have a part in it.
mkdir /run/udev/rules.d
cp /usr/lib/udev/rules.d/50-udev-default.rules /usr/lib/udev/rules.d/60-serial.rules /run/udev/rules.d
cp {own} /run/udev/rules.d/60-own.rules
mount -t tmpfs none /usr/lib/udev/rules.d
exec umockdev-run -d {devices} -- /bin/sh -c 'while read -r path; do echo "@@ $path"; udevadm test "/sys$path" 2>&1 || true; done <{paths}'
"""


def udev_test(devices, folder, own=""):
    """{path below /sys: Seen} of each device and each of its ttys; `own`: rules of the administrator."""
    description, paths, rules = folder / "devices.umockdev", folder / "paths", folder / "own.rules"
    rules.write_text(own)
    description.write_text("".join(device.described() for device in devices))
    asked = [device.path for device in devices]
    asked += [device.tty_path(one) for device in devices for one in device.interfaces if one.tty]
    paths.write_text("".join(f"{path}\n" for path in asked))
    script = own_dev.script(folder) + SCRIPT.format(rules=shlex.quote(str(ROOT / "udev")), devices=description, paths=paths, own=rules)
    done = subprocess.run(["unshare", "--mount", "sh", "-ec", script], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    blocks = [block.split("\n") for block in done.stdout.split("@@ ")[1:]]
    seen = {block[0]: read(block[1:]) for block in blocks}
    assert set(seen) == set(asked)
    return seen


def read(lines):
    properties, runs, group = {}, [], None
    for line in lines:
        name, equals, value = line.partition("=")
        if line.startswith("run: "):
            runs.append(line.removeprefix("run: ").strip("'"))
        elif found := re.search(r"\.rules:\d+ GROUP (\d+)$", line):
            group = found[1]
        elif equals and name.replace("_", "").isalnum() and name.isupper():
            properties[name] = value
    return Seen(properties, runs, group)
