"""Where the programs under test are, and free ports for them."""

import os
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def program(name):
    """The release binary `name`; `SIMGATE_BIN_DIR` names another folder (a debug build, an installed package)."""
    folder = os.environ.get("SIMGATE_BIN_DIR")
    if folder is None:
        folder = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    path = Path(folder) / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: cargo build --release -p virtual-modem -p simgate")
    return str(path)


def free_port():
    """A TCP port on the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
