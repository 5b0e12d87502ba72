"""The file `copyright`: our licence, and those of all that is in the program."""

import re
from collections import defaultdict

from crates import ROOT

# Their whole texts are on every Debian system.
COMMON = {"Apache-2.0": "Apache-2.0", "MPL-2.0": "MPL-2.0", "CC0-1.0": "CC0-1.0"}
FILES = re.compile(r"(licen[cs]e|copying|unlicense|notice)[^/]*$", re.IGNORECASE)
# Texts of licences by which we do not take it, or that every system has.
OTHERS = re.compile(r"apache|GPL|GNU GENERAL", re.IGNORECASE)
COPYRIGHT = re.compile(r"^\W*(copyright|\(c\)|©).*\d{4}.*", re.IGNORECASE)

MIT = (ROOT / "LICENSE-MIT").read_text().strip()

HEAD = """\
simgate is Copyright (c) 2026 The simgate authors, and licensed under either of
the MIT licence, or the Apache License, Version 2.0
(/usr/share/common-licenses/Apache-2.0), at your option.

{mit}
The program holds the Rust standard library, Copyright (c) The Rust Project
contributors, under the Apache License, Version 2.0 (or the MIT licence), and
SQLite, whose authors have dedicated it to the public domain; and the following
crates and npm packages, each under the licence that is named with it.
"""


def chosen(expression):
    """The licences by which we take it: of alternatives the one whose text every system has, else the first."""
    expression = expression.replace("/", " OR ")
    parts = [part.strip("() ") for part in re.split(r" AND ", expression)] if " AND " in expression else [expression]
    taken = []
    for part in parts:
        alternatives = [one.strip("() ") for one in part.split(" OR ")]
        alternatives = [one.split(" WITH ")[0] for one in alternatives]
        common = [one for one in alternatives if one in COMMON]
        taken.append(common[0] if common else alternatives[0])
    return sorted(set(taken))


def licence_files(one):
    files = sorted(path for path in one.folder.iterdir() if path.is_file() and FILES.search(path.name))
    return [(path.name, path.read_text(errors="replace").strip()) for path in files]


def copyright_lines(files):
    lines = {line.strip() for _, text in files for line in text.splitlines() if COPYRIGHT.match(line.strip())}
    # The example in the appendix of the Apache License names nobody.
    return sorted(line for line in lines if "yyyy" not in line and "[" not in line)


def copyright_file(components):
    """As text."""
    common, texts = defaultdict(list), defaultdict(list)
    for one in components:
        files = licence_files(one)
        licences = chosen(one.licence)
        who = copyright_lines(files) or [f"Copyright (c) {author}" for author in one.authors]
        who = who or [f"Copyright (c) The authors of {one.name}"]
        for licence in licences:
            if licence in COMMON:
                common[licence].append((one, who))
        if set(licences) <= set(COMMON):
            texts_needed = [(name, text) for name, text in files if name.lower().startswith("notice")]
        else:
            texts_needed = [(name, text) for name, text in files if not OTHERS.search(name + text[:300])]
            if not texts_needed and licences == ["MIT"]:
                # The package names the licence and leaves its text out, which is the same everywhere.
                texts_needed = [("", "\n\n".join(["\n".join(who), MIT.partition("\n\n")[2].partition("\n\n")[2]]))]
            if not texts_needed:
                raise SystemExit(f"{one.name} {one.version}: no text of its licence {one.licence!r} was found")
        for _, text in texts_needed:
            texts[re.sub(r"\s+", " ", text)].append((one, licences, text))
    out = [HEAD.format(mit="\n".join(f"    {line}".rstrip() for line in MIT.splitlines()) + "\n")]
    for licence, ones in sorted(common.items()):
        out.append(heading(f"{licence} (/usr/share/common-licenses/{COMMON[licence]})"))
        for one, who in ones:
            out.append(f"{one.name} {one.version}\n" + "".join(f"    {line}\n" for line in who))
    for entries in sorted(texts.values(), key=lambda entries: entries[0][0]):
        licences = " and ".join(sorted({licence for _, licences, _ in entries for licence in licences}))
        out.append(heading(licences or "As follows"))
        out.append(", ".join(f"{one.name} {one.version}" for one, _, _ in entries) + ":\n")
        out.append("\n".join(f"    {line}".rstrip() for line in entries[0][2].splitlines()) + "\n")
    return "\n".join(out)


def heading(text):
    return f"{'-' * 78}\n{text}\n{'-' * 78}\n"
