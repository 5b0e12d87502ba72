"""The service under a real systemd: a hung process, a stop in the middle, the journal, a reload, a full disk."""

import json
import re

import pytest
from harness import eventually
from harness.appliance import UNIT, Appliance
from harness.tls import Authority

AIR_TIME = "10s"
MODEMS = 8


@pytest.fixture(scope="module")
def box(guest, packages):
    box = Appliance(guest)
    box.install(packages[1])
    box.start_bank(MODEMS, AIR_TIME)
    return box


def accepted(box, to):
    return len(box.air.accepted(to))


def test_a_stop_lets_what_is_on_the_air_end_and_keeps_the_rest(box):
    guest = box.guest
    numbers = [f"+8490100{index:04}" for index in range(2 * MODEMS)]
    sent = box.send("on the air", *numbers)
    eventually(lambda: box.states(sent).count("sending") == MODEMS)
    guest.run("systemctl", "stop", UNIT)
    assert guest.show(UNIT, "Result") == "success"
    done = [to for to in numbers if accepted(box, to)]
    assert len(done) == MODEMS
    guest.run("systemctl", "start", UNIT)
    # None of them is in doubt, and each goes out once.
    now = box.states(sent)
    assert "uncertain" not in now and now.count("delivered") + now.count("sent") >= MODEMS, now
    eventually(lambda: set(box.states(sent)) == {"delivered"}, within=120)
    assert all(accepted(box, to) == 1 for to in numbers)


def test_a_hung_process_is_started_anew_and_loses_nothing(box):
    guest = box.guest
    # Shorter than the package's, for the test's sake.
    folder = guest.path(f"/etc/systemd/system/{UNIT}.d")
    folder.mkdir()
    (folder / "watchdog.conf").write_text("[Service]\nWatchdogSec=4\n")
    guest.run("systemctl", "daemon-reload")
    guest.run("systemctl", "restart", UNIT)
    box.wait_ready(MODEMS)
    numbers = [f"+8490200{index:04}" for index in range(2 * MODEMS)]
    sent = box.send("before it hangs", *numbers)
    eventually(lambda: box.states(sent).count("sending") == MODEMS)
    pid = box.pid()
    guest.run("kill", "-STOP", pid)
    eventually(lambda: box.pid() not in (pid, "0"))
    assert guest.show(UNIT, "NRestarts") == "1"
    box.wait_ready(MODEMS)
    # What was on the air when it hung may have gone out or not; the rest goes, once.
    settled = {"delivered", "sent", "uncertain"}
    eventually(lambda: set(box.states(sent)) <= settled, within=120)
    for state, to in zip(box.states(sent), numbers, strict=True):
        assert accepted(box, to) == 1 or (accepted(box, to) == 0 and state == "uncertain"), (state, to)


def test_the_journal_has_fields_to_search_by(box):
    [sent] = box.send("private words", "+84903334444")
    eventually(lambda: box.states([sent]) == ["delivered"])
    entries = box.guest.journal(f"SIMGATE_MESSAGE={sent}")
    texts = [entry["MESSAGE"] for entry in entries]
    for step in ("message accepted", "message sent", "message delivered"):
        [entry] = [entry for entry in entries if entry["MESSAGE"].startswith(step)]
        # "info": what is worth a "notice" is bold.
        assert entry["PRIORITY"] == "6" and entry["SYSLOG_IDENTIFIER"] == "simgate"
        assert entry["SIMGATE_TO"].endswith("444") and len(entry["SIMGATE_TO"]) < 8
        assert sent in entry["MESSAGE"]
        if step != "message accepted":
            assert re.fullmatch(r"\d{18,20}", entry["SIMGATE_SIM"])
    assert not any("private" in text or "903334444" in text for text in texts)
    [entry] = box.guest.journal(f"_SYSTEMD_UNIT={UNIT}", "PRIORITY=4", "--grep=no user yet")[-1:]
    assert re.search(r"code=\S+", entry["MESSAGE"]), "who reads the journal line by line sees the code"


