#!/usr/bin/env python3
"""uf2.py ELF UF2: makes the file that is dropped onto a board in its boot loader.

UF2 (microsoft/uf2): blocks of 512 octets, each with 256 of the flash, its address, and the family of chips that it is
for. A board takes no file of another family. `uf2.py --check UF2` reads such a file and says what is in it.
"""

import struct
import sys
from pathlib import Path

FIRST, SECOND, LAST = 0x0A324655, 0x9E5D5157, 0x0AB16F30
HAS_FAMILY = 0x2000
RP2040 = 0xE48BFF56
PAGE = 256
FLASH = range(0x10000000, 0x10000000 + 2 * 1024 * 1024)
PT_LOAD = 1


def loaded(elf):
    """What the ELF puts into flash: address and octets of each piece."""
    if elf[:7] != b"\x7fELF\x01\x01\x01":
        sys.exit("uf2.py: not a 32-bit little-endian ELF")
    (table,), (size, count) = struct.unpack_from("<I", elf, 28), struct.unpack_from("<HH", elf, 42)
    for at in range(table, table + size * count, size):
        kind, offset, _, physical, in_file = struct.unpack_from("<IIIII", elf, at)
        if kind == PT_LOAD and in_file:
            if physical not in FLASH or physical + in_file > FLASH.stop:
                sys.exit(f"uf2.py: {in_file} octets at {physical:#x} are not in the board's flash")
            yield physical, elf[offset : offset + in_file]


def pages(pieces):
    """Pages of flash, by address; what no piece covers is 0."""
    found = {}
    for address, octets in pieces:
        for place, octet in enumerate(octets, address):
            found.setdefault(place - place % PAGE, bytearray(PAGE))[place % PAGE] = octet
    return sorted(found.items())


def write(found):
    for number, (address, octets) in enumerate(found):
        head = struct.pack("<8I", FIRST, SECOND, HAS_FAMILY, address, PAGE, number, len(found), RP2040)
        yield head + bytes(octets).ljust(476, b"\0") + struct.pack("<I", LAST)


def read(uf2):
    """The pages of a UF2 file for the RP2040; exits where it is none."""
    blocks = [uf2[at : at + 512] for at in range(0, len(uf2), 512)]
    found = []
    for number, block in enumerate(blocks):
        if len(block) != 512:
            sys.exit("uf2.py: the last block is cut")
        first, second, flags, address, size, own, count, family = struct.unpack_from("<8I", block)
        if (first, second, struct.unpack_from("<I", block, 508)[0]) != (FIRST, SECOND, LAST):
            sys.exit(f"uf2.py: block {number} is none")
        if not flags & HAS_FAMILY or family != RP2040:
            sys.exit(f"uf2.py: block {number} is for family {family:#x}, not the RP2040's {RP2040:#x}")
        if (own, count, size) != (number, len(blocks), PAGE) or address % PAGE or address not in FLASH:
            sys.exit(f"uf2.py: block {number} is out of place")
        found.append((address, block[32 : 32 + PAGE]))
    if not found or found[0][0] != FLASH.start:
        sys.exit("uf2.py: nothing for the start of the flash")
    return found


def main(arguments):
    match arguments:
        case ["--check", uf2]:
            found = read(Path(uf2).read_bytes())
            print(f"{uf2}: {len(found) * PAGE} octets of flash for the RP2040 (family {RP2040:#x})")
        case [elf, uf2]:
            Path(uf2).write_bytes(b"".join(write(pages(loaded(Path(elf).read_bytes())))))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
