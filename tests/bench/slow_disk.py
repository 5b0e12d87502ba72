"""Disks that are slower than the one the benchmark runs on."""

import functools
import subprocess
import tempfile
from pathlib import Path


@functools.cache
def library():
    """Compiles slow_sync.c, once a run."""
    path = Path(tempfile.mkdtemp(prefix="simgate-bench-")) / "slow_sync.so"
    source = Path(__file__).with_name("slow_sync.c")
    flags = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", str(path), str(source), "-lpthread"], check=True)
    return path


def slower_by(milliseconds):
    """The environment of a program whose every sync takes so much longer."""
    if not milliseconds:
        return {}
    return {"LD_PRELOAD": str(library()), "SLOW_SYNC_US": str(round(milliseconds * 1000))}
