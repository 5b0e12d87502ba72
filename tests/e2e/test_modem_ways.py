"""Modems with ways of their own, end to end."""

import pytest

from harness import eventually, number


def test_a_modem_that_can_only_store_reports_is_asked_for_them(gateway):
    bank, _, api = gateway(1, profile="huawei-e173")
    assert api.modems()[0]["capabilities"]["cnmi"][3] == 2
    for i in range(5):
        api.wait_state(api.send(number(i), "stored report")["id"], "delivered")
    # Read, matched and deleted: a SIM holds few. Its use is what the last count told, and it is counted each minute.
    storage = lambda: api.modems()[0]["storage"]  # noqa: E731
    eventually(lambda: all(one["used"] == 0 for one in storage()), within=150, what="nothing is left on the SIM")


def test_a_modem_without_reports_says_so(gateway):
    _, _, api = gateway(1, options=["--unreported", "1"])
    for i in range(20):
        api.wait_state(api.send(number(i), "never reported")["id"], "sent")

    def told():
        return [reason for reason in api.modems()[0]["attention"] if reason["code"] == "no-reports"]

    [reason] = eventually(told, what="the modem says that no report comes")
    assert "20 messages" in reason["sentence"] and reason["since"]


def test_one_report_is_enough(gateway):
    _, _, api = gateway(1)
    for i in range(20):
        api.wait_state(api.send(number(i), "reported")["id"], "delivered")
    assert api.modems()[0]["attention"] == []


@pytest.mark.parametrize("charset", ["UCS2", "HEX"])
def test_a_modem_that_was_left_in_another_character_set(gateway, charset):
    _, _, api = gateway(1, options=["--charset", charset])
    [sim] = eventually(lambda: [sim for sim in api.sims() if sim["operator"]] or None, what="the operator is read")
    assert sim["operator"] == "Viettel Mobile" and sim["number"].startswith("+")
    reply = api.post(f"/api/v1/sims/{sim['iccid']}/ussd", {"code": "*101#"}).expect(200)
    assert any(letter.islower() for letter in reply["reply"])


def test_a_sim_without_room_for_messages(gateway):
    bank, _, api = gateway(1, options=["--sim-slots", "0"])
    bank.inject("kept elsewhere", sender=number(3))
    [message] = eventually(lambda: api.messages(direction="inbound"), what="the message came in")
    assert message["text"] == "kept elsewhere"


def test_notices_inside_answers(gateway):
    faults = []
    for command in ("+CGMM", "+CIMI", "+CCID", "+CPIN"):
        rule = f'{{"fault": "urc-in-answer", "on": "{command}", "line": "+PACSP1"}}'
        faults += ["--fault", rule]
    _, _, api = gateway(1, options=faults)
    assert api.modems()[0]["model"] == "VM1"
    assert api.sims()[0]["imsi"]
