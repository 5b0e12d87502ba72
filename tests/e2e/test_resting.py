"""SIMs that rest after failures, and messages that wait without holding up others."""

import pytest
from harness import eventually, fated, number, stays


def sim_in(api, slot):
    """ICCID of the SIM in the modem of this slot."""
    [iccid] = [modem["sim"] for modem in api.modems() if modem["port"].endswith(f"modem{slot}")]
    return iccid


def sim(api, iccid):
    return api.get(f"/api/v1/sims/{iccid}").expect(200)


def batch(api, messages):
    items = api.post("/api/v1/messages/batch", {"messages": messages}).expect(202)["items"]
    return [item["id"] for item in items]


def refuse(bank, slot, code):
    """From now on this modem refuses whatever it is given."""
    bank.ask(command="fault", slot=slot, rule={"fault": "cms", "code": code, "on": "+CMGS"})


def test_a_barred_sim_rests_over_a_kill_until_somebody_sees_to_it(gateway):
    bank, daemon, api = gateway(2)
    barred = sim_in(api, 0)
    refuse(bank, 0, 8)
    with api.events() as events:
        held = api.send(number(1), "waits", sender=f"sim:{barred}")["id"]
        event = events.wait("sim.state", lambda data: data.get("breaker") == "open")["data"]
    assert (event["iccid"], event["state"], event["reason"]["code"]) == (barred, "cooling", "cms-8")

    def rests():
        seen = sim(api, barred)
        assert seen["state"] == "cooling", seen
        health = seen["health"]
        assert health["breaker"] == "open" and health["consecutive_failures"] == 1, health
        assert health["cooling_until"] and health["last_error"]["code"] == "cms-8", health
        return True

    eventually(rests)
    # The other carries everything that is not bound to this one.
    for identifier in batch(api, [{"to": number(i), "text": "any"} for i in range(20)]):
        assert api.wait_state(identifier, "delivered")["route"] != f"sim:{barred}"
    waiting = eventually(lambda: w if (w := api.message(held)["waiting_for"])["code"] == "cooling" else None)
    assert waiting["until"]

    daemon.kill()
    bank.ask(command="no-faults")
    daemon.start().wait_ready(1)
    api = daemon.api()
    eventually(lambda: sim(api, barred)["state"] == "cooling")
    eventually(rests)
    before = len(bank.air.submits())
    stays(lambda: len(bank.air.submits()) == before, 0.5)

    done = daemon.cli("sims", "reset-health", barred, "--json")
    assert done.returncode == 0, done.stderr
    api.wait_state(held, "delivered")
    health = sim(api, barred)["health"]
    assert (health["breaker"], health["consecutive_failures"], health["cooling_until"]) == ("closed", 0, None)
    audit = api.get("/api/v1/audit").expect(200)["items"]
    assert any(f"reset the health of sim {barred}" in row["what"] for row in audit), audit
    api.post("/api/v1/sims/8984099999999999999/reset-health").problem(404)


def test_a_recipient_that_every_sim_is_refused_rests_none_of_them(gateway):
    bank, _, api = gateway(6)
    poisoned = fated("refused", 21)
    for i in range(6):
        refused = api.send(poisoned, f"refused {i}")["id"]
        otps = [api.send(number(10 * i + n), "1234", priority="otp")["id"] for n in range(6)]
        for otp in otps:
            # A rest is longer than this waits.
            api.wait_state(otp, "delivered")
        assert api.wait_state(refused, "failed")["reason"]["code"] == "cms-21"
        assert {seen["state"] for seen in api.sims()} == {"ready"}


def test_a_dead_recipient_neither_rests_the_sim_nor_holds_up_others(gateway):
    # Field notes A 21.
    bank, _, api = gateway(1)
    dead = fated("refused", 38)
    messages = []
    for i in range(40):
        messages += [{"to": dead, "text": f"dead {i}"}, {"to": number(i), "text": f"alive {i}"}]
    identifiers = batch(api, messages)
    for identifier in identifiers[1::2]:
        api.wait_state(identifier, "delivered")
    [seen] = api.sims()
    assert (seen["state"], seen["health"]["breaker"]) == ("ready", "closed")
    # Between two of its attempts.
    eventually(lambda: api.message(identifiers[0]).get("waiting_for", {}).get("code") in ("retry", "turn"))


@pytest.mark.within_an_hour
def test_what_waits_for_room_lets_all_that_fits_pass(gateway):
    bank, _, api = gateway(1)
    [seen] = api.sims()
    api.patch(f"/api/v1/sims/{seen['iccid']}", {"quota": {"per_month": 12, "segments": True}}).expect(200)
    for identifier in batch(api, [{"to": number(i), "text": "first"} for i in range(2)]):
        api.wait_state(identifier, "delivered")
    # Eleven parts do not fit in the ten that are left; the window of memory is far smaller than this.
    long = batch(api, [{"to": number(i), "text": "x" * 1600, "max_segments": 11} for i in range(500)])
    short = batch(api, [{"to": number(i), "text": "short"} for i in range(10)])
    for identifier in short:
        api.wait_state(identifier, "delivered")
    assert {api.message(identifier)["state"] for identifier in long[:3] + long[-3:]} == {"queued"}
    eventually(lambda: api.message(long[0])["waiting_for"]["code"] == "quota")
    assert len(bank.air.accepted()) == 12


def test_a_queued_message_says_what_it_waits_for(gateway):
    bank, _, api = gateway(1)
    [seen] = api.sims()
    path = f"/api/v1/sims/{seen['iccid']}"
    api.patch(path, {"enabled": False}).expect(200)
    identifier = api.send(number(1), "waits")["id"]
    api.patch(path, {"label": "shop till"}).expect(200)
    waiting = api.message(identifier)["waiting_for"]
    assert (waiting["code"], waiting["until"], waiting["carrier"]) == ("disabled", None, f"sim:{seen['iccid']}")
    assert waiting["sentence"] == f"It waits because SIM shop till is disabled: simgate sims set {seen['iccid']} --enabled true."
    [listed] = api.messages(state="queued")
    assert listed["waiting_for"] == waiting
    bank.unplug(0)
    eventually(lambda: api.get(path).json["modem"] is None)
    api.patch(path, {"enabled": True}).expect(200)
    eventually(lambda: api.message(identifier)["waiting_for"]["code"] == "absent")
    bank.plug(0)
    done = api.wait_state(identifier, "delivered")
    assert "waiting_for" not in done


def test_a_number_that_comes_round_waits_for_the_report_it_could_be_taken_for(gateway):
    # Field notes A 8: TP-MR is one octet.
    bank, _, api = gateway(1, air_time=0.001)
    silent = fated("never reported")
    first = api.wait_state(api.send(silent, "first", status_report=True)["id"], "sent")
    for identifier in batch(api, [{"to": number(i), "text": "between"} for i in range(248)]):
        api.wait_state(identifier, "sent", "delivered")
    second = api.send(silent, "second", status_report=True)["id"]
    other = api.send(number(9000), "other", status_report=True)["id"]
    unreported = api.send(silent, "no report wanted", status_report=False)["id"]
    api.wait_state(other, "delivered")
    api.wait_state(unreported, "sent")
    waiting = api.message(second)["waiting_for"]
    assert (waiting["code"], waiting["until"]) == ("report", None)
    [part] = first["parts"]
    bank.ask(command="report", slot=0, mr=part["message_reference"], to=silent, st=0)
    api.wait_state(first["id"], "delivered")
    api.wait_state(second, "sent")
