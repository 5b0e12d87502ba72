"""`simgate status`: a screen for people, an object for programs, a line for monitors."""

import json
import re

from harness import number
from test_attention import eventually, limits, raised

FIGURES = re.compile(r"^SIMGATE (OK|WARNING|CRITICAL): [^|]+ \| (?:[a-z_]+=\d+s?(?:;\d*;\d*;\d+;\d+)? ?)+$")


def nagios(daemon, *arguments, **options):
    done = daemon.cli("status", "--nagios", *arguments, **options)
    line = done.stdout.strip()
    assert len(line.splitlines()) == 1, done.stdout
    assert done.stderr == "", done.stderr
    return done.returncode, line


def test_the_screen_says_how_it_is_and_what_needs_a_person(gateway):
    _, daemon, api = gateway(2)
    done = daemon.cli("status")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Sending normally. 2 of 2 SIMs are ready, no message waits.\n"), done.stdout
    assert "Nothing needs you." in done.stdout
    [first, _] = api.sims()
    api.patch(f"/api/v1/sims/{first['iccid']}", {"label": "shop", "quota": {"per_day": 0}}).expect(200)
    raised(api, "quota-used-up")
    shown = daemon.cli("status").stdout
    assert shown.startswith("Sending, and one thing needs you. 1 of 2 SIMs is ready"), shown
    assert re.search(r"warning +\S+Z +The quota of SIM shop is used up", shown), shown
    assert re.search(r"shop +exhausted", shown) and "Waiting: 0 otp, 0 normal, 0 bulk" in shown, shown
    whole = json.loads(daemon.cli("status", "--json").stdout)
    assert whole["status"]["sims"] == {"enabled": 2, "ready": 1} and whole["status"]["severity"] == "warning"
    assert [item["code"] for item in whole["attention"]] == ["quota-used-up"] and len(whole["sims"]) == 2


def test_a_monitor_gets_one_line_and_a_code(gateway):
    _, daemon, api = gateway(1)
    code, line = nagios(daemon)
    assert code == 0 and FIGURES.match(line), line
    assert "sims_ready=1;;;0;1" in line and "waiting=0" in line
    [sim] = api.sims()
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_day": 0}}).expect(200)
    raised(api, "quota-used-up")
    code, line = nagios(daemon)
    assert code == 1 and line.startswith("SIMGATE WARNING: The quota of SIM") and FIGURES.match(line), line
    assert daemon.stop() == 0
    code, line = nagios(daemon)
    assert code == 2 and line.startswith("SIMGATE CRITICAL: cannot reach the daemon"), line


def test_what_is_critical_and_what_is_unknown(start_daemon):
    daemon = start_daemon(extra=limits(cannot_send_seconds=0))
    api = daemon.api()
    raised(api, "cannot-send")
    api.send(number(1), "waits")
    code, line = eventually(lambda: (found := nagios(daemon)) and "waiting=1" in found[1] and found)
    assert code == 2 and line.startswith("SIMGATE CRITICAL: Nothing can be sent: no modem") and FIGURES.match(line), line
    sender = daemon.create_key("sender", "send")
    for options in ({"key": sender}, {"key": "wrong"}, {"environment": {"SIMGATE_URL": "ftp://nowhere"}}):
        code, line = nagios(daemon, **options)
        assert code == 3 and line.startswith("SIMGATE UNKNOWN: "), line
    # A wrong command says nothing of the daemon either.
    for options in (["--bogus"], ["--timeout", "0"], ["--json"]):
        done = daemon.cli("status", "--nagios", *options)
        assert done.returncode == 3 and done.stdout.startswith("SIMGATE UNKNOWN: "), done
        assert len(done.stdout.splitlines()) == 1 and done.stderr == "", done
    assert daemon.cli("status", "--bogus").returncode == 2
    assert daemon.cli("status", "--nagios", "--help").returncode == 0
