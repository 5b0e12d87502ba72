"""The package's life on one box: installed, upgraded, not downgraded, removed, installed again, purged.

The tests go on from each other, in this order: a box is installed once.
"""

import re
import subprocess

import pytest
from harness import eventually, older
from harness.appliance import CONFIG, UNIT, Appliance
from harness.paths import ROOT

STATUS_KEY = "/etc/simgate/status.key"
# What stays after a purge: the user, whose number nobody else shall get, the logs, and what dpkg and ucf keep of all packages.
STAYS = re.compile(
    r"(?!.*simgate)(/etc/(passwd|group|shadow|gshadow)-?|/etc/\.pwd\.lock|/etc/su[bg](uid|gid)-?|/var/log/.*"
    r"|/var/(lib|backups)/(dpkg|ucf|apt)/.*"
    # What programs of Debian leave.
    r"|/(home|root)/.*|/var/(lib|cache)/(systemd|private|ldconfig|man)/.*|/(tmp|var/tmp)/.*)"
    # What these tests leave.
    r"|/srv/.*"
)


def files(guest):
    """All there is on the disk, but for what a run of the system makes."""
    return set(guest.out("find", "/", "-xdev", "(", "-path", "/usr/local", "-o", "-path", "/run", ")", "-prune", "-o", "-print").splitlines())


@pytest.fixture(scope="module")
def before(guest):
    return files(guest)


@pytest.fixture(scope="module")
def box(guest, before):
    return Appliance(guest)


