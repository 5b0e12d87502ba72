"""A disk and a clock that fail as a test says, under the simgate that ships (`shim.h` says how).

    disk = Disk(folder, daemon.data)      # before the daemon starts
    daemon.environment = disk.environment
    disk.limit = disk.used                # full from now on
    disk.write_errno = errno.EROFS        # read-only
    disk.clock_offset = 3600              # an hour ahead
    daemon.kill(); disk.cut(random.Random(7))   # the power is gone, what was not synced with it
"""

import functools
import mmap
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PAGE, SECTOR = 4096, 512
NANOSECONDS = 1_000_000_000

# struct control of shim.h.
SETTINGS = ("limit", "write_errno", "sync_errno", "open_errno", "bad_reads", "clock_offset_ns", "sync_takes", "sync_lies")
COUNTERS = ("writes", "syncs", "directory_syncs", "refused", "allocations", "clock_reads")
FIELDS = SETTINGS + COUNTERS


@functools.cache
def library():
    """Compiles the shim, once a test run."""
    path = Path(tempfile.mkdtemp(prefix="simgate-disk-")) / "shim.so"
    sources = sorted(str(source) for source in HERE.glob("*.c"))
    flags = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", str(path), *sources, "-lpthread"], check=True)
    return path


class Disk:
    """The disk of one data directory. Attributes are the fields of `struct control`, set and read at once."""

    def __init__(self, folder, data):
        object.__setattr__(self, "data", Path(data).resolve())
        object.__setattr__(self, "shadow", Path(folder) / "shadow")
        control = Path(folder) / "control"
        control.parent.mkdir(parents=True, exist_ok=True)
        control.write_bytes(bytes(8 * len(FIELDS)))
        with control.open("r+b") as file:
            object.__setattr__(self, "_control", mmap.mmap(file.fileno(), 8 * len(FIELDS)))
        self.environment = {
            "LD_PRELOAD": str(library()),
            "DISK_WATCH": str(self.data),
            "DISK_SHADOW": str(self.shadow),
            "DISK_CONTROL": str(control),
        }
        self.all_is_durable()

    def __getattr__(self, name):
        if name in FIELDS:
            return struct.unpack_from("<q", self._control, 8 * FIELDS.index(name))[0]
        raise AttributeError(name)

    def __setattr__(self, name, value):
        if name in FIELDS:
            struct.pack_into("<q", self._control, 8 * FIELDS.index(name), int(value))
        else:
            object.__setattr__(self, name, value)

    @property
    def clock_offset(self):
        """Seconds that the program's wall clock is ahead."""
        return self.clock_offset_ns / NANOSECONDS

    @clock_offset.setter
    def clock_offset(self, seconds):
        self.clock_offset_ns = int(seconds * NANOSECONDS)

    @property
    def used(self):
        """Octets that the files hold."""
        return sum(path.stat().st_size for path in self.data.iterdir() if path.is_file())

    def mend(self):
        """Everything works again."""
        for name in ("limit", "write_errno", "sync_errno", "open_errno", "bad_reads"):
            setattr(self, name, 0)

    def all_is_durable(self):
        """What lies in the directory now is on the disk. For a start: no program may have it open."""
        shutil.rmtree(self.shadow, ignore_errors=True)
        self.shadow.mkdir(parents=True)
        names = []
        files = sorted(path for path in self.data.iterdir() if path.is_file() and not path.name.endswith("-shm"))
        for number, path in enumerate(files):
            shutil.copyfile(path, self.shadow / str(number))
            names.append(f"{number} {path.name}\n")
        (self.shadow / "names").write_text("".join(names))

    def cut(self, dice=None):
        """What is left after a power cut; the program has been killed.

        Without `dice` only what was synced. With it, a random part of the rest too: whole pages and torn ones, new names
        and removed ones. Gives how many octets of what had been written were lost.
        """
        durable = {}
        for line in (self.shadow / "names").read_text().splitlines():
            number, name = line.split(" ", 1)
            copy = self.shadow / number
            durable[name] = copy.read_bytes() if copy.exists() else b""
        real = {path.name: path.read_bytes() for path in self.data.iterdir() if path.is_file()}
        lost = 0
        for path in list(self.data.iterdir()):
            if path.is_file():
                path.unlink()
        chance = dice.choice((0.0, 0.2, 0.5, 0.9, 1.0)) if dice else 0.0
        for name in sorted(durable.keys() | real.keys()):
            # The index in shared memory is not on the disk.
            if name.endswith("-shm"):
                continue
            if name not in real and dice and dice.random() < chance:
                continue  # its removal came through
            if name not in durable and not (dice and dice.random() < chance):
                lost += len(real[name])
                continue  # its creation did not
            old = durable.get(name, b"")
            left = mix(old, real[name], chance, dice) if name in real else old
            lost += sum(1 for one, other in blocks(left, real.get(name, left), SECTOR) if one != other) * SECTOR
            path = self.data / name
            path.touch(mode=0o600)
            path.write_bytes(left)
        self.all_is_durable()
        return lost


def blocks(one, other, size):
    """Both cut into blocks, side by side."""
    for at in range(0, max(len(one), len(other)), size):
        yield one[at : at + size], other[at : at + size]


def mix(old, new, chance, dice):
    """`old` with each page of `new` that differs let through by chance: whole, or torn between sectors."""
    if not dice or chance == 0.0:
        return old
    pages = []
    for one, other in blocks(old, new, PAGE):
        if one == other or dice.random() >= chance:
            pages.append(one)
        elif dice.random() < 0.7:
            pages.append(other)
        else:
            torn = [dice.choice(pair) for pair in blocks(one, other, SECTOR)]
            pages.append(b"".join(sector.ljust(SECTOR, b"\0") for sector in torn))
    # A file's pages lie one behind the other: what is missing in between reads as zeros.
    last = max((at for at, page in enumerate(pages) if page), default=-1)
    return b"".join(page.ljust(PAGE, b"\0") if at < last else page for at, page in enumerate(pages))
