"""A Debian of its own under a real systemd (systemd-nspawn), without a network."""

import json
import os
import shutil
import signal
import subprocess
import uuid
from pathlib import Path

from .wait import eventually

# What the package depends on, and what a bare systemd needs. The archive is made once, and kept.
PACKAGES = "systemd,systemd-sysv,udev,dbus,ucf,init-system-helpers,libgcc-s1,procps"
SUITE = "bookworm"


def archive(folder):
    """The archive of the root, made where it is missing (half a minute, by apt)."""
    path = Path(folder) / f"root-{SUITE}.tar"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        command = ["mmdebstrap", "--format=tar", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(made)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        made.rename(path)
    return path


def why_not():
    """Why no guest can be made here; none where one can."""
    if os.geteuid() != 0:
        return "it takes root"
    missing = [name for name in ("systemd-nspawn", "mmdebstrap", "nsenter") if not shutil.which(name)]
    return f"{missing[0]} is missing" if missing else None


class Guest:
    """One machine. `close` ends it."""

    def __init__(self, folder, archive_path):
        self.folder = Path(folder)
        self.root = self.folder / "root"
        self.root.mkdir(parents=True)
        subprocess.run(["tar", "-xf", archive_path, "-C", self.root], check=True)
        # With one it is no first boot, at which systemd would ask for a time zone and the like.
        (self.root / "etc/machine-id").write_text(f"{uuid.uuid4().hex}\n")
        self.console = self.folder / "console.log"
        self.process = None
        self.pid = None

    def _nspawn(self, *more):
        return [
            "systemd-nspawn", "--quiet", f"--directory={self.root}", f"--machine=simgate-{os.getpid()}", "--private-network",
            "--register=no", "--keep-unit", *more,
        ]

    def why_not(self):
        """Why it cannot be booted here, in systemd's words; none where it can."""
        tried = subprocess.run(self._nspawn("--pipe", "/bin/true"), capture_output=True, text=True, timeout=60, check=False)
        return None if tried.returncode == 0 else tried.stderr.strip()

    def start(self):
        """Boots it, and waits until systemd is through."""
        command = self._nspawn("--boot", "--console=read-only")
        with self.console.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.pid = eventually(self._leader, what="the guest's first process")
        eventually(self._is_up, what="the guest is up")
        return self

    def _leader(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the guest ended: {self.console.read_text(errors='replace')[-2000:]}")
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        # nspawn makes it by a helper that goes away: only the first process has the number 1 inside.
        return next((child for child in children if _is_first(child)), None)

    def _is_up(self):
        self._leader()
        # A mount unit that a container cannot have leaves it "degraded".
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def run(self, *command, check=True, stdin=None, within=120):
        """Runs a command in it as root."""
        inside = ["nsenter", "--target", self.pid, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--"]
        environment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]
        done = subprocess.run(
            [*inside, *environment, *map(str, command)],
            input=stdin, stdin=None if stdin else subprocess.DEVNULL, capture_output=True, text=True, timeout=within, check=False,
        )
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def out(self, *command, **more):
        return self.run(*command, **more).stdout.strip()

    def path(self, path):
        """A path in it, as this machine sees it."""
        return self.root / str(path).lstrip("/")

    def show(self, unit, name):
        """A property of a unit."""
        return self.out("systemctl", "show", "--value", f"--property={name}", unit)

    def journal(self, *matches):
        """Entries of the journal with all their fields."""
        self.run("journalctl", "--sync")
        lines = self.out("journalctl", "--output=json", "--all", "--no-pager", *matches).splitlines()
        return [json.loads(line) for line in lines]

    def curl(self, *arguments):
        """curl of this machine, in the guest's network."""
        command = ["nsenter", "--target", self.pid, "--net", "--", "curl", "--silent", "--insecure", "--noproxy", "*", "--max-time", "20"]
        return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=30, check=False)

    def close(self):
        """Ends it at once."""
        if self.process is not None and self.process.poll() is None:
            # With its first process all of it is gone.
            os.kill(int(self.pid or self.process.pid), signal.SIGKILL)
            self.process.wait(60)
        shutil.rmtree(self.root, ignore_errors=True)


def _is_first(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    [numbers] = [line.split() for line in status.splitlines() if line.startswith("NSpid:")]
    return len(numbers) > 2 and numbers[-1] == "1"
