"""Receipts in every shape that SMSCs give them, and messages from phones."""

import pytest

from harness import eventually, number

LONG = " ".join(f"{i:03} all of this text must arrive;" for i in range(16))
UNICODE = "Xin chào bạn, đây là tin nhắn tiếng Việt \U0001f600"
NOTATIONS = [
    ("decimal", "decimal"), ("hex", "hex"), ("hex", "decimal"), ("decimal", "hex"), ("HEX", "hex"), ("hex8", "decimal10"),
    ("decimal", "decimal10"),
]


def undelivered_where_odd():
    return [{"to": "[13579]$", "stat": "UNDELIV", "err": "011"}]


def expect_fates(uplink, identifiers):
    """Every second one was delivered, beginning with the first."""
    for i, message in enumerate(uplink.wait_all(identifiers, "delivered", "undelivered")):
        wanted = "undelivered" if i % 2 else "delivered"
        assert message["state"] == wanted, message
        assert [part["state"] for part in message["parts"]] == [wanted] * len(message["parts"])


@pytest.mark.parametrize(("resp", "receipt"), NOTATIONS, ids=["-".join(pair) for pair in NOTATIONS])
@pytest.mark.parametrize("mode", ["text", "tlv"])
def test_identifiers_in_any_notation(uplink, smsc, mode, resp, receipt):
    # From 16 on, most of them can be read in both notations, and then name two different messages.
    smsc.ids(resp, receipt, first=16)
    smsc.receipts(mode, outcomes=undelivered_where_odd())
    expect_fates(uplink, [uplink.send(number(i)) for i in range(30)])
    eventually(lambda: smsc.state()["waiting"] == 0)


@pytest.mark.parametrize("mode", ["text", "tlv", "both"])
@pytest.mark.parametrize(
    "how", [{"before": True}, {"delay_milliseconds": 700}, {}], ids=["before the answer", "delayed", "after the answer"]
)
def test_receipts_at_any_time(uplink, smsc, mode, how):
    smsc.receipts(mode, outcomes=undelivered_where_odd(), **how)
    expect_fates(uplink, [uplink.send(number(i)) for i in range(20)])
    assert len(smsc.submits()) == 20


def test_a_receipt_before_the_answer_in_another_notation(uplink, smsc):
    smsc.ids("hex", "decimal", first=0xA0)
    smsc.receipts(before=True, outcomes=undelivered_where_odd())
    expect_fates(uplink, [uplink.send(number(i)) for i in range(20)])


def test_no_receipt_leaves_it_sent(uplink, smsc):
    smsc.receipts("none")
    identifier = uplink.send(number(1))
    message = uplink.api.wait_state(identifier, "sent")
    assert message["sent_at"] and message["delivered_at"] is None
    smsc.receipt(smsc.submits()[0], "DELIVRD")
    message = uplink.api.wait_state(identifier, "delivered")
    assert message["delivered_at"]


@pytest.mark.parametrize("mode", ["text", "tlv"])
def test_what_is_not_final_changes_nothing_yet(uplink, smsc, mode):
    smsc.receipts("none")
    identifier = uplink.send(number(1))
    uplink.api.wait_state(identifier, "sent")
    [submit] = smsc.submits()
    for stat in ("ENROUTE", "ACCEPTD"):
        smsc.receipt(submit, stat, mode)
        eventually(lambda: smsc.state()["waiting"] == 0)
        assert uplink.api.message(identifier)["state"] == "sent"
    smsc.receipt(submit, "DELIVRD", mode)
    uplink.api.wait_state(identifier, "delivered")
    # Once more, and a contradiction: it stays as it is.
    smsc.receipt(submit, "DELIVRD", mode)
    smsc.receipt(submit, "UNDELIV", mode)
    eventually(lambda: smsc.state()["waiting"] == 0)
    assert uplink.api.message(identifier)["state"] == "delivered"


