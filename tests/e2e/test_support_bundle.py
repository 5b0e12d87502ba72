"""The support bundle: what it tells of a failure, and that nothing in it is private."""

import json
import stat
import tarfile

import pytest

from harness import eventually, number

PIN = "47110815"
OUT_TEXT = "The harbour gate opens with 7391"
UCS2_TEXT = "Привет, встретимся завтра"
IN_TEXT = "Bring the green umbrella tonight"
PHONE = "+84909123987"
FILES = {"README.txt", "version.txt", "config.toml", "check.txt", "support.json", "incidents.json", "metrics.txt"}
# Hexadecimal digits of a PDU in a row that would tell something.
WINDOW = 12


def swapped(digits):
    """Digits as they stand in a PDU: semi-octets, the odd one filled up with F."""
    digits += "F" * (len(digits) % 2)
    return "".join(digits[n + 1] + digits[n] for n in range(0, len(digits), 2))


def number_forms(text):
    """A number as it must not be found: whole, or as a PDU has it."""
    digits = text.lstrip("+")
    return {digits, swapped(digits)}


def text_forms(text):
    """A text as it must not be found: as it is, in septets, and in UCS-2."""
    forms = {text, text.encode("utf-16-be").hex().upper()}
    if text.isascii():
        bits = sum(ord(c) << (7 * n) for n, c in enumerate(text))
        forms.add(bits.to_bytes((7 * len(text) + 7) // 8, "little").hex().upper())
    return forms


def unpack(path):
    """The files of a bundle by their names without the directory."""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        assert all(member.isfile() and member.mode == 0o600 for member in members)
        assert len({member.name.split("/")[0] for member in members}) == 1
        return {member.name.split("/", 1)[1]: archive.extractfile(member).read().decode() for member in members}


def bundle(daemon, path, *more, key=None):
    done = daemon.cli("support-bundle", "--config", str(daemon.config), "--output", str(path), *more, key=key)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(path)
    return unpack(path)


def assert_holds_none(files, secrets):
    assert secrets
    for name, text in files.items():
        for secret in secrets:
            assert secret.upper() not in text.upper(), f"{secret} is in {name}"


@pytest.fixture
def troubled(start_bank, start_daemon):
    """A gateway that has sent and received, with a PIN, and with a modem that did not answer once; and its secrets."""
    bank = start_bank(1, options=["--pin", PIN])
    daemon = start_daemon(bank, ready=0)
    api = daemon.api()
    [sim] = eventually(lambda: api.sims() or None, what="the SIM is seen")
    path = f"/api/v1/sims/{sim['iccid']}"
    api.patch(path, {"pin": PIN, "label": f"of {PHONE}"}).expect(200)
    daemon.wait_ready(1)
    [modem] = api.modems()
    at = f"/api/v1/modems/{modem['imei']}/at"

    api.wait_state(api.send(number(1), OUT_TEXT)["id"], "delivered")
    # A status report is acknowledged.
    bank.ask(command="fault", slot=0, rule={"fault": "no-answer", "on": "+CNMA", "times": 1})
    api.wait_state(api.send(number(2), UCS2_TEXT)["id"], "delivered")
    bank.inject(IN_TEXT, sender=PHONE)
    eventually(lambda: api.messages(direction="inbound"), what="the message came in")
    incidents = f"/api/v1/modems/{modem['imei']}/incidents"
    eventually(lambda: api.get(incidents).expect(200)["items"], what="an incident is kept")
    for command in ("AT+CIMI", "AT+CSCA?", f'AT+CLCK="SC",1,"{PIN}"'):
        api.post(at, {"command": command}).expect(200)

    sim = api.get(path).expect(200)
    secrets = {PIN, daemon.key, "harbour", "umbrella", "Привет"}
    for private in (number(1), number(2), PHONE, sim["number"], sim["imsi"], sim["smsc"]):
        secrets |= number_forms(private) if private else set()
    for text in (OUT_TEXT, IN_TEXT, UCS2_TEXT):
        secrets |= text_forms(text)
    # What was on the line, in pieces, so that half a PDU is found too.
    lines = api.get(f"/api/v1/modems/{modem['imei']}/trace", reveal="true").expect(200)["items"]
    pdus = [line["text"].removesuffix("^Z") for line in lines if line["secret"] and "+" not in line["text"]]
    assert len(pdus) >= 3, "PDUs went over the line"
    # What is looked for is what was there to be found.
    line = "\n".join(one["text"] for one in lines)
    for private in (PIN, sim["imsi"], swapped(number(1)[1:]), swapped(PHONE[1:])):
        assert private in line
    for text in (OUT_TEXT, UCS2_TEXT):
        assert any(form in line for form in text_forms(text))
    for pdu in pdus:
        # The head of a PDU is the service centre and type; its windows of mere zeros would be found anywhere.
        pieces = (pdu[n : n + WINDOW] for n in range(0, len(pdu) - WINDOW + 1, 2))
        secrets |= {piece for piece in pieces if len(set(piece)) > 3}
    return bank, daemon, modem, secrets


def assert_tells_the_incident(files, modem):
    [incident] = [one for one in json.loads(files["incidents.json"]) if one["kind"] == "no_answer"]
    assert incident["imei"] == modem["imei"]
    assert incident["iccid"] == modem["sim"]
    assert any(">> AT+CMGS=" in line for line in incident["dialogue"])
    assert any(line.endswith(">> AT+CNMA") for line in incident["dialogue"])
    assert any(line.endswith(">> …") for line in incident["dialogue"])
    assert sum(len(line) + 1 for line in incident["dialogue"]) <= 8 * 1024
    assert modem["port"] not in files["incidents.json"]


def test_with_the_daemon(troubled, tmp_path):
    _, daemon, modem, secrets = troubled
    log = tmp_path / "some.log"
    log.write_text(f"{modem['imei']} wrote to {number(1)}\nkey {daemon.key}\n" + daemon.log())
    files = bundle(daemon, tmp_path / "with.tar.gz", "--log", str(log))
    assert set(files) == FILES | {"log.txt"}
    assert_holds_none(files, secrets)
    assert_tells_the_incident(files, modem)

    support = json.loads(files["support.json"])
    assert support["uptime_seconds"] >= 0
    assert [one["imei"] for one in support["modems"]] == [modem["imei"]]
    [sim] = support["sims"]
    assert (sim["iccid"], sim["state"]) == (modem["sim"], "ready")
    assert sim["imsi"].startswith("…") and len(sim["imsi"]) == 4
    assert support["messages"]["delivered"] == 2 and support["messages"]["received"] == 1
    [trace] = support["traces"]
    assert trace["imei"] == modem["imei"] and len(trace["lines"]) > 20
    assert support["config"]["defaults"]["country"] == "VN"
    assert 'simgate_incidents_total{kind="no_answer"} 1' in files["metrics.txt"]
    assert 'country = "VN"' in files["config.toml"]
    assert "database" in files["check.txt"]
    assert files["log.txt"].startswith(f"{modem['imei']} wrote to +…001\nkey sg_…\n")
    assert "The running daemon answered." in files["README.txt"]
    assert any(row["what"] == "saw the support document" for row in daemon.api().get("/api/v1/audit").expect(200)["items"])


def test_without_the_daemon(troubled, tmp_path):
    _, daemon, modem, secrets = troubled
    assert daemon.stop() == 0
    files = bundle(daemon, tmp_path / "without.tar.gz", "--log", str(daemon.log_path))
    assert set(files) == FILES | {"log.txt"}
    assert_holds_none(files, secrets)
    assert_tells_the_incident(files, modem)
    support = json.loads(files["support.json"])
    assert support["uptime_seconds"] is None
    assert support["messages"]["delivered"] == 2
    assert "The data directory was read instead" in files["README.txt"]


def test_without_a_key_the_data_directory_is_read(troubled, tmp_path):
    _, daemon, modem, secrets = troubled
    reader = daemon.create_key("reader", "read")
    files = bundle(daemon, tmp_path / "reader.tar.gz", key=reader)
    assert_holds_none(files, secrets | {reader})
    assert_tells_the_incident(files, modem)
    assert "lacks the scope admin" in files["README.txt"]


def test_a_port_that_is_lost_is_an_incident(gateway):
    bank, _, api = gateway(1)
    [modem] = api.modems()
    bank.unplug(0)
    incidents = f"/api/v1/modems/{modem['imei']}/incidents"
    [incident] = eventually(lambda: api.get(incidents).expect(200)["items"], what="an incident is kept")
    assert incident["kind"] == "port_lost"
    assert incident["iccid"] == modem["sim"]
    assert "modem0" not in json.dumps(incident)
    assert incident["dialogue"]


def test_help_is_possible_where_nothing_works(tmp_path, start_daemon):
    daemon = start_daemon()
    daemon.stop()
    daemon.config.write_text("pin = 4711x\n")
    files = bundle(daemon, tmp_path / "broken.tar.gz")
    assert "FAIL" in files["check.txt"]
    assert "could not be read" in files["README.txt"]
    assert_holds_none(files, {"4711x"})
    missing = daemon.cli("support-bundle", "--log", str(tmp_path / "no.log"))
    assert missing.returncode == 2 and "no.log" in missing.stderr
