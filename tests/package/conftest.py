"""The package, and a Debian guest to install it in."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from harness.guest import Guest, archive, why_not
from harness.paths import ROOT, program

CACHE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "package-tests"


@pytest.fixture(scope="session")
def pack(tmp_path_factory):
    """pack(version) -> a package of the program under test, anew; without a version it has that of the commit."""

    def pack(version):
        command = [ROOT / "packaging/build", "--program", program("simgate"), "--quick", "--output", tmp_path_factory.mktemp("package")]
        if version:
            command += ["--version", version]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return Path(done.stdout.split()[-1])

    return pack


@pytest.fixture(scope="session")
def packages(pack):
    """(old, new): `SIMGATE_DEB` names a package that was built before for the new one."""
    given = os.environ.get("SIMGATE_DEB")
    return pack("0.0.1-1"), Path(given) if given else pack(None)


@pytest.fixture(scope="module")
def guest(tmp_path_factory):
    """A guest, booted, with the virtual modems' program and nothing of simgate."""
    if reason := why_not():
        pytest.skip(f"no guest can be made here: {reason}")
    guest = Guest(tmp_path_factory.mktemp("guest"), archive(CACHE))
    if reason := guest.why_not():
        guest.close()
        pytest.skip(f"no guest can run here: {reason}")
    shutil.copy(program("virtual-modem"), guest.path("/usr/local/bin/virtual-modem"))
    try:
        yield guest.start()
    finally:
        guest.close()