@pytest.mark.parametrize("stat", ["UNDELIV", "REJECTD", "DELETED", "EXPIRED"])
def test_states_that_are_the_end(uplink, smsc, stat):
    smsc.receipts(outcomes=[{"stat": stat, "err": "027"}])
    message = uplink.api.wait_state(uplink.send(number(1)), "undelivered", "expired")
    assert message["reason"], message


def test_a_long_message_is_delivered_when_all_its_parts_are(uplink, smsc):
    smsc.receipts("none")
    identifier = uplink.send(number(1), LONG)
    uplink.api.wait_state(identifier, "sent")
    submits = smsc.submits()
    for submit in submits[1:]:
        smsc.receipt(submit)
    eventually(lambda: smsc.state()["waiting"] == 0)
    assert uplink.api.message(identifier)["state"] == "sent"
    smsc.receipt(submits[0])
    uplink.api.wait_state(identifier, "delivered")


def test_receipts_wait_for_the_gateway(uplink, smsc):
    smsc.receipts("none")
    identifiers = [uplink.send(number(i)) for i in range(5)]
    uplink.wait_all(identifiers, "sent")
    assert uplink.daemon.stop() == 0
    eventually(lambda: smsc.bound() == [])
    for submit in smsc.submits():
        smsc.receipt(submit)
    smsc.mobile("while away", number(9))
    uplink.daemon.start()
    uplink.wait_all(identifiers, "delivered")
    assert [message["text"] for message in uplink.inbound()] == ["while away"]
    assert len(smsc.submits()) == 5


def test_a_receipt_for_nothing_is_taken_and_no_message(uplink, smsc):
    smsc.ask("receipt", id="4711", **{"from": number(1)[1:]}, to="SIMGATE")
    smsc.mobile("hello", number(1))
    eventually(lambda: smsc.state()["waiting"] == 0)
    assert [message["text"] for message in uplink.inbound()] == ["hello"]


@pytest.mark.parametrize("long", [None, "udh", "udh16", "sar", "payload"])
@pytest.mark.parametrize("coding", ["gsm7", "ucs2", "latin1"])
def test_a_message_from_a_phone(uplink, smsc, coding, long):
    text = {"gsm7": "[€] @ text ", "ucs2": UNICODE, "latin1": "Grüße, déjà "}[coding] * (1 if long is None else 20)
    smsc.mobile(text, number(7), to="84900000001", coding=coding, long=long)
    [message] = uplink.inbound()
    assert message["text"] == text
    assert (message["from"], message["uplink"], message["direction"]) == (number(7), "primary", "inbound")
    assert message["state"] == "received" and message["complete"] is True
    eventually(lambda: smsc.state()["waiting"] == 0)
    assert len(uplink.inbound()) == 1


@pytest.mark.parametrize("long", ["udh", "sar"])
def test_parts_out_of_order_and_twice(uplink, smsc, long):
    smsc.mobile(LONG, number(7), long=long, reference=5, order=[3, 1, 3, 4, 1, 2])
    [message] = uplink.inbound()
    assert (message["text"], message["complete"]) == (LONG, True)
    eventually(lambda: smsc.state()["waiting"] == 0)
    assert len(uplink.inbound()) == 1


def test_parts_of_several_senders_at_a_time(uplink, smsc):
    texts = {number(i): f"{i} {LONG}" for i in range(3)}
    for sequence in (2, 1, 4, 3):
        for sender, text in texts.items():
            smsc.mobile(text, sender, long="udh", reference=9, order=[sequence])
    assert {message["from"]: message["text"] for message in uplink.inbound(3)} == texts


def test_short_codes_and_names_write_too(uplink, smsc):
    smsc.mobile("from a short code", "9123")
    smsc.ask("deliver", fields={
        "source_addr": "VIETTEL", "source_addr_ton": 5, "source_addr_npi": 0, "destination_addr": "1", "esm_class": 0,
        "data_coding": 0, "short_message": {"message": "from a name"},
    })
    assert {message["from"]: message["text"] for message in uplink.inbound(2)} == {
        "9123": "from a short code", "VIETTEL": "from a name",
    }
