"""SIMs and modems: what the API shows of them, and what an operator does with them."""

import subprocess

import pytest
from harness import eventually, number
from harness.paths import program


def test_sims_and_modems_are_shown_by_what_they_are(gateway):
    _, _, api = gateway(3)
    sims = {sim["iccid"]: sim for sim in api.sims()}
    modems = {modem["imei"]: modem for modem in api.modems()}
    assert len(sims) == len(modems) == 3
    for iccid, sim in sims.items():
        assert 18 <= len(iccid) <= 20 and iccid.isdigit()
        assert sim["state"] == "ready"
        assert modems[sim["modem"]]["sim"] == iccid
        assert sim["network"]["registration"]
        assert "pin" not in sim or sim["pin"] is None
        assert sim["enabled"] is True
        assert (sim["sent_today"], sim["failed_today"], sim["received_today"]) == (0, 0, 0)
        assert api.get(f"/api/v1/sims/{iccid}").expect(200)["iccid"] == iccid
    for imei, modem in modems.items():
        assert len(imei) == 15 and imei.isdigit()
        assert modem["state"] == "ready"
        for field in ("port", "manufacturer", "model", "firmware", "profile", "last_seen", "capabilities"):
            assert modem[field], field
        assert modem["restarts"] == 0
        assert api.get(f"/api/v1/modems/{imei}").expect(200)["imei"] == imei
    api.get("/api/v1/sims/89840000000000000000").problem(404)
    api.get("/api/v1/modems/350000000000000").problem(404)

    # Signal and operator are asked for when the modem is idle.
    eventually(lambda: all(sim["signal"]["bars"] for sim in api.sims()))
    eventually(lambda: all(sim["operator"] for sim in api.sims()))


@pytest.mark.within_an_hour
def test_counts_of_the_day(gateway):
    bank, _, api = gateway(1)
    for i in range(3):
        api.wait_state(api.send(number(i), "counted")["id"], "delivered")
    bank.inject("in", sender=number(1))
    eventually(lambda: api.sims()[0]["received_today"] == 1)
    assert api.sims()[0]["sent_today"] == 3
    assert api.sims()[0]["used"]["per_hour"] == 3


def test_settings_of_a_sim_are_kept(gateway):
    _, daemon, api = gateway(1)
    [sim] = api.sims()
    path = f"/api/v1/sims/{sim['iccid']}"
    changes = {
        "label": "Desk 3", "groups": ["viettel", "otp"], "min_gap_ms": 1500, "cost": 0.02, "pin": "1234",
        "quota": {"per_minute": 10, "per_day": 500, "segments": False},
        "window": {"from": "00:00", "to": "23:59", "timezone": "Asia/Ho_Chi_Minh"},
    }
    changed = api.patch(path, changes).expect(200)
    assert daemon.stop() == 0
    daemon.start().wait_ready(1)
    for shown in (changed, daemon.api().get(path).expect(200)):
        assert shown["label"] == "Desk 3"
        assert shown["groups"] == ["viettel", "otp"]
        assert shown["min_gap_ms"] == 1500
        assert shown["quota"]["per_day"] == 500
        assert shown["quota"]["segments"] is False
        assert shown["window"]["timezone"] == "Asia/Ho_Chi_Minh"
        assert "1234" not in str(shown)


def test_ussd(gateway):
    _, _, api = gateway(1)
    [sim] = api.sims()
    answer = api.post(f"/api/v1/sims/{sim['iccid']}/ussd", {"code": "*101#"}).expect(200)
    assert answer["reply"]
    assert answer["open"] in (True, False)


def test_raw_at_commands(gateway):
    bank, _, api = gateway(1)
    [modem] = api.modems()
    path = f"/api/v1/modems/{modem['imei']}/at"
    answer = api.post(path, {"command": "AT+CSQ"}).expect(200)
    assert answer["final"] == "OK"
    assert answer["lines"][0].startswith("+CSQ:")
    assert "ERROR" in api.post(path, {"command": "AT+NONSENSE"}).expect(200)["final"]
    for bad in ("AT+CSQ\rAT+CFUN=0", "AT\x1a", ""):
        api.post(path, {"command": bad}).problem(422)
    # Sending goes on afterwards.
    api.wait_state(api.send(number(1), "after it")["id"], "delivered")
    assert len(bank.air.accepted()) == 1


