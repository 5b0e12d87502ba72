#!/usr/bin/env python3
"""Checks which crate depends on which (daemon/DESIGN.md, "The crates"), and that no modules of one folder import each other.

The codecs and the engine ask no clock, open no port and know no database: a day of modem time runs in milliseconds in
a test, and anything of theirs can be reused. A dependency that breaks this is found here, not in review.
"""

import subprocess
import sys
from pathlib import Path

import circles

ROOT = Path(__file__).resolve().parent.parent
# Crates whose folder is not daemon/NAME.
FOLDERS = {"bank-controller": ROOT / "firmware/controller", "bank-wire": ROOT / "firmware/wire"}

# Crate of ours -> crates of ours that it may name.
OURS = {
    "bank-controller": {"bank-wire"},
    "bank-wire": set(),
    "tpdu": set(),
    "at": set(),
    "model": {"tpdu"},
    "modem": {"at", "model", "tpdu"},
    "smpp": {"model", "tpdu"},
    "virtual-modem": {"at", "tpdu"},
    "pdu": {"tpdu"},
    "store": {"model"},
    "gateway": {"at", "bank-controller", "bank-wire", "model", "modem", "smpp", "store", "tpdu"},
    "api": {"gateway", "model", "modem", "tpdu"},
    "web": set(),
    "simgate": {"api", "gateway", "model", "pdu", "virtual-modem", "web"},
}
# Never below these crates, at any depth. (`embassy-time` stands below `at`: atat names it for its client, which we
# do not use and which then never runs. `time` writes and reads dates for `model`, without its clock: clippy.toml.)
PURE = {"tpdu", "at", "model", "modem", "bank-controller", "bank-wire"}
IMPURE = {
    "tokio", "mio", "async-std", "smol", "futures-executor", "rusqlite", "libsqlite3-sys", "axum", "hyper", "tower", "reqwest",
    "ureq", "serialport", "tokio-serial", "rustix", "nix", "chrono",
}
# Modules that import each other, by crate. Nothing is added here, and what is parted goes.
KNOWN_CIRCLES: dict[str, set[tuple[str, ...]]] = {
    # What settles a part may settle others: a report tells a number, the number what is before it, and that whose
    # a report is which was kept.
    "store": {("evidence::misread", "evidence::numbers", "evidence::owner", "evidence::reconsider")},
}
# SQL is the store's business alone.
ONLY_STORE = {"rusqlite", "libsqlite3-sys"}
# The virtual modem runs ptys, and so knows tokio; the gateway's parts are none of its business.
NOT_IN_VIRTUAL_MODEM = {"rusqlite", "libsqlite3-sys", "axum", "hyper", "modem", "simgate"}
# A session over sockets; stores and servers are none of its business.
NOT_IN_SMPP = {"rusqlite", "libsqlite3-sys", "axum", "hyper", "modem", "simgate"}
# Everything that `tpdu` may stand on.
TPDU_EXTERNAL = {"unicode-segmentation", "any_ascii"}


def tree(crate, *options):
    """The names of the crates that `crate` is built from (no development dependencies), itself left out."""
    command = ["cargo", "tree", "--locked", "-p", crate, "-e", "normal", "--prefix", "none", "-f", "{p}", *options]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    return {line.split()[0] for line in lines if line} - {crate}


def faults():
    for crate, allowed in OURS.items():
        direct = tree(crate, "--depth", "1")
        for other in sorted((direct & set(OURS)) - allowed):
            yield f"{crate} must not depend on {other}"
    for crate in sorted(set(OURS) - {"store"}):
        for other in sorted(tree(crate, "--depth", "1") & ONLY_STORE):
            yield f"{crate} must not depend on {other}: SQL is in the store alone"
    for crate in sorted(PURE):
        for other in sorted(tree(crate) & IMPURE):
            yield f"{crate} must not depend on {other}, not even through others (cargo tree -p {crate} -i {other})"
    for other in sorted(tree("virtual-modem") & NOT_IN_VIRTUAL_MODEM):
        yield f"virtual-modem must not depend on {other}"
    for other in sorted(tree("smpp") & NOT_IN_SMPP):
        yield f"smpp must not depend on {other}"
    for other in sorted(tree("tpdu") - TPDU_EXTERNAL):
        yield f"tpdu must not depend on {other}"


def circle_faults():
    for crate in OURS:
        found = set(circles.of_crate(FOLDERS.get(crate, ROOT / "daemon" / crate) / "src"))
        known = KNOWN_CIRCLES.get(crate, set())
        for circle in sorted(found - known):
            yield f"{crate}: {', '.join(circle)} import each other, perhaps by way of others"
        for circle in sorted(known - found):
            yield f"{crate}: {', '.join(circle)} import each other no more; take them out of KNOWN_CIRCLES"


def main():
    found = [*faults(), *circle_faults()]
    print("\n".join(found) or f"dependencies of {', '.join(OURS)}: as the design says")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
