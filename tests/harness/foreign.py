"""A Debian of another architecture in a folder, whose programs the kernel hands to an emulator (binfmt_misc, qemu-user-static)."""

import os
import shutil
import subprocess
from pathlib import Path

SUITE = "bookworm"
# What the package depends on.
PACKAGES = "systemd,ucf,init-system-helpers,libgcc-s1"
EMULATORS = {"arm64": "qemu-aarch64", "armhf": "qemu-arm"}


def why_not(arch):
    """What is missing for it; none where it can be made and run."""
    if os.geteuid() != 0:
        return "it takes root"
    if not shutil.which("mmdebstrap"):
        return "mmdebstrap is missing"
    if not Path("/proc/sys/fs/binfmt_misc", EMULATORS[arch]).exists():
        return f"the kernel does not know {EMULATORS[arch]}: apt-get install qemu-user-static binfmt-support arch-test"
    return None


def archive(folder, arch):
    """The archive of the root, made where it is missing (some minutes)."""
    path = Path(folder) / f"root-{SUITE}-{arch}.tar"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(f".{os.getpid()}")
        command = ["mmdebstrap", "--format=tar", "--variant=minbase", f"--arch={arch}", f"--include={PACKAGES}", SUITE, str(made)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        made.rename(path)
    return path


class Foreign:
    """The root, unpacked. Its programs share this machine's network, processes and ptys."""

    def __init__(self, folder, archive_path):
        self.root = Path(folder) / "root"
        self.root.mkdir(parents=True)
        subprocess.run(["tar", "-xf", archive_path, "-C", self.root], check=True)

    def _inside(self, *command):
        """In a mount namespace of its own, so that nothing stays mounted."""
        mounts = "mount --make-rprivate / && mount -t proc proc $0/proc && mount --rbind /dev $0/dev && mount -t tmpfs tmpfs $0/run"
        script = f'{mounts} && exec chroot $0 env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"'
        return ["unshare", "--mount", "sh", "-ec", script, str(self.root), *map(str, command)]

    def run(self, *command, check=True, within=600):
        """Runs a command in it as root."""
        done = subprocess.run(self._inside(*command), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within, check=False)
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def out(self, *command, **more):
        return self.run(*command, **more).stdout.strip()

    def start(self, *command, log):
        """A command that goes on, as a process of this machine."""
        with Path(log).open("ab") as file:
            return subprocess.Popen(self._inside(*command), stdin=subprocess.DEVNULL, stdout=file, stderr=file)

    def path(self, path):
        """A path in it, as this machine sees it."""
        return self.root / str(path).lstrip("/")
