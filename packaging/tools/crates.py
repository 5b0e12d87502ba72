"""What is in the program: the crates that are linked, and the packages of the web page."""

import json
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Of the page's packages these only build or check it; the others, and what they need, may be in it.
BUILD_ONLY = {
    "@messageformat/core", "@sveltejs/adapter-static", "@sveltejs/vite-plugin-svelte", "@tailwindcss/vite",
    "@types/node", "axe-core", "openapi-typescript", "svelte-check", "typescript", "vite",
}


@dataclass(order=True)
class Component:
    """One crate or npm package."""

    name: str
    version: str
    kind: str  # "cargo" or "npm", as package URLs name them
    licence: str = field(compare=False)
    folder: Path = field(compare=False)
    authors: list = field(compare=False, default_factory=list)
    sha256: str = field(compare=False, default="")

    @property
    def purl(self):
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version}"


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def crates(target):
    """The crates that are linked into simgate for a target; ours are not among them."""
    tree = output(
        "cargo", "tree", "--locked", "--package", "simgate", "--edges", "normal,no-proc-macro", "--target", target,
        "--prefix", "none", "--format", "{p}",
    )
    linked = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
    metadata = json.loads(output("cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target))
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    checksums = {(one["name"], one["version"]): one.get("checksum", "") for one in lock}
    found = []
    for package in metadata["packages"]:
        key = (package["name"], package["version"])
        if package["source"] and (key[0], f"v{key[1]}") in linked:
            folder = Path(package["manifest_path"]).parent
            found.append(Component(*key, "cargo", package["license"] or "", folder, package["authors"], checksums[key]))
    return sorted(found)


def npm_packages():
    """The packages that may be in the web page."""
    folder = ROOT / "web-ui"
    lock = json.loads((folder / "package-lock.json").read_text())["packages"]
    waiting = [("", name) for name in lock[""]["devDependencies"] if name not in BUILD_ONLY]
    found = {}
    while waiting:
        place, name = waiting.pop()
        # As Node looks for it: in the package that wants it, then above.
        while (path := f"{place}/node_modules/{name}".lstrip("/")) not in lock and place:
            place = place.rpartition("/node_modules/")[0] if "/node_modules/" in place else ""
        entry = lock[path]
        if path in found:
            continue
        found[path] = Component(name, entry["version"], "npm", entry.get("license", ""), folder / path)
        waiting += [(path, wanted) for wanted in entry.get("dependencies", {})]
    return sorted(found.values())
