"""A modem that fails is brought back, mildest means first; and what is shown of it meanwhile."""

import stat

import pytest

from harness import eventually, number

# Longer than all steps up to the power take with a modem that answers nothing: each asks for
# a sign of life for 20 seconds, and one that was told to boot may be silent for a minute.
CLIMB = 270.0


def by_imei(api):
    return {modem["imei"]: modem for modem in api.modems()}


def attempts(api, imei):
    """step -> how often; nothing before the first failure."""
    return (by_imei(api)[imei]["recovery"] or {}).get("attempts", {})


def hang(bank, slot=0, **until):
    bank.ask(command="fault", slot=slot, rule={"fault": "hang", "on": "now", **until})


def stumble(api):
    """Gives the modem something to leave unanswered, so that its silence is noticed now."""
    return api.send(number(1), "is anybody there")["id"]


def power_script(tmp_path, bank):
    """A program that does to the bank what uhubctl does to a hub; logs its arguments."""
    script = tmp_path / "power.py"
    log = tmp_path / "power.log"
    script.write_text(
        "#!/usr/bin/env python3\n"
        "import json, socket, sys\n"
        f"open({str(log)!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
        "for request in ({'command': 'pull', 'slot': 0}, {'command': 'plug', 'slot': 0}):\n"
        "    connection = socket.socket(socket.AF_UNIX)\n"
        f"    connection.connect({str(bank.control)!r})\n"
        "    connection.sendall(json.dumps(request).encode() + b'\\n')\n"
        "    connection.makefile().readline()\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script, log


def power_config(script):
    return f'[power]\nbackend = "command"\ncommand = ["{script}", "--imei={{imei}}", "{{port}}"]\n'


def recoveries(api):
    """step -> how often, by the metrics."""
    found = {}
    for line in api.get("/metrics").body.decode().splitlines():
        if line.startswith("simgate_modem_recoveries_total{"):
            found[line.split('step="')[1].split('"')[0]] = float(line.split()[-1])
    return found


def test_a_modem_that_hangs_is_told_to_boot(gateway):
    bank, daemon, api = gateway(1)
    [imei] = by_imei(api)
    hang(bank, until="reset")
    waiting = stumble(api)
    eventually(lambda: attempts(api, imei).get("restart") == 1, within=CLIMB)
    eventually(lambda: by_imei(api)[imei]["state"] == "ready", within=CLIMB)
    modem = by_imei(api)[imei]
    assert modem["restarts"] == 1
    assert modem["recovery"]["attempts"]["reopen"] == 2
    assert modem["recovery"]["attempts"]["resync"] >= 1
    assert modem["recovery"]["last_reason"]
    api.wait_state(waiting, "delivered")
    counted = recoveries(api)
    assert counted["reopen"] == 2 and counted["restart"] == 1 and counted["resync"] >= 1, counted
    listed = daemon.cli("modems", "list").stdout
    assert "RECOVERY" in listed and "restart" in listed, listed


def test_a_port_that_is_stuck_is_opened_again(gateway):
    bank, _, api = gateway(1)
    [imei] = by_imei(api)
    hang(bank, until="reopen")
    waiting = stumble(api)
    api.wait_state(waiting, "delivered")
    modem = by_imei(api)[imei]
    assert (modem["state"], modem["restarts"]) == ("ready", 0)
    assert modem["recovery"]["step"] == "reopen", "until it has worked for a while"
    assert modem["recovery"]["attempts"]["reopen"] == 1


@pytest.mark.slow
def test_a_modem_that_obeys_nothing_loses_its_power_for_a_moment(start_bank, start_daemon, tmp_path):
    bank = start_bank(2)
    script, log = power_script(tmp_path, bank)
    daemon = start_daemon(bank, extra=power_config(script))
    api = daemon.api()
    ports = {modem["port"].rsplit("/", 1)[1]: modem["imei"] for modem in api.modems()}
    imei, other = ports["modem0"], ports["modem1"]
    [sim] = [sim["iccid"] for sim in api.sims() if sim["modem"] == imei]
    hang(bank)
    api.send(number(1), "is anybody there", sender=f"sim:{sim}")
    eventually(log.exists, within=CLIMB, what="the power is cut")
    eventually(lambda: by_imei(api)[imei]["state"] == "ready")
    assert log.read_text() == f'["--imei={imei}", "{bank.ports / "modem0"}"]\n'
    assert {**attempts(api, imei), "resync": 0} == {"resync": 0, "reopen": 2, "restart": 1, "power": 1, "fault": 0}
    kinds = [row["kind"] for row in api.get(f"/api/v1/modems/{imei}/incidents").expect(200)["items"]]
    assert {"power", "restart", "reopened"} <= set(kinds), kinds
    assert by_imei(api)[imei]["restarts"] == 2, "a restart that was ignored, and the power"
    # The neighbour was left alone.
    assert by_imei(api)[other]["recovery"] is None
    assert by_imei(api)[other]["restarts"] == 0


@pytest.mark.slow
def test_a_modem_that_nothing_helps_is_a_fault_and_stays_listed(gateway):
    bank, daemon, api = gateway(1)
    [imei] = by_imei(api)
    [sim] = api.sims()
    with api.events() as events:
        hang(bank)
        stumble(api)
        event = events.wait("modem.state", lambda data: data["state"] == "fault", within=CLIMB)
        assert event["data"]["imei"] == imei
        assert event["data"]["reason"], "it says why"
        events.wait("sim.state", lambda data: data["state"] == "fault")
        item = events.wait("attention.raised", lambda data: data["code"] == "modem-fault")["data"]
        assert (item["subject"]["id"], item["action"]["path"]) == (imei, f"/api/v1/modems/{imei}/restart"), item
    modem = by_imei(api)[imei]
    assert modem["state"] == "fault"
    assert modem["recovery"]["step"] == "fault"
    assert modem["recovery"]["next_try_at"] > modem["recovery"]["since"]
    [shown] = api.sims()
    assert shown["state"] == "fault" and shown["modem"] == imei and shown["iccid"] == sim["iccid"]
    assert api.get(f"/api/v1/modems/{imei}/trace").expect(200)["items"], "its last lines are still there"
    [port] = api.get("/api/v1/ports").expect(200)["items"]
    assert (port["state"], port["imei"]) == ("recovering", imei)
    assert "fault" in daemon.cli("modems", "list").stdout
    # Somebody looked after it, and does not want to wait.
    bank.ask(command="power", slot=0, ms=10)
    with api.events() as events:
        api.post(item["action"]["path"], {"how": "soft"}).expect(204)
        eventually(lambda: by_imei(api)[imei]["state"] == "ready", within=CLIMB)
        events.wait("attention.cleared", lambda data: data["code"] == "modem-fault")
    api.wait_state(api.send(number(1), "after the fault")["id"], "delivered")


def test_the_power_is_cut_on_request(start_bank, start_daemon, tmp_path):
    bank = start_bank(1)
    script, log = power_script(tmp_path, bank)
    api = start_daemon(bank, extra=power_config(script)).api()
    [imei] = by_imei(api)
    api.post(f"/api/v1/modems/{imei}/restart", {"how": "power"}).expect(204)
    assert imei in log.read_text()
    eventually(lambda: by_imei(api)[imei]["restarts"] == 1)
    eventually(lambda: by_imei(api)[imei]["state"] == "ready")
    script.write_text("#!/bin/sh\necho the hub is on strike >&2\nexit 3\n")
    problem = api.post(f"/api/v1/modems/{imei}/restart", {"how": "power"}).problem(502)
    assert "on strike" in problem["detail"], problem
    assert by_imei(api)[imei]["restarts"] == 1


def test_without_power_control_a_client_is_told(gateway):
    _, _, api = gateway(1)
    [imei] = by_imei(api)
    problem = api.post(f"/api/v1/modems/{imei}/restart", {"how": "power"}).problem(422)
    assert problem["errors"][0]["pointer"] == "/how", problem
    assert by_imei(api)[imei]["restarts"] == 0


def test_a_port_that_answers_nothing_is_no_modem(start_bank, start_daemon):
    bank = start_bank(1, options=("--mute-ports", "0"))
    daemon = start_daemon(bank, ready=0)
    api = daemon.api()

    def silent():
        states = [port["state"] for port in api.get("/api/v1/ports").expect(200)["items"]]
        assert states == ["silent"]
        return True

    eventually(silent)
    assert api.modems() == []
    assert not any(step in recoveries(api) for step in ("reopen", "restart", "power", "fault"))
