"""The benchmark commands run and print their tables. What they measure is not judged here."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.smsc import NodeSmsc

BENCH = Path(__file__).parents[1] / "bench"


def run(name, *arguments):
    done = subprocess.run(
        [sys.executable, str(BENCH / name), *arguments], capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_five_thousand_takes_other_numbers_too():
    assert "all well" in run("five-thousand", "--messages", "60", "--modems", "2", "--air-time", "0.01")


@pytest.mark.parametrize("what", ["first-byte", "accepts"])
def test_quick_measurements(what):
    assert "simgate" in run("run", what, "--quick", "--alone")


def test_radios():
    assert "gap p50" in run("run", "radios", "--quick", "--alone", "--modems", "2", "--air", "0.05")


@pytest.mark.skipif(NodeSmsc.missing() is not None, reason="needs node and the npm package smpp")
def test_uplink():
    # Each of its runs checks that every message went once.
    assert run("run", "uplink", "--quick").count("each once, all ") == 6