def test_a_reload_shows_a_new_certificate_and_takes_the_level_of_the_log(box, tmp_path):
    guest = box.guest
    authority = Authority(tmp_path / "ca")

    def issue():
        certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
        authority.issue(certificate, key)
        folder = guest.path("/etc/simgate/tls")
        folder.mkdir(exist_ok=True)
        for file, name in ((certificate, "cert.pem"), (key, "key.pem")):
            (folder / name).write_bytes(file.read_bytes())
        guest.run("chown", "-R", "root:simgate", "/etc/simgate/tls")
        guest.run("chmod", "-R", "u=rwX,g=rX,o=", "/etc/simgate/tls")

    def shown():
        return guest.curl("--output", "/dev/null", "--write-out", "%{certs}", "https://127.0.0.1:8443/healthz").stdout

    issue()
    box.configure("certificate", '"/etc/simgate/tls/cert.pem"')
    box.configure("key", '"/etc/simgate/tls/key.pem"')
    guest.run("systemctl", "restart", UNIT)
    first, pid = shown(), box.pid()
    assert "BEGIN CERTIFICATE" in first
    issue()
    box.configure("level", '"debug"')
    guest.run("systemctl", "reload", UNIT)
    eventually(lambda: shown() != first)
    eventually(lambda: guest.show(UNIT, "ActiveState") == "active")
    assert box.pid() == pid
    [entry] = eventually(lambda: guest.journal(f"_PID={pid}", "--grep=configuration read again"))
    assert entry["SIMGATE_LEVEL"] == "debug"


def test_a_secret_can_be_a_credential_of_the_unit(box, tmp_path):
    """A file that only root reads; it is read anew at a restart."""
    guest = box.guest
    Authority(tmp_path / "ca").issue(tmp_path / "cert.pem", tmp_path / "key.pem")
    guest.path("/etc/simgate/tls/cert.pem").write_bytes((tmp_path / "cert.pem").read_bytes())
    secret = guest.path("/root/simgate.key")
    secret.write_bytes((tmp_path / "key.pem").read_bytes())
    secret.chmod(0o600)
    guest.path("/etc/simgate/tls/key.pem").unlink()
    drop_in = guest.path(f"/etc/systemd/system/{UNIT}.d/credential.conf")
    drop_in.parent.mkdir(exist_ok=True)
    drop_in.write_text("[Service]\nLoadCredential=tls.key:/root/simgate.key\n")
    box.configure("key", f'"/run/credentials/{UNIT}/tls.key"')
    guest.run("systemctl", "daemon-reload")
    guest.run("systemctl", "restart", UNIT)
    shown = guest.curl("--output", "/dev/null", "--write-out", "%{certs}", "https://127.0.0.1:8443/healthz").stdout
    [pem] = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", (tmp_path / "cert.pem").read_text(), re.DOTALL)[:1]
    assert "".join(pem.split()) in "".join(shown.split())


def test_modem_manager_beside_is_told_of(box):
    """As far as the service sees: the processes of others are hidden from it."""
    guest = box.guest
    guest.run("cp", "/bin/sleep", "/usr/local/bin/ModemManager")
    guest.run("systemd-run", "--unit=ModemManager.service", "/usr/local/bin/ModemManager", "infinity")

    def told():
        [status] = box.json("status")
        return [item["sentence"] for item in status["attention"] if item["code"] == "modem-manager"]

    assert "systemctl disable" in eventually(told, within=120)[0]
    guest.run("systemctl", "stop", "ModemManager.service")
    eventually(lambda: not told(), within=120)


def test_on_a_full_disk_it_goes_on_and_refuses_new_messages_alone(box):
    guest = box.guest
    guest.run("systemctl", "stop", UNIT)
    guest.run("mount", "-t", "tmpfs", "-o", "size=160m,mode=0750,uid=simgate,gid=simgate", "tmpfs", "/var/lib/simgate")
    box.key = None
    guest.run("systemctl", "start", UNIT)
    box.wait_ready(MODEMS)
    pid, before = box.pid(), box.send("before it is full", "+84904440001")
    guest.run("dd", "if=/dev/zero", "of=/var/lib/simgate/ballast", "bs=64k", check=False)
    refused = eventually(lambda: failed(box.simgate("send", "+84904440002", "while it is full", check=False)))
    assert "full" in refused.stderr, refused.stderr
    eventually(lambda: box.states(before) == ["delivered"])
    guest.run("rm", "/var/lib/simgate/ballast")
    after = eventually(lambda: works(box.simgate("send", "+84904440003", "room again", "--json", check=False)))
    eventually(lambda: box.states([json.loads(after.stdout)["id"]]) == ["delivered"])
    assert box.pid() == pid and guest.show(UNIT, "NRestarts") == "0"


def failed(done):
    return done if done.returncode != 0 else None


def works(done):
    return done if done.returncode == 0 else None
