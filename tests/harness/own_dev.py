"""A mount namespace with a /dev of its own: what a test makes there, the machine does not get."""

import subprocess

PRIVATE = ["unshare", "--mount", "--map-root-user"]

# Devices and ptys are those of the machine. $dev: a folder to build it on.
SCRIPT = """
mkdir -p $dev && mount -t tmpfs none $dev
for file in null zero full random urandom tty pts shm; do
    if [ -d /dev/$file ]; then mkdir $dev/$file; else touch $dev/$file; fi
    mount --rbind /dev/$file $dev/$file
done
ln -s pts/ptmx $dev/ptmx
mount --rbind $dev /dev
"""


def can_be_made():
    return subprocess.run([*PRIVATE, "true"], capture_output=True, check=False).returncode == 0


def script(folder):
    """Lines for `sh -e`, as root of the namespace."""
    return f"dev={folder / 'own-dev'}\n{SCRIPT}"
