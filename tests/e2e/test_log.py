"""The log of a run is for whoever runs the gateway: a line a step, in words, without what is private."""

import re

from harness import eventually, number

PIN = "47110815"
# Rust's debug forms: `Some(…)`, `Down(NoReply)`, `Locked { what: … }`.
DEBUG_FORMS = re.compile(r"\b(Some|None|Ok|Err)\b[(]|\b[A-Z][A-Za-z]+[({][A-Za-z0-9_ ]|\b[A-Z][a-z]+ \{ ")


def lines(daemon, sentence):
    return [line for line in daemon.log().splitlines() if sentence in line]


def test_the_log_tells_each_step_in_words(start_bank, start_daemon):
    bank = start_bank(1)
    daemon = start_daemon(bank).wait_ready(1)
    api = daemon.api()
    [sim] = api.sims()
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"label": "shop till"}).expect(200)
    to = number(1)
    sent = api.send(to, "umbrella harbour")["id"]
    eventually(lambda: api.message(sent)["state"] == "delivered")
    batch = {"messages": [{"to": number(n), "text": "lighthouse"} for n in range(2, 5)]}
    items = api.post("/api/v1/messages/batch", batch).expect(202)["items"]
    eventually(lambda: api.message(items[-1]["id"])["state"] == "delivered")
    bank.inject("Привет", sender="+84909000111")
    eventually(lambda: api.messages(direction="inbound"))
    daemon.stop()

    [start] = lines(daemon, "simgate is running")
    assert "version=" in start and "ports=1" in start, start
    for step in ("message accepted", "message sent", "message delivered"):
        [line] = [line for line in lines(daemon, step) if sent in line]
        assert f"…{to[-3:]}" in line and " INFO " in line, line
        assert ("shop till" in line) == (step != "message accepted"), line
    assert "count=3" in lines(daemon, "messages accepted")[0]
    [received] = lines(daemon, "message received")
    assert "…111" in received and "shop till" in received, received

    log = daemon.log()
    assert not DEBUG_FORMS.findall(log), DEBUG_FORMS.findall(log)
    assert "down" not in log.split("modem state")[1], "a modem that starts is not down"
    for private in ("umbrella", "lighthouse", "Привет", to, to[1:], "84909000111", daemon.key):
        assert private not in log, private


def test_a_locked_and_a_denied_sim_are_told_with_what_helps(start_bank, start_daemon):
    bank = start_bank(1, options=["--pin", PIN])
    daemon = start_daemon(bank, ready=0)
    [line] = eventually(lambda: lines(daemon, "the SIM is locked"))
    assert " WARN " in line and "simgate sims set" in line and PIN not in daemon.log(), line
    api = daemon.api()
    [sim] = eventually(api.sims)
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"pin": PIN}).expect(200)
    daemon.wait_ready(1)
    bank.ask(command="urc", slot=0, line="+CREG: 3")
    bank.ask(command="urc", slot=0, line="+CEREG: 3")
    [line] = eventually(lambda: lines(daemon, "the network denies the SIM"))
    assert " WARN " in line and "remedy=" in line, line
    assert not DEBUG_FORMS.findall(daemon.log()), DEBUG_FORMS.findall(daemon.log())


def test_a_pattern_without_ports_is_told(tmp_path, start_daemon):
    daemon = start_daemon(ports=[str(tmp_path / "nothing*")])
    [line] = eventually(lambda: lines(daemon, "no port matches"))
    assert " WARN " in line and "nothing*" in line, line
