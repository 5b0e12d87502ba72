"""Finds modules of one folder that import each other, by what their sources name.

A module stands for all that is in it: those of the root are looked at, and those of each folder. A parent and its children
may name each other, and tests may put anything together. A path is followed that begins with `crate` or `super`, in `use`
or elsewhere, also in braces, and through names that a module exports again. Macros are not expanded: what they name is not
seen, nor are methods that another file gives to a type.
"""

import re

TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|b?r(#*)\".*?\"\1|b?\"(?:\\.|[^\"\\])*\"|b?'(?:\\[^']+|[^'\\])'|[A-Za-z_]\w*|::|\S", re.S)


def tokens(text):
    """The text without comments, and with `""` for what is quoted."""
    for match in TOKEN.finditer(text):
        token = match.group()
        if token.startswith(("//", "/*")):
            continue
        quoted = token[-1] in "\"'" and len(token) > 1
        yield '""' if quoted else token


def without_tests(found):
    """Leaves out what stands behind `#[cfg(test)]`: a block, or an item up to its `;`."""
    found, kept, at = list(found), [], 0
    while at < len(found):
        if found[at : at + 7] != ["#", "[", "cfg", "(", "test", ")", "]"]:
            kept.append(found[at])
            at += 1
            continue
        depth = 0
        while at < len(found):
            depth += {"{": 1, "}": -1}.get(found[at], 0)
            at += 1
            if depth == 0 and found[at - 1] in ("}", ";"):
                break
    return kept


def tree(found, at, path):
    """The paths of a tree of imports that goes on at a token after `path`, each with its alias; and where it ends."""
    if at < len(found) and found[at] == "{":
        paths, at = [], at + 1
        while at < len(found) and found[at] != "}":
            more, at = tree(found, at, path)
            paths += more
            at += at < len(found) and found[at] == ","
        return paths, at + 1
    path = [*path, found[at]]
    if found[at + 1 : at + 2] == ["::"]:
        return tree(found, at + 2, path)
    if found[at + 1 : at + 2] == ["as"]:
        return [(path, found[at + 2])], at + 3
    return [(path, path[-1])], at + 1


def paths(found, module):
    """What a file names: absolute paths in its crate. Of the root also those that begin with a child."""
    inside, opened, at = [], [], 0
    while at < len(found):
        token = found[at]
        if token == "{":
            opened.append(found[at - 2] == "mod")
            if opened[-1]:
                inside.append(found[at - 1])
        elif token == "}" and opened and opened.pop():
            inside.pop()
        starts = token in ("crate", "super", "self") and found[at + 1 : at + 2] == ["::"] and found[at - 1] != "::"
        if starts or token == "use":
            named, at = tree(found, at + (token == "use"), [])
            here = [*module, *inside]
            for path, alias in named:
                yield absolute(path, here), alias
            continue
        at += 1


def absolute(path, here):
    path = list(path)
    if path[0] == "crate":
        return path[1:]
    here = list(here)
    while path and path[0] in ("self", "super"):
        here = here[:-1] if path.pop(0) == "super" else here
    return [*here, *path]


def module_of(file, src):
    parts = list(file.relative_to(src).with_suffix("").parts)
    if parts[-1] in ("lib", "main", "mod"):
        parts.pop()
    return parts


class Crate:
    """The modules of a crate, and which of them each one names."""

    def __init__(self, src):
        files = [file for file in src.rglob("*.rs") if "tests" not in module_of(file, src)]
        self.paths = {}
        for file in files:
            module = tuple(module_of(file, src))
            self.paths[module] = list(paths(without_tests(tokens(file.read_text())), module))
        self.again = {module: {alias: path for path, alias in named} for module, named in self.paths.items()}
        self.named = {module: {self.module(path) for path, _ in named} for module, named in self.paths.items()}

    def module(self, path, followed=()):
        """The module that has what a path names."""
        path = tuple(path)
        at = next(at for at in range(len(path), -1, -1) if path[:at] in self.paths)
        module, rest = path[:at], path[at:]
        again = self.again[module].get(rest[0]) if rest else None
        if again is None or path in followed:
            return module
        return self.module([*again, *rest[1:]], (*followed, path))

    def folders(self):
        """Of each folder its modules, each with those that it names."""
        for folder in sorted({module[:-1] for module in self.paths if module}):
            depth = len(folder)
            named = {module[depth]: set() for module in self.paths if len(module) > depth and module[:depth] == folder}
            for module, others in self.named.items():
                inside = (other for other in others if len(other) > depth and other[:depth] == folder)
                if len(module) > depth and module[:depth] == folder:
                    named[module[depth]] |= {other[depth] for other in inside} - {module[depth]}
            yield folder, named


def circles(named):
    """Modules each of which names the others, by way of others or not, as sorted tuples."""

    def reached(module):
        seen, left = set(), [module]
        while left:
            for other in named[left.pop()] - seen:
                seen.add(other)
                left.append(other)
        return seen

    reach = {module: reached(module) for module in named}
    found = {tuple(sorted({module} | {other for other in reach[module] if module in reach[other]})) for module in named}
    return sorted(circle for circle in found if len(circle) > 1)


def of_crate(src):
    """The circles of all folders of a crate, each module by its path."""
    for folder, named in Crate(src).folders():
        for circle in circles(named):
            yield tuple("::".join([*folder, module]) for module in circle)
