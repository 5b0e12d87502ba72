"""Outbound messages, from the request to the air and back to `delivered`."""

import base64
import datetime

import pytest
from harness import fated, number, stays

LONG = "The quick brown fox jumps over the lazy dog, and then does it again for good measure. "
# A family emoji is one grapheme of 11 UTF-16 units: it may not be cut.
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def test_a_short_message_goes_out_and_is_reported_delivered(gateway):
    bank, _, api = gateway(1)
    answer = api.post("/api/v1/messages", {"to": number(1), "text": "Your code is 123456", "priority": "otp"})
    accepted = answer.expect(202)
    assert answer.headers["location"].endswith(f"/api/v1/messages/{accepted['id']}")
    assert accepted["state"] in ("queued", "sending")

    message = api.wait_state(accepted["id"], "delivered")
    [submit] = bank.air.accepted()
    assert (submit.to, submit.text) == (number(1), "Your code is 123456")
    assert submit.pdu.report_requested
    assert submit.pdu.dcs == 0

    assert message["direction"] == "outbound"
    assert message["encoding"] == "gsm7"
    assert message["segments"] == 1
    assert message["priority"] == "otp"
    assert message["reason"] is None
    assert message["route"] == f"sim:{submit.iccid}"
    assert message["attempts"] == 1
    [part] = message["parts"]
    assert (part["seq"], part["state"], part["message_reference"]) == (1, "delivered", submit.mr)
    assert part["status"]["tp_status"] == 0
    times = [message[name] for name in ("created_at", "sent_at", "delivered_at", "expires_at")]
    for time in times:
        datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ")
        assert len(time) == len("2026-11-22T10:00:00.000Z")
    # The time of delivery is the network's, in whole seconds.
    seconds = [time[:19] for time in times]
    assert seconds == sorted(seconds)


def test_a_list_sends_one_message_to_each(gateway):
    bank, _, api = gateway(2)
    iccid = api.sims()[1]["iccid"]
    api.patch(f"/api/v1/sims/{iccid}", {"number": "+84911111111"}).expect(200)
    wish = {"to": [number(1), "nobody", number(2)], "text": "to each", "from": "0911 111 111"}
    answers = [api.post("/api/v1/messages", wish, Idempotency_Key="each").expect(202) for _ in range(2)]
    assert answers[0] == answers[1]
    first, wrong, third = answers[0]["items"]
    assert wrong["problem"]["errors"][0]["pointer"] == "/to/1"
    for item in (first, third):
        assert api.wait_state(item["id"], "delivered")["route"] == f"sim:{iccid}"
    assert sorted(submit.to for submit in bank.air.accepted()) == sorted([number(1), number(2)])


@pytest.mark.parametrize(
    "text, encoding, parts",
    [
        ("x" * 160, "gsm7", 1),
        ("x" * 161, "gsm7", 2),
        ("x" * 306, "gsm7", 2),
        ("x" * 307, "gsm7", 3),
        (LONG * 8, "gsm7", 5),
        # An escape pair counts two septets and is not cut: 152 and then a pair do not fit in 153.
        ("x" * 152 + "€" + "y" * 100, "gsm7", 2),
        ("[{^}]|~\\€" * 30, "gsm7", 4),
        ("Mã của bạn là 123456", "ucs2", 1),
        ("ệ" * 70, "ucs2", 1),
        ("ệ" * 71, "ucs2", 2),
        ("\U0001f600" * 35, "ucs2", 1),
        # 67 units a part: 33 pairs, and the pair that would be cut moves on.
        ("\U0001f600" * 36, "ucs2", 2),
        (FAMILY * 13, "ucs2", 3),
    ],
    ids=lambda value: value[:12].encode("ascii", "backslashreplace").decode() if isinstance(value, str) else str(value),
)
def test_texts_arrive_as_they_were_written(gateway, text, encoding, parts):
    bank, _, api = gateway(2)
    preview = api.post("/api/v1/messages/preview", {"to": number(1), "text": text}).expect(200)
    assert (preview["encoding"], preview["segments"]) == (encoding, parts)

    accepted = api.send(number(1), text)
    assert (accepted["encoding"], accepted["segments"]) == (encoding, parts)
    message = api.wait_state(accepted["id"], "delivered")
    submits = bank.air.accepted()
    assert [submit.sequence for submit in submits] == list(range(1, parts + 1))
    assert "".join(submit.text for submit in submits) == text
    assert len({submit.iccid for submit in submits}) == 1
    assert [part["message_reference"] for part in message["parts"]] == [submit.mr for submit in submits]
    if parts > 1:
        assert {submit.pdu.concat[1] for submit in submits} == {parts}
        assert len({submit.pdu.concat[0] for submit in submits}) == 1
        for submit in submits:
            assert not submit.text.startswith(("\u200d", "\udc00")), "cut inside a grapheme"