def test_the_trace_masks_what_is_private(gateway):
    bank, daemon, api = gateway(1)
    [modem] = api.modems()
    secret = "Your code is 987654"
    api.wait_state(api.send(number(1), secret)["id"], "delivered")
    bank.inject("and 456789 back", sender=number(2))
    eventually(lambda: api.messages(direction="inbound"))
    path = f"/api/v1/modems/{modem['imei']}/trace"
    sent_pdu = bank.air.accepted()[0].record["pdu"]

    shown = api.get(path)
    lines = shown.expect(200)["items"]
    assert any("AT+CMGS" in line["text"] for line in lines)
    assert sent_pdu[20:] not in shown.body.decode()
    assert {line["direction"] for line in lines} == {"sent", "received"} or len({line["direction"] for line in lines}) == 2
    assert sent_pdu in api.get(path, reveal="true").body.decode()

    operator = daemon.api(daemon.create_key("operator", "read,operate,send"))
    operator.get(path).expect(200)
    operator.get(path, reveal="true").problem(403)


def test_a_soft_restart_brings_the_modem_back(gateway):
    _, _, api = gateway(1)
    [modem] = api.modems()
    path = f"/api/v1/modems/{modem['imei']}"
    assert api.post(path + "/restart", {"how": "soft"}).status in (200, 202, 204)
    eventually(lambda: api.get(path).expect(200)["restarts"] == 1)
    eventually(lambda: api.get(path).expect(200)["state"] == "ready")
    api.wait_state(api.send(number(1), "after the restart")["id"], "delivered")
    api.post(path + "/restart", {"how": "kick"}).problem(422)


def test_a_radio_restart_that_the_modem_refuses_is_no_success(gateway):
    bank, _, api = gateway(1)
    path = f"/api/v1/modems/{api.modems()[0]['imei']}/restart"
    bank.ask(command="fault", slot=0, rule={"fault": "cme", "code": 3, "on": "+CFUN", "times": 1})
    problem = api.post(path, {"how": "radio"}).problem(502)
    assert "+CME ERROR: 3" in problem["detail"] and "AT+CFUN=4" in problem["detail"], problem
    assert api.post(path, {"how": "radio"}).status == 204
    api.wait_state(api.send(number(1), "after the restart")["id"], "delivered")


def test_a_modem_that_appears_later_is_taken(start_bank, start_daemon):
    bank = start_bank(2)
    ports = bank.folder / "seen"
    ports.mkdir()
    daemon = start_daemon(ports=[str(ports / "modem*")])
    api = daemon.api()
    assert api.sims() == []
    waiting = api.send(number(1), "until one comes")
    (ports / "modem0").symlink_to(bank.ports / "modem0")
    daemon.wait_ready(1)
    api.wait_state(waiting["id"], "delivered")
    (ports / "modem1").symlink_to(bank.ports / "modem1")
    daemon.wait_ready(2)


def test_a_pulled_modem_leaves_its_work_to_the_others(gateway):
    bank, daemon, api = gateway(2, air_time=0.05)
    items = [{"to": number(i), "text": f"pull {i}"} for i in range(40)]
    sent = [item["id"] for item in api.post("/api/v1/messages/batch", {"messages": items}).expect(202)["items"]]
    eventually(lambda: len(bank.air.accepted()) >= 4)
    bank.unplug(0)
    eventually(lambda: sorted(sim["state"] for sim in api.sims()) == ["absent", "ready"])
    for identifier in sent:
        api.wait_state(identifier, "sent", "delivered", "uncertain")
    # One may have been on the air at the moment of the pull: it is known as such, and is not sent again.
    rest = [api.message(i)["state"] for i in sent]
    assert set(rest) <= {"sent", "delivered", "uncertain"}, rest
    texts = [submit.text for submit in bank.air.accepted()]
    assert len(texts) == len(set(texts))
    # Another tty, the same modem.
    bank.plug(0, name="modem7")
    eventually(lambda: "absent" not in [sim["state"] for sim in api.sims()])
    assert len(api.modems()) == len(api.sims()) == 2
    assert sorted(modem["port"].rsplit("/", 1)[1] for modem in api.modems()) == ["modem1", "modem7"]


def test_every_make_of_modem_gets_ready(start_bank, start_daemon):
    refused = subprocess.run(
        [program("virtual-modem"), "--profile", "no-such-make", "--dir", "/nowhere"], capture_output=True, text=True, check=False
    )
    makes = refused.stderr.split("known are ")[1].splitlines()[0].split(", ")
    assert len(makes) > 8, makes
    bank = start_bank(len(makes), profile=",".join(makes))
    daemon = start_daemon(bank)
    api = daemon.api()
    assert sorted(modem["state"] for modem in api.modems()) == ["ready"] * len(makes)
    sent = [api.send(number(n), f"through {make}", sender=f"sim:{api.sims()[n]['iccid']}")["id"] for n, make in enumerate(makes)]
    for identifier in sent:
        api.wait_state(identifier, "delivered")
