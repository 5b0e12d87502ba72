"""The table of how real modems misbehave names a test for each entry, and every name in it is a test that is there."""

import re

from harness.paths import ROOT

TABLE = ROOT / "tests" / "FIELD_NOTES.md"


def rows():
    for line in TABLE.read_text().splitlines():
        if match := re.match(r"\| (\d+) \|.*\| ([^|]*) \|$", line):
            yield int(match[1]), match[2]


CRATES = ("tpdu", "at", "modem", "smpp", "virtual-modem", "simgate")


def is_there(name, sources):
    name = name.strip("*_ ")
    if name.endswith(".at"):
        return any((ROOT / "tests" / "transcripts").rglob(name.rsplit("/", 1)[-1]))
    if name.endswith(".py") or "/" in name and not name.startswith("bench/"):
        return any((ROOT / "tests" / name).exists() or (ROOT / "daemon" / crate / name).exists() for crate in CRATES)
    if name.startswith("bench/"):
        return f'"{name.split()[1]}"' in (ROOT / "tests" / "bench" / "run").read_text()
    # A path of modules, or the beginning of a test's name.
    return name.replace("::", "/").removesuffix("/tests") in sources or any(part in sources for part in name.split("::")[-1:])


def test_every_entry_names_tests_that_are_there():
    files = [path for path in (ROOT / "daemon").rglob("*.rs") if "target" not in path.parts]
    sources = "\n".join(str(path.relative_to(ROOT)) for path in files)
    sources += "\n".join(path.read_text() for path in files)
    found = dict(rows())
    assert set(found) == set(range(1, 45))
    for entry, tests in found.items():
        names = [name for name in re.findall(r"`([^`]+)`", tests) if name not in (*CRATES, "schedule")]
        assert names, f"entry {entry} names no test"
        for name in names:
            assert is_there(name, sources), f"entry {entry}: {name}"
