"""The PIN that is kept for a SIM: a bad line to its modem refuses nothing, and what was refused is never tried again."""

import json
import sqlite3
import time

import pytest

from harness import eventually, number

PIN = "4711"
WRONG = "1093"
PUK = "12345678"
# A PIN is waited for 20 s.
SILENCE = 60


def locked(api, what="pin", left=None):
    def found():
        states = [modem["locked"] for modem in api.modems()]
        return states == [{"what": what, "tries_left": left}]

    return eventually(found, SILENCE, what=f"the SIM asks for its {what} with {left} tries left")


def ready(api):
    return eventually(lambda: [sim["state"] for sim in api.sims()] == ["ready"], SILENCE, what="the SIM is ready")


def keep(api, pin):
    [sim] = eventually(lambda: api.sims() or None, what="the SIM is seen")
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"pin": pin}).expect(200)


def config(daemon, change=None):
    """What the store keeps for the one SIM, after `change`."""
    with sqlite3.connect(daemon.data / "simgate.db") as connection:
        [text] = connection.execute("SELECT config FROM sims").fetchone()
        kept = json.loads(text)
        if change:
            kept.update(change)
            connection.execute("UPDATE sims SET config = ?", [json.dumps(kept)])
    connection.close()
    return kept


@pytest.fixture
def gateway(start_bank, start_daemon):
    """A gateway on one modem whose SIM asks for its PIN."""
    bank = start_bank(1, options=["--pin", PIN])
    daemon = start_daemon(bank, ready=0)
    api = daemon.api()
    locked(api, left=3)
    return bank, daemon, api


def faulty(bank, fault, **fields):
    """The next answer to `AT+CPIN` goes wrong; a locked modem is asked nothing by itself."""
    bank.ask(command="fault", slot=0, rule={"fault": fault, "on": "+CPIN", "times": 1, **fields})


@pytest.mark.parametrize("fault", ["no-answer", "ignored"])
def test_an_answer_that_is_swallowed_refuses_nothing(gateway, fault):
    bank, daemon, api = gateway
    faulty(bank, fault)
    keep(api, PIN)
    ready(api)
    api.wait_state(api.send(number(1), "unlocked")["id"], "delivered")
    assert "refused its PIN" not in daemon.log()
    kept = config(daemon)
    assert (kept["pin_refused"], kept["pin_sent"]) == (False, None)


def test_a_sim_that_is_busy_or_fails_is_given_its_pin_again(gateway):
    bank, daemon, api = gateway
    for rule in ({"fault": "cme", "code": 13}, {"fault": "error"}):
        bank.ask(command="fault", slot=0, rule={**rule, "on": "+CPIN", "times": 1})
    keep(api, PIN)
    ready(api)
    assert "refused its PIN" not in daemon.log()


def test_a_pin_that_was_counted_in_silence_is_refused_also_after_a_kill(gateway):
    bank, daemon, api = gateway
    faulty(bank, "no-answer")
    keep(api, WRONG)
    trace = f"/api/v1/modems/{api.modems()[0]['imei']}/trace"
    eventually(lambda: "AT+CPIN=" in str(api.get(trace).expect(200)["items"]), what="the PIN is written")
    time.sleep(0.3)
    daemon.kill()
    daemon.start()
    locked(api, left=2)
    eventually(lambda: "refused its PIN" in daemon.log(), what="the refusal is told")
    assert config(daemon)["pin_refused"] is True
    tells(api, "has refused the PIN")
    for _ in range(2):
        bank.ask(command="power", slot=0, ms=300)
        eventually(lambda: [modem["state"] for modem in api.modems()] != ["locked"], what="it starts anew")
        locked(api, left=2)


def test_what_an_earlier_version_took_for_refused_is_tried_where_no_try_is_used(gateway):
    bank, daemon, api = gateway
    assert daemon.stop() == 0
    config(daemon, {"pin": PIN, "pin_refused": True, "pin_refusal_seen": False})
    daemon.start()
    ready(api)
    assert config(daemon)["pin_refused"] is False


def tells(api, words):
    """What the modem says of its lock, once it says this."""

    def told():
        reasons = api.modems()[0]["attention"]
        assert [reason["code"] for reason in reasons] == ["locked"]
        assert words in reasons[0]["sentence"], reasons
        return True

    return eventually(told)


def test_a_pin_that_may_have_been_counted_is_not_sent_again_and_the_reason_is_told(start_bank, start_daemon):
    bank = start_bank(1, options=["--pin", PIN])
    # The modem cannot tell how many tries are left.
    bank.ask(command="fault", slot=0, rule={"fault": "error", "on": "+CPINR"})
    daemon = start_daemon(bank, ready=0)
    api = daemon.api()
    locked(api, left=None)
    faulty(bank, "ignored")
    keep(api, PIN)
    eventually(lambda: "nobody knows whether its PIN is right" in daemon.log(), what="it is told")
    locked(api, left=None)
    tells(api, "no refusal is known")
    assert daemon.stop() == 0
    daemon.start()
    locked(api, left=None)
    tells(api, "no refusal is known")
    assert (config(daemon)["pin_refused"], config(daemon)["pin_sent"]) == (False, {"left": None})
    # Once they can be read, they show that it was not counted.
    bank.ask(command="no-faults", slot=0)
    bank.ask(command="power", slot=0, ms=300)
    ready(api)


def test_after_a_puk_the_refused_pin_is_not_offered_again(gateway):
    bank, daemon, api = gateway
    keep(api, WRONG)
    locked(api, left=2)
    path = f"/api/v1/modems/{api.modems()[0]['imei']}/unlock"
    api.post(path, {"pin": "2088"}).problem(422)
    api.post(path, {"pin": "3077", "last_try": True}).problem(422)
    eventually(lambda: (api.modems()[0]["locked"] or {}).get("what") == "puk", what="it asks for its PUK")
    api.post(path, {"puk": PUK, "new_pin": "5926"}).expect(200)
    ready(api)
    kept = config(daemon)
    assert (kept["pin"], kept["pin_refused"]) == ("5926", False)
    before = daemon.log().count("refused its PIN")
    assert before == 1
    bank.ask(command="power", slot=0, ms=300)
    eventually(lambda: api.modems() and api.modems()[0]["state"] != "ready", what="it starts anew")
    ready(api)
    assert daemon.log().count("refused its PIN") == before
