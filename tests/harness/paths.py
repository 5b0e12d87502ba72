"""Where the programs under test are, and free ports for them."""

import itertools
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


# Below the ports that the kernel gives to clients, and for each of several test processes a range of its own, so that
# what is free now is still free when the gateway takes it.
FIRST_PORT, PORTS = 20_000, 1_000
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_ports = itertools.cycle(range(FIRST_PORT + _worker * PORTS, FIRST_PORT + (_worker + 1) * PORTS))


def free_port():
    """A TCP port on the loopback address that nobody listens on."""
    for port in itertools.islice(_ports, PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
