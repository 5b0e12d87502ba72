"""Firmware that says something else than the standard has it, or too late, or does not listen (field notes A 33 to 39)."""

import time
from concurrent.futures import ThreadPoolExecutor

from harness import number


def fault(bank, **rule):
    bank.ask(command="fault", slot=0, rule=rule)


def written(api, start):
    imei = api.modems()[0]["imei"]
    lines = api.get(f"/api/v1/modems/{imei}/trace").expect(200)["items"]
    return [line["text"] for line in lines if line["direction"] == "sent" and line["text"].startswith(start)]


def ussd(api, code="*101#"):
    """The answer, in another thread: it takes as long as the network does."""
    iccid = api.sims()[0]["iccid"]
    with_own_connection = api.clone()
    return lambda: with_own_connection.post(f"/api/v1/sims/{iccid}/ussd", {"code": code})


def test_a_ussd_code_that_is_refused_late_ends_no_message(start_bank, start_daemon):
    bank = start_bank(1, air_time=5, report_after=1)
    api = start_daemon(bank).api()
    fault(bank, fault="late-error", code=258, ms=3000, on="+CUSD", times=1)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ussd(api))
        # The code is out by then; if not, it goes after the message, which is none the worse for it.
        time.sleep(1)
        identifier = api.send(number(1), "once")["id"]
        message = api.wait_state(identifier, "delivered")
        answer = asked.result(timeout=20)
    assert len(bank.air.accepted(number(1))) == 1
    steps = [step["step"] for step in api.history(identifier)]
    assert steps.count("sending") == 1 and "requeued" not in steps, steps
    assert message["parts"][0]["message_reference"] is not None
    assert answer.status == 502 and "258" in answer.body.decode(), (answer.status, answer.body)


def test_a_ussd_code_that_is_refused_late_fails_at_once(start_bank, start_daemon):
    bank = start_bank(1)
    api = start_daemon(bank).api()
    fault(bank, fault="late-error", code=258, ms=500, on="+CUSD", times=1)
    began = time.monotonic()
    assert ussd(api)().status == 502
    # Not the 90 s that the network may take.
    assert time.monotonic() - began < 45
    assert ussd(api)().expect(200)["reply"].startswith("Balance")


def test_ok_without_a_reference_is_accepted_each_time(start_bank, start_daemon):
    bank = start_bank(1, report_after=600)
    api = start_daemon(bank).api()
    fault(bank, fault="no-reference", echo=True, on="+CMGS")
    for n in range(1, 5):
        message = api.wait_state(api.send(number(n), "no number")["id"], "sent")
        assert message["parts"][0]["message_reference"] is None
        assert len(bank.air.accepted(number(n))) == 1


def test_a_ussd_answer_whose_quote_never_closes_is_read(start_bank, start_daemon):
    bank = start_bank(1)
    api = start_daemon(bank).api()
    fault(bank, fault="open-quote", on="+CUSD", times=1)
    assert ussd(api)().expect(200)["reply"] == "Balance: 52,300 VND, until 31/12/2026"
    api.wait_state(api.send(number(1), "after it")["id"], "delivered")


def test_a_modem_that_is_deaf_after_its_answers_is_left_a_pause(start_bank, start_daemon):
    bank = start_bank(1, air_time=0.3, report_after=600, options=["--fault", '{"fault": "deaf", "ms": 40}'])
    api = start_daemon(bank).api()
    sent = [api.send(number(n), "quickly")["id"] for n in range(1, 21)]
    for n, identifier in enumerate(sent, 1):
        api.wait_state(identifier, "sent")
        assert len(bank.air.accepted(number(n))) == 1
    # At most one of its commands was lost since set-up.
    assert len(written(api, "AT+CMGS=")) <= 21
