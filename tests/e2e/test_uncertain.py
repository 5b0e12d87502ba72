"""Messages of which it is not known whether they went out: what settles them, and what is done when nothing does."""

import os
import termios

from checker import compare
from harness import eventually, number


def on_air(api):
    """The only modem has been given a PDU, and no answer has come."""
    imei = api.modems()[0]["imei"]
    lines = api.get(f"/api/v1/modems/{imei}/trace").expect(200)["items"]
    asked = [n for n, line in enumerate(lines) if line["text"].startswith("AT+CMGS=")]
    asked = asked[-1] if asked else len(lines)
    rest = lines[asked + 1 :]
    return [line["direction"] for line in rest][:2] == ["received", "sent"] and not any(
        line["text"].startswith("+CM") for line in rest
    )


def kill_on_air(daemon, api, to, **fields):
    """A message that is on the air when the gateway is killed; its identifier."""
    daemon.wait_ready(1)
    identifier = api.send(to, "on the air", **fields)["id"]
    eventually(lambda: on_air(api), what="the modem has the PDU")
    daemon.kill()
    return identifier


def lose_answer(bank, to, times=1):
    """The modem's answer goes to nobody: it is gone before the gateway opens the port again."""
    eventually(lambda: aired(bank, to) == times)
    port = os.open(bank.ports / "modem0", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    termios.tcflush(port, termios.TCIFLUSH)
    os.close(port)


def conclusion(message, part=0):
    doubt = message["parts"][part]["uncertain"]
    return (doubt["conclusion"], doubt["evidence"]) if doubt else None


def aired(bank, to):
    return len(bank.air.accepted(to))


def test_the_modem_gives_its_answer_to_the_next_run(start_bank, start_daemon):
    # The next run is there before the answer is.
    bank = start_bank(1, air_time=8, report_after=60)
    daemon = start_daemon(bank)
    api = daemon.api()
    first = api.send(number(1), "first")["id"]
    api.wait_state(first, "sent")
    identifier = kill_on_air(daemon, api, number(2))
    daemon.start()
    api = daemon.api()
    message = api.wait_state(identifier, "sent")
    assert conclusion(message) == ("sent", "late-answer"), message
    assert aired(bank, number(2)) == 1
    steps = [step["step"] for step in api.history(identifier)]
    assert steps[:4] == ["accepted", "sending", "uncertain", "concluded-sent"], steps


def test_a_report_settles_what_the_next_run_was_not_told(start_bank, start_daemon):
    bank = start_bank(1, air_time=1.5, report_after=3)
    daemon = start_daemon(bank)
    api = daemon.api()
    api.wait_state(api.send(number(1), "first")["id"], "sent")
    identifier = kill_on_air(daemon, api, number(2))
    lose_answer(bank, number(2))
    daemon.start()
    message = daemon.api().wait_state(identifier, "delivered")
    assert conclusion(message) == ("sent", "status-report"), message
    assert aired(bank, number(2)) == 1


def test_the_next_number_shows_what_went_out_and_what_did_not(start_bank, start_daemon):
    bank = start_bank(1, air_time=1.5, report_after=600, options=["--refused-keep-reference"])
    daemon = start_daemon(bank)
    api = daemon.api()
    # Numbers just above 0 might be of a count begun anew.
    for n in range(10, 14):
        api.wait_state(api.send(number(n), "first")["id"], "sent")
    # That the network refuses one, and its number is given to the next, shows that only what was accepted has one.
    bank.ask(command="fault", slot=0, rule={"fault": "cms", "code": 1, "on": "+CMGS", "times": 1})
    api.wait_state(api.send(number(6), "refused")["id"], "failed")
    api.wait_state(api.send(number(7), "after that")["id"], "sent")
    went = kill_on_air(daemon, api, number(2))
    lose_answer(bank, number(2))
    daemon.start()
    api = daemon.api()
    after = api.send(number(3), "after")["id"]
    api.wait_state(after, "sent")
    message = api.wait_state(went, "sent")
    assert conclusion(message) == ("sent", "next-reference"), message
    assert (message["parts"][0]["message_reference"] + 1) % 256 == api.message(after)["parts"][0]["message_reference"]

    # The modem swallows a PDU and does nothing with it: the number after shows that.
    bank.ask(command="fault", slot=0, rule={"fault": "ignored", "on": "+CMGS", "times": 1})
    lost = api.send(number(4), "swallowed")["id"]
    api.wait_state(lost, "sending")
    daemon.kill()
    daemon.start()
    api = daemon.api()
    api.wait_state(api.send(number(5), "next")["id"], "sent")
    message = api.wait_state(lost, "sent")
    assert aired(bank, number(4)) == 1
    assert message["parts"][0]["resends"] == 0, "it is no duplicate"


def test_a_number_does_not_show_that_it_went_out_where_what_is_refused_may_have_one(start_bank, start_daemon):
    bank = start_bank(1, air_time=1.5, report_after=600)
    daemon = start_daemon(bank)
    api = daemon.api()
    api.wait_state(api.send(number(1), "first")["id"], "sent")
    # The network refuses it, and nobody hears that.
    bank.ask(command="fault", slot=0, rule={"fault": "cms", "code": 38, "on": "+CMGS", "times": 1})
    refused = kill_on_air(daemon, api, number(2))
    eventually(lambda: bank.air.submits(number(2)), what="it was refused")
    lose_answer(bank, number(2), times=0)
    daemon.start()
    api = daemon.api()
    after = api.send(number(3), "after")["id"]
    api.wait_state(after, "sent")
    assert conclusion(api.message(refused)) == ("open", None)
    assert aired(bank, number(2)) == 0


def test_hold_keeps_and_resend_marks(start_bank, start_daemon):
    bank = start_bank(1, air_time=1.5, report_after=600)
    daemon = start_daemon(bank, extra="[scheduler]\nuncertain_wait_seconds = 2\n")
    api = daemon.api()
    api.wait_state(api.send(number(9), "first")["id"], "sent")
    held = kill_on_air(daemon, api, number(1))
    lose_answer(bank, number(1))
    daemon.start()
    api = daemon.api()
    eventually(lambda: conclusion(api.message(held)) == ("held", "policy"))
    assert api.message(held)["state"] == "uncertain"

    resent = kill_on_air(daemon, api, number(2), on_uncertain="resend")
    lose_answer(bank, number(2))
    daemon.start()
    api = daemon.api()
    eventually(lambda: aired(bank, number(2)) == 2)
    message = api.wait_state(resent, "sent")
    assert message["on_uncertain"] == "resend"
    assert message["parts"][0]["resends"] == 1
    assert "resent" in [step["step"] for step in api.history(resent)]

    # A person knows better.
    done = daemon.cli("messages", "resolve", held, "not-sent")
    assert done.returncode == 0, done.stderr
    api.wait_state(held, "sent")
    assert aired(bank, number(1)) == 2
    api.post(f"/api/v1/messages/{held}/resolve", {"outcome": "sent"}).problem(409)
    api.post(f"/api/v1/messages/{held}/resolve", {"outcome": "perhaps"}).problem(422)


def test_kills_without_an_end_send_nothing_twice(start_bank, start_daemon):
    bank = start_bank(4, air_time=0.05, report_after=0.3)
    daemon = start_daemon(bank, extra="[scheduler]\nuncertain_wait_seconds = 20\n")
    api = daemon.api()
    bodies = [{"to": number(n), "text": f"message {n}"} for n in range(120)]
    identifiers = [item["id"] for item in api.post("/api/v1/messages/batch", {"messages": bodies}).expect(202)["items"]]
    for round_ in range(3):
        wanted = 20 * (round_ + 1)
        eventually(lambda wanted=wanted: len(bank.air.accepted()) >= wanted)
        daemon.kill()
        daemon.start()
        daemon.wait_ready(4)
    api = daemon.api()
    found = [api.wait_state(identifier, "delivered") for identifier in identifiers]
    findings = compare(found, bank.air)
    assert not findings.wrong, str(findings)