def test_options_reach_the_pdu(gateway):
    bank, _, api = gateway(1)
    air = bank.air

    def sent(**fields):
        message = api.send(number(len(air.accepted()) + 1), **fields)
        api.wait_state(message["id"], "sent", "delivered")
        return air.accepted()[-1].pdu, message

    pdu, _ = sent(text="now", flash=True)
    assert pdu.dcs & 0x1F in (0x10,), "class 0"

    pdu, message = sent(text="quiet", status_report=False)
    assert not pdu.report_requested
    stays(lambda: api.message(message["id"])["state"] == "sent", 0.3)

    pdu, message = sent(text="plain", encoding="ucs2")
    assert (pdu.text, message["encoding"]) == ("plain", "ucs2")

    pdu, message = sent(text="Mã của bạn", transliterate=True)
    assert (pdu.text, message["encoding"]) == ("Ma cua ban", "gsm7")

    pdu, _ = sent(text="soon", validity_seconds=3600)
    # Relative: (VP + 1) * 5 minutes (TS 23.040, 9.2.3.12.1).
    assert pdu.validity == bytes([11])

    data = bytes(range(100))
    pdu, _ = sent(data=base64.b64encode(data).decode(), port=16000)
    assert pdu.data == data
    assert pdu.ports[0] == 16000
    assert (pdu.dcs >> 2) & 3 == 1


def test_long_data_is_split_and_joins_again(gateway):
    bank, _, api = gateway(1)
    data = bytes(range(256)) * 2
    message = api.send(number(1), data=base64.b64encode(data).decode(), port=2948)
    api.wait_state(message["id"], "delivered")
    submits = bank.air.accepted()
    assert len(submits) == message["segments"] > 1
    assert b"".join(submit.pdu.data for submit in submits) == data
    assert all(submit.pdu.ports[0] == 2948 for submit in submits)


@pytest.mark.parametrize(
    "given, on_the_air",
    [
        ("0901234567", "+84901234567"),
        ("+84 90 123 45 67", "+84901234567"),
        ("0084901234567", "+84901234567"),
        ("+442079460123", "+442079460123"),
        ("1414", "1414"),
    ],
)
def test_numbers_are_normalised(gateway, given, on_the_air):
    bank, _, api = gateway(1)
    message = api.send(given, "number")
    assert message["to"] == on_the_air
    api.wait_state(message["id"], "sent", "delivered")
    assert bank.air.accepted()[0].to == on_the_air


def test_a_message_the_recipient_never_gets_is_undelivered(gateway):
    bank, _, api = gateway(1)
    # 70: the validity period expired.
    message = api.send(fated("reported", 70), "nobody home")
    message = api.wait_state(message["id"], "undelivered")
    assert message["parts"][0]["status"]["tp_status"] == 70
    assert message["reason"]["code"] == "tp-status-70"
    assert message["reason"]["detail"]
    assert len(bank.air.accepted()) == 1


def test_a_report_that_says_still_trying_is_not_the_last_word(gateway):
    _, _, api = gateway(1)
    message = api.send(fated("delivered after a try", 1), "patience")
    message = api.wait_state(message["id"], "delivered")
    assert message["parts"][0]["status"]["tp_status"] == 0
    assert sum("report" in row["step"] for row in api.history(message["id"])) == 2


def test_a_report_may_come_before_the_answer_of_the_modem(gateway):
    bank, _, api = gateway(1)
    sent = [api.send(fated("reported first", i, i), f"early {i}") for i in range(5)]
    for message in sent:
        api.wait_state(message["id"], "delivered")
    assert len(bank.air.accepted()) == 5


def test_an_answer_that_comes_late_is_waited_for(gateway):
    bank, _, api = gateway(1)
    late = api.send(fated("answered late", 3), "slow modem")
    after = api.send(number(1), "after it")
    assert api.wait_state(late["id"], "delivered")["attempts"] == 1
    api.wait_state(after["id"], "delivered")
    assert len(bank.air.accepted()) == 2


def test_the_history_tells_each_step(gateway):
    _, _, api = gateway(1)
    message = api.send(number(1), LONG * 2)
    api.wait_state(message["id"], "delivered")
    rows = api.history(message["id"])
    steps = [row["step"] for row in rows]
    assert len(steps) >= 5, steps
    assert all("at" in row or "time" in row for row in rows), rows
    assert any(row.get("sim") for row in rows)


def test_metadata_and_reference_come_back(gateway):
    _, _, api = gateway(1)
    message = api.send(number(1), "hello", reference="order-42", metadata={"campaign": "spring", "n": 1})
    assert message["reference"] == "order-42"
    assert api.message(message["id"])["metadata"] == {"campaign": "spring", "n": 1}
    assert [found["id"] for found in api.messages(reference="order-42")] == [message["id"]]
    assert api.messages(reference="order-43") == []


@pytest.mark.parametrize("code", [38, 512, 322])
def test_a_refused_message_is_tried_again_where_that_makes_sense(gateway, code):
    bank, _, api = gateway(2)
    message = api.send(fated("refused once", code), "again")
    message = api.wait_state(message["id"], "delivered")
    assert message["attempts"] == 2
    assert [submit.error for submit in bank.air.submits()] == [f"cms-{code}", None]
    assert any(f"cms-{code}" in str(row) for row in api.history(message["id"]))


@pytest.mark.parametrize("code", [1, 30])
def test_a_wrong_number_fails_at_once_and_burns_no_other_sim(gateway, code):
    bank, _, api = gateway(2)
    message = api.send(fated("refused", code), "no such number " * 20)
    message = api.wait_state(message["id"], "failed")
    assert message["reason"]["code"] == f"cms-{code}"
    # The first part was refused, so the others stay here too.
    assert len(bank.air.submits()) == 1
    # The SIM goes on with the next message.
    api.wait_state(api.send(number(1), "next")["id"], "delivered")
