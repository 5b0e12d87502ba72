"""A whole machine: Debian under its own kernel in QEMU, with a USB hub into which virtual modems are plugged."""

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

from .paths import free_port
from .wait import eventually

SUITE = "bookworm"
# What a box has: a kernel, udev, AppArmor; and what the tests come in by.
PACKAGES = "linux-image-amd64,systemd,systemd-sysv,udev,dbus,apparmor,ucf,init-system-helpers,libgcc-s1,procps,openssh-server"
NETWORK = "[Match]\nType=ether\n[Network]\nDHCP=yes\n"
# Emulated, and beside other work, it is some fifty times slower than a box.
PATIENCE = 1800
# A hub that switches its ports one by one. The ports of QEMU's xHCI itself forget what is plugged in when they are off: at power-on
# they show no connection (its PORTSC gets no CSC), where hardware does.
HUB = "usb-hub,id=hub,bus=usb.0,port=1,ports=8,port-power=on"


def archive(folder):
    """The archive of the root, made where it is missing (some minutes, by apt)."""
    path = Path(folder) / f"machine-{SUITE}.tar"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(".new")
        command = ["mmdebstrap", "--format=tar", "--variant=minbase", f"--include={PACKAGES}", SUITE, made]
        subprocess.run(command, check=True, capture_output=True, text=True)
        made.rename(path)
    return path


def why_not():
    """What is missing for it; none where it can run."""
    for name in ("qemu-system-x86_64", "mmdebstrap", "mke2fs", "ssh", "ssh-keygen"):
        if not shutil.which(name):
            return f"{name} is missing"
    return None


class Machine:
    """One machine. `start`, `power_off` and `start` again keep its disk."""

    def __init__(self, folder, archive_path, extra=()):
        """`extra`: (file here, path there) of programs that it has from the start."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key, self.disk, self.console = self.folder / "key", self.folder / "disk.img", self.folder / "console.log"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        root = self.folder / "root"
        root.mkdir()
        subprocess.run(["tar", "-xf", archive_path, "-C", root], check=True)
        self._set_up(root, extra)
        shutil.copy(next((root / "boot").glob("vmlinuz-*")), self.folder / "kernel")
        shutil.copy(next((root / "boot").glob("initrd.img-*")), self.folder / "initrd")
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, self.disk, "3G"], check=True)
        shutil.rmtree(root)
        self.process = self.monitor = None
        self.started_at = 0.0

    def _set_up(self, root, extra):
        (root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
        (root / "root/.ssh/authorized_keys").write_text(self.key.with_suffix(".pub").read_text())
        (root / "etc/systemd/network/80-any.network").write_text(NETWORK)
        subprocess.run(["systemctl", "-q", f"--root={root}", "enable", "systemd-networkd", "ssh"], check=True)
        (root / "etc/hostname").write_text("box\n")
        (root / "etc/fstab").write_text("/dev/vda / ext4 defaults 0 1\n")
        for here, there in extra:
            shutil.copy(here, root / there.lstrip("/"))

    def start(self):
        """Boots it, and waits until it can be entered."""
        self.port = free_port()
        monitor = self.folder / "monitor.sock"
        monitor.unlink(missing_ok=True)
        command = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "1024", "-smp", "2", "-display", "none",
            "-kernel", self.folder / "kernel", "-initrd", self.folder / "initrd",
            "-append", "root=/dev/vda rw console=ttyS0 quiet no_timer_check apparmor=1 security=apparmor",
            "-drive", f"file={self.disk},if=virtio,format=raw", "-device", "qemu-xhci,id=usb", "-device", HUB,
            "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:22", "-device", "virtio-net-pci,netdev=net",
            "-device", "virtio-rng-pci", "-serial", f"file:{self.console}", "-qmp", f"unix:{monitor},server=on,wait=off",
        ]
        with (self.folder / "qemu.log").open("ab") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.started_at = time.time()
        eventually(monitor.exists, what="QEMU's monitor")
        self.monitor = Monitor(monitor)
        return self

    def wait_up(self):
        eventually(lambda: self.run("true", check=False, within=60).returncode == 0, within=PATIENCE, what="the machine can be entered")
        return self

    def run(self, *command, check=True, stdin=None, within=PATIENCE):
        """Runs a command in it as root, by a shell of its own."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=30"]
        ssh = ["ssh", "-i", str(self.key), "-p", str(self.port), *(word for option in options for word in ("-o", option)), "root@127.0.0.1"]
        quoted = " ".join("'" + str(word).replace("'", "'\\''") + "'" for word in command)
        done = subprocess.run([*ssh, quoted], input=stdin or b"", capture_output=True, timeout=within, check=False)
        done.stdout, done.stderr = (said.decode(errors="replace") for said in (done.stdout, done.stderr))
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def out(self, *command, **more):
        return self.run(*command, **more).stdout.strip()

    def put(self, path, data):
        self.run("sh", "-c", f"cat >{path}", stdin=data)

    def show(self, unit, name):
        """A property of a unit."""
        return self.out("systemctl", "show", "--value", f"--property={name}", unit)

    # Its USB.

    def plug(self, name, port, socket_number):
        """Plugs an FTDI adapter, on whose line is `port`, into this socket of the hub."""
        backend = {"type": "serial", "data": {"device": str(Path(port).resolve())}}
        self.monitor.ask("chardev-add", id=f"line-{name}", backend=backend)
        self.monitor.ask("device_add", driver="usb-serial", id=name, chardev=f"line-{name}", bus="usb.0", port=f"1.{socket_number}")

    def pull(self, name):
        self.monitor.ask("device_del", id=name)
        self.monitor.wait("DEVICE_DELETED", lambda data: data.get("device") == name)
        self.monitor.ask("chardev-remove", id=f"line-{name}")

    def shut_down(self):
        """As a person does it."""
        self.run("systemctl", "poweroff", check=False)
        self.process.wait(PATIENCE)
        self.monitor = None

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Monitor:
    """QEMU's monitor protocol (QMP): a command and its answer a line, events between."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("r")
        self.events = []
        self._read()
        self.ask("qmp_capabilities")

    def _read(self):
        line = self.lines.readline()
        if not line:
            raise RuntimeError("QEMU ended")
        return json.loads(line)

    def ask(self, command, **arguments):
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            said = self._read()
            if "event" in said:
                self.events.append(said)
            elif "error" in said:
                raise RuntimeError(f"{command}: {said['error']['desc']}")
            else:
                return said["return"]

    def wait(self, event, fits):
        """Takes the event when it has come."""
        while True:
            for seen in self.events:
                if seen["event"] == event and fits(seen.get("data", {})):
                    self.events.remove(seen)
                    return seen
            said = self._read()
            if "event" in said:
                self.events.append(said)
