"""The file that is dropped onto a board: what is in it, and what is not taken for one."""

import importlib.util
import struct
import subprocess
import sys

import pytest

from harness.bankboard import ELF, ROOT, TARGET

SCRIPT = ROOT / "firmware/uf2.py"
UF2 = TARGET / "firmware/bank-firmware.uf2"

spec = importlib.util.spec_from_file_location("uf2", SCRIPT)
uf2 = importlib.util.module_from_spec(spec)
spec.loader.exec_module(uf2)


def check(path):
    done = subprocess.run([sys.executable, SCRIPT, "--check", path], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_it_holds_what_the_elf_puts_into_flash():
    pages = dict(uf2.read(UF2.read_bytes()))
    pieces = list(uf2.loaded(ELF.read_bytes()))
    assert min(address for address, _ in pieces) == 0x10000000
    for address, octets in pieces:
        got = bytearray()
        for page in range(address - address % 256, address + len(octets), 256):
            got += pages[page]
        assert got[address % 256 :][: len(octets)] == octets


def test_it_is_for_the_rp2040():
    code, said = check(UF2)
    assert code == 0 and "family 0xe48bff56" in said, said


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [(28, 0xADA52840, "family 0xada52840"), (8, 0, "family"), (0, 0, "block 0 is none"), (508, 1, "block 0 is none"),
     (20, 7, "out of place"), (12, 0x20000000, "out of place")],
)
def test_what_is_for_another_chip_or_spoilt_is_told(tmp_path, place, value, why):
    octets = bytearray(UF2.read_bytes())
    struct.pack_into("<I", octets, place, value)
    spoilt = tmp_path / "spoilt.uf2"
    spoilt.write_bytes(octets)
    code, said = check(spoilt)
    assert code == 1 and why in said, said


def test_a_file_that_is_cut_is_told(tmp_path):
    cut = tmp_path / "cut.uf2"
    cut.write_bytes(UF2.read_bytes()[:-100])
    code, said = check(cut)
    assert code == 1 and "the last block is cut" in said, said
    cut.write_bytes(UF2.read_bytes()[:-512])
    code, said = check(cut)
    assert code == 1 and "out of place" in said, said


def test_a_program_for_a_computer_is_none_for_the_board(tmp_path):
    done = subprocess.run([sys.executable, SCRIPT, sys.executable, tmp_path / "out.uf2"], capture_output=True, text=True)
    assert done.returncode == 1 and "not a 32-bit" in done.stderr