# It unpacks all of the package, and takes minutes beside other work.
@pytest.mark.timeout(1800)
def test_lintian_finds_nothing(packages):
    done = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", packages[1]],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_apparmor_profile_is_one():
    done = subprocess.run(
        ["apparmor_parser", "--skip-kernel-load", "--skip-cache", ROOT / "packaging/apparmor/simgate"],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr


def test_packed_twice_it_is_the_same_file(packages, pack):
    again = pack(None)
    assert again.read_bytes() == packages[1].read_bytes()


def test_installing_starts_it_and_tells_where_it_is(box, packages):
    guest = box.guest
    done = box.install(packages[0])
    assert box.is_active(), done.stdout + done.stderr
    # systemd calls it active when simgate has said that it serves.
    assert guest.show(UNIT, "Type") == "notify" and box.pid() != "0"
    assert guest.curl("https://127.0.0.1:8443/healthz").returncode == 0
    code = re.search(r"with the code (\S+)\.", done.stdout)
    assert code and "https://" in done.stdout, done.stdout
    # On the console, and at each log-in.
    assert code[1] in guest.console.read_text(errors="replace")
    assert code[1] in guest.out("cat", "/run/motd.d/simgate")
    assert guest.out("stat", "--format=%a %U:%G", "/run/simgate/motd") == "640 simgate:simgate"
    log = guest.out("cat", "/var/log/simgate-install.log")
    assert "starting it" in log and CONFIG in log, log
    assert guest.run("simgate", "check", check=False).stdout.count("fail") == 0


def test_only_the_group_may_read_what_it_keeps_and_ask_how_it_stands(box):
    guest = box.guest
    for path, rights in (
        (CONFIG, "640 root:simgate"), (STATUS_KEY, "640 root:simgate"), ("/var/lib/simgate", "750 simgate:simgate"),
    ):
        assert guest.out("stat", "--format=%a %U:%G", path) == rights
    guest.run("useradd", "--groups", "simgate", "anna")
    guest.run("useradd", "otto")
    shown = guest.run("runuser", "--user", "anna", "--", "simgate", "status")
    assert "Nothing needs you" in shown.stdout or "NEEDS YOU" in shown.stdout, shown.stdout
    refused = guest.run("runuser", "--user", "otto", "--", "simgate", "status", check=False)
    assert refused.returncode == 1 and "members of the group simgate" in refused.stderr, refused.stderr
    assert guest.out("id", "--groups", "--name", "simgate").split() == ["simgate", "dialout"]


def test_the_unit_is_exposed_as_little_as_was_promised(box):
    box.guest.run("systemd-analyze", "verify", "--man=no", f"/usr/lib/systemd/system/{UNIT}")
    shown = box.guest.out("systemd-analyze", "security", "--no-pager", UNIT)
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", shown)[1])
    assert exposure <= 1.5, shown
    # Of each point that counts it is said why it is left.
    table = (ROOT / "packaging/README.md").read_text().partition("## The service's exposure")[2].partition("\n## ")[0]
    left = [line.split()[1] for line in shown.splitlines() if line.lstrip().startswith("✗")]
    # "RestrictAddressFamilies=~AF_(INET|INET6)", "RootDirectory=/RootImage=", "UMask="
    points = [re.sub(r"\(|\|.*", "", point.removeprefix("RestrictAddressFamilies=~")).partition("=")[0] for point in left]
    assert len(points) > 5 and not [point for point in points if f"`{point}`" not in table], points


def test_an_upgrade_keeps_everything(box, packages, tmp_path):
    """The old package's program is the new one's. Its database is an older program's."""
    guest = box.guest
    database = guest.path("/var/lib/simgate/simgate.db")
    box.start_bank(2)
    fingerprint = guest.out("sha256sum", "/var/lib/simgate/tls/certificate.pem")
    # What was written then is some day older than what is kept by default.
    box.configure("messages_days", "0")
    before = guest.path(CONFIG).read_text()
    guest.run("systemctl", "stop", UNIT)
    older.database_of_before(database)
    box.install(packages[1])
    assert box.is_active()
    # A changed configuration stays, whatever a new default says.
    assert guest.path(CONFIG).read_text() == before
    assert guest.out("sha256sum", "/var/lib/simgate/tls/certificate.pem") == fingerprint
    assert older.format_of(database, tmp_path) > older.FORMAT
    # A key of before opens it.
    box.key = older.KEY
    box.wait_ready(2)
    kept = {message["text"]: message["id"] for message in box.json("messages", "list")}
    assert kept.keys() == {older.SHORT, older.LONG, older.INBOUND, older.WAITING}
    eventually(lambda: box.states([kept[older.WAITING]]) == ["delivered"])
    assert box.states([kept[older.SHORT], kept[older.LONG]]) == ["delivered"] * 2
    # Nothing that was sent before went out again.
    assert [submit.text for submit in box.air.submits()] == [older.WAITING]
    # All of it can be searched, by indexes that are made anew.
    eventually(lambda: [message["text"] for message in box.json("messages", "list", "--q", "answer")] == [older.INBOUND])
    guest.run("simgate", "audit", "verify")
    again = box.send("after the upgrade", "+84901234567")
    eventually(lambda: box.states(again) == ["delivered"])


def test_a_downgrade_is_refused_and_disturbs_nothing(box, packages):
    pid = box.pid()
    done = box.install(packages[0], check=False)
    assert done.returncode != 0 and "could not read its database" in done.stderr, done.stderr
    assert box.is_active() and box.pid() == pid
    assert box.guest.out("dpkg-query", "--show", "--showformat=${db:Status-Abbrev}", "simgate") == "ii"


def test_what_was_removed_comes_back_as_it_was(box, packages):
    guest = box.guest
    messages = len(box.json("messages", "list"))
    guest.run("dpkg", "--remove", "simgate")
    assert not box.is_active() and not guest.path("/usr/bin/simgate").exists()
    assert guest.path(CONFIG).exists() and guest.path("/var/lib/simgate").exists()
    box.install(packages[1])
    assert box.is_active()
    box.wait_ready(2)
    assert len(box.json("messages", "list")) == messages


def test_a_purge_leaves_nothing(box, packages, before):
    guest = box.guest
    box.stop_bank()
    guest.run("dpkg", "--purge", "simgate")
    left = {path for path in files(guest) - before if not STAYS.fullmatch(path)}
    assert not left, left
    # Nor what is not on the disk.
    assert guest.out("find", "/run", "-iname", "*simgate*", "-not", "-path", "/run/systemd/*", "-not", "-path", "/run/log/*") == ""
    assert not box.is_active() and guest.show(UNIT, "LoadState") == "not-found"
    assert guest.out("id", "--name", "--user", "simgate") == "simgate"
    box.key = None
    box.install(packages[1])
    assert box.is_active() and box.json("messages", "list") == []
