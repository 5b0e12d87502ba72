"""The tree of the package, and the package made of it."""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path

from copyright import copyright_file
from crates import ROOT
from sbom import sbom

PACKAGING = ROOT / "packaging"

# What the package sets another way than the program by itself: the page is for the local network, over HTTPS.
SETTINGS = {
    "http.listen": '"0.0.0.0:8443"',
    "http.tls.certificate": '"self-signed"',
    # Where the hub can do it: else the step is left out.
    "power.backend": '"usb-port"',
}

# Files that are in the package as they are in the repository.
FILES = {
    "packaging/systemd/simgate.service": "usr/lib/systemd/system/simgate.service",
    "packaging/systemd/simgate.sysusers": "usr/lib/sysusers.d/simgate.conf",
    "packaging/systemd/simgate.tmpfiles": "usr/lib/tmpfiles.d/simgate.conf",
    "packaging/systemd/simgate.modules": "usr/lib/modules-load.d/simgate.conf",
    "udev/70-simgate.rules": "usr/lib/udev/rules.d/70-simgate.rules",
    "packaging/apparmor/simgate": "etc/apparmor.d/simgate",
    "packaging/avahi/simgate.service": "etc/avahi/services/simgate.service",
    "packaging/grafana/simgate.json": "usr/share/simgate/grafana/simgate.json",
    "packaging/prometheus/simgate.rules.yml": "usr/share/simgate/prometheus/simgate.rules.yml",
    "packaging/debian/lintian-overrides": "usr/share/lintian/overrides/simgate",
}

COMPLETIONS = {
    "bash": "usr/share/bash-completion/completions/simgate",
    "zsh": "usr/share/zsh/vendor-completions/_simgate",
    "fish": "usr/share/fish/vendor_completions.d/simgate.fish",
}


def default_configuration(documented):
    """The documented defaults as comments, so that a later version may have others; and what the package sets."""
    lines, section, wanted = [], "", dict(SETTINGS)
    for line in documented.splitlines():
        if line.startswith("["):
            section = line.strip("[]") + "."
        elif match := re.match(r"(\w+) = ", line):
            key = section + match[1]
            line = f"{match[1]} = {wanted.pop(key)}" if key in wanted else f"#{line}"
        lines.append(line)
    if wanted:
        raise SystemExit(f"no such settings any more: {', '.join(wanted)}")
    head = "# The configuration of simgate. What is commented out shows the default.\n# After a change: systemctl restart simgate\n\n"
    return head + "\n".join(lines) + "\n"


class Stage:
    """A folder with what dpkg-deb packs."""

    def __init__(self, root, version, arch, epoch):
        self.root, self.version, self.arch, self.epoch = root, version, arch, epoch
        (root / "DEBIAN").mkdir(parents=True)

    def install(self, source, path, mode=0o644):
        self._put(path, Path(source).read_bytes(), mode)

    def write(self, path, text):
        self._put(path, text.encode(), 0o644)

    def compressed(self, path, data):
        # Without a time and a name in it.
        self._put(f"{path}.gz", gzip.compress(data, 9, mtime=0), 0o644)

    def _put(self, path, data, mode):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(mode)

    def made_by_the_program(self, run):
        """Manual pages and completions."""
        folder = self.root.parent / "man"
        folder.mkdir()
        subprocess.run([*run, "man", folder], check=True)
        for page in sorted(folder.iterdir()):
            self.compressed(f"usr/share/man/man1/{page.name}", page.read_bytes())
        shutil.rmtree(folder)
        for shell, path in COMPLETIONS.items():
            done = subprocess.run([*run, "completions", shell], check=True, capture_output=True, text=True)
            self.write(path, done.stdout)

    def files(self):
        for source, path in FILES.items():
            self.install(ROOT / source, path)

    def documents(self, components):
        doc = "usr/share/doc/simgate"
        for name in ("README.md", "ATTENTION.md"):
            self.compressed(f"{doc}/{name}", (ROOT / name).read_bytes())
        self.compressed(f"{doc}/changelog", (ROOT / "CHANGELOG.md").read_bytes())
        self.compressed(f"{doc}/changelog.Debian", self._debian_changelog().encode())
        self.compressed(f"{doc}/simgate.cdx.json", sbom(self.version, self.epoch, components).encode())
        self.write(f"{doc}/copyright", copyright_file(components))

    def _debian_changelog(self):
        time = format_datetime(datetime.fromtimestamp(self.epoch, timezone.utc))
        return (
            f"simgate ({self.version}) unstable; urgency=medium\n\n"
            "  * What has changed in simgate itself is in changelog.gz.\n\n"
            f" -- The simgate authors <simgate@simgate.invalid>  {time}\n"
        )

    def pack(self, package, quick=False):
        """Writes the package; its path."""
        control = (PACKAGING / "debian/control.in").read_text()
        size = sum(-(-file.lstat().st_size // 1024) for file in self.root.rglob("*") if file.is_file())
        filled = {
            "VERSION": self.version,
            "ARCHITECTURE": self.arch,
            "INSTALLED_SIZE": str(size),
            "SHLIBS": self._libraries(),
        }
        self._control("control", control, filled, 0o644)
        for script in ("preinst", "postinst", "prerm", "postrm"):
            self._control(script, (PACKAGING / "debian" / script).read_text(), filled, 0o755)
        etc = sorted(file for file in (self.root / "etc").rglob("*") if file.is_file())
        self.write("DEBIAN/conffiles", "".join(f"/{file.relative_to(self.root)}\n" for file in etc))
        self._md5sums()
        for folder in [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]:
            folder.chmod(0o755)
        package.parent.mkdir(parents=True, exist_ok=True)
        compression = ["-Zgzip", "-z1"] if quick else ["-Zxz"]
        command = ["dpkg-deb", "--root-owner-group", *compression, "--build", self.root, package]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(self.epoch)})
        return package

    def _control(self, name, text, filled, mode):
        for word, value in filled.items():
            text = text.replace(f"@{word}@", value)
        self._put(f"DEBIAN/{name}", text.encode(), mode)

    def _libraries(self):
        """The C library as new as the program's symbols want it."""
        program = self.root / "usr/bin/simgate"
        shown = subprocess.run(["readelf", "--wide", "-V", "-d", program], check=True, capture_output=True, text=True).stdout
        needed = set(re.findall(r"Shared library: \[([^\]]+)\]", shown))
        known = {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2"}
        if unknown := {name for name in needed if not name.startswith("ld-linux")} - known:
            raise SystemExit(f"the program needs libraries that no dependency names: {unknown}")
        # The name of what came with 2.36.
        shown = shown.replace("GLIBC_ABI_DT_RELR", "GLIBC_2.36")
        newest = max((int(major), int(minor)) for major, minor in re.findall(r"GLIBC_(\d+)\.(\d+)", shown))
        return f"libc6 (>= {newest[0]}.{newest[1]}), libgcc-s1 (>= 4.2)"

    def _md5sums(self):
        # As dpkg --verify wants them.
        lines = []
        for file in sorted(path for path in self.root.rglob("*") if path.is_file()):
            name = str(file.relative_to(self.root))
            if not name.startswith(("DEBIAN/", "etc/")):
                lines.append(f"{hashlib.md5(file.read_bytes()).hexdigest()}  {name}\n")
        self.write("DEBIAN/md5sums", "".join(lines))
