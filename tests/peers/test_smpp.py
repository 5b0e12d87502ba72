"""The uplink as an ESME of other people's SMSCs: what is sent is what they read."""

import pytest

from harness import eventually, number

GSM7 = "Hello {[€]} @£$ Ωä"
UNICODE = "Xin chào bạn, đây là tin nhắn tiếng Việt \U0001f600"
LONG = " ".join(f"{i:03} all of this [text] must arrive;" for i in range(16))
LONG_UNICODE = UNICODE * 5


def test_it_binds_and_is_shown(uplink, smsc):
    [bind] = smsc.binds()
    assert (bind["command"], bind["system_id"], bind["password"]) == ("bind_transceiver", smsc.SYSTEM_ID, smsc.PASSWORD)
    assert bind["interface_version"] == 0x34
    shown = uplink.shown()
    assert shown["state"] == "bound" and shown["bound_since"] and shown["last_error"] is None
    assert (shown["in_flight"], shown["host"], shown["port"], shown["window"]) == (0, "127.0.0.1", smsc.port, 10)
    assert "password" not in shown and smsc.PASSWORD not in str(shown)
    listed = uplink.api.get("/api/v1/uplinks").expect(200)["items"]
    assert [(item["name"], item["state"]) for item in listed] == [("primary", "bound")]
    # A gateway that has an uplink and no SIM can send.
    uplink.api.get("/readyz").expect(200)


def test_it_is_changed_disabled_and_deleted(uplink, smsc):
    uplink.put(enabled=False)
    uplink.wait_state("disabled")
    eventually(lambda: smsc.bound() == [])
    assert smsc.pdus("unbind"), "it says good-bye"
    identifier = uplink.send(number(1))
    assert uplink.api.message(identifier)["state"] == "queued"
    # The password is kept where a change does not name it.
    body = {key: value for key, value in uplink.body.items() if key != "password"}
    answer = uplink.api.request("PUT", "/api/v1/uplinks/primary", {**body, "enabled": True, "system_type": "VMA"})
    assert answer.status == 200, answer.body
    uplink.wait_bound(binds=2)
    assert (smsc.binds()[-1]["password"], smsc.binds()[-1]["system_type"]) == (smsc.PASSWORD, "VMA")
    uplink.api.wait_state(identifier, "delivered")
    uplink.api.delete("/api/v1/uplinks/primary").expect(200)
    uplink.api.get("/api/v1/uplinks/primary").problem(404)
    eventually(lambda: smsc.bound() == [])


@pytest.mark.parametrize(
    ("text", "encoding", "data_coding"), [("hello", "gsm7", 0), (GSM7, "gsm7", 0), (UNICODE, "ucs2", 8)], ids=["plain", "gsm7", "unicode"]
)
def test_a_short_message(uplink, smsc, text, encoding, data_coding):
    identifier = uplink.send(number(1), text)
    message = uplink.api.wait_state(identifier, "delivered")
    [submit] = smsc.submits()
    assert (submit.to, submit.text, submit.data_coding) == (number(1)[1:], text, data_coding)
    assert (submit.source, submit.fields["source_addr_ton"], submit.fields["source_addr_npi"]) == ("SIMGATE", 5, 0)
    assert (submit.fields["dest_addr_ton"], submit.fields["dest_addr_npi"], submit.part) == (1, 1, None)
    assert submit.registered_delivery & 3 == 1
    assert (message["route"], message["encoding"], message["segments"]) == ("uplink:primary", encoding, 1)
    [part] = message["parts"]
    assert (part["route"], part["state"], part["uplink_message_id"]) == ("uplink:primary", "delivered", submit.id)
    steps = [step["step"] for step in uplink.api.history(identifier)]
    assert steps.index("accepted") < steps.index("sending") < steps.index("part-sent"), steps


@pytest.mark.parametrize("long", ["udh", "sar", "payload"])
@pytest.mark.parametrize(("text", "data_coding"), [(LONG, 0), (LONG_UNICODE, 8)], ids=["gsm7", "unicode"])
def test_a_long_message(connect, smsc, long, text, data_coding):
    uplink = connect(smsc, long=long)
    identifier = uplink.send(number(1), text)
    message = uplink.api.wait_state(identifier, "delivered")
    [taken] = smsc.messages()
    assert taken.complete
    assert taken.text == text
    submits = smsc.submits()
    assert {submit.data_coding for submit in submits} == {data_coding}
    if long == "payload":
        assert [submit.payload for submit in submits] == [True]
    else:
        assert {submit.long for submit in submits} == {long}
        assert [submit.part[2] for submit in submits] == list(range(1, len(submits) + 1))
        assert [part["uplink_message_id"] for part in message["parts"]] == [submit.id for submit in submits]


def test_two_long_messages_to_one_recipient_are_not_mixed(uplink, smsc):
    texts = [f"{i} {LONG}" for i in range(6)]
    uplink.wait_all([uplink.send(number(1), text) for text in texts], "delivered")
    assert all(message.complete for message in smsc.messages())
    assert sorted(message.text for message in smsc.messages()) == texts


def test_latin1(connect, smsc):
    uplink = connect(smsc, text="latin1")
    texts = {number(1): "äöü @ é", number(2): "Grüße " * 50, number(3): UNICODE}
    uplink.wait_all([uplink.send(to, text) for to, text in texts.items()], "delivered")
    assert {submit.data_coding for submit in smsc.submits(number(1)) + smsc.submits(number(2))} == {3}
    assert {f"+{message.to}": message.text for message in smsc.messages()} == texts


def test_the_source_address_of_a_message_chooses_the_uplink(start_smsc, connect):
    first, second = start_smsc("first"), start_smsc("second")
    uplink = connect(first, source_addr="ACME")
    connect(second, "backup", daemon=uplink.daemon, source_addr="SHOP")
    ids = [uplink.api.send(number(i), "named", sender=sender)["id"] for i, sender in enumerate(("ACME", "SHOP", "ACME"))]
    messages = uplink.wait_all(ids, "delivered")
    assert [message["route"] for message in messages] == ["uplink:primary", "uplink:backup", "uplink:primary"]
    assert [submit.source for submit in first.submits()] == ["ACME", "ACME"]
    assert [submit.source for submit in second.submits()] == ["SHOP"]


def test_a_refused_message_has_failed_and_says_why(uplink, smsc):
    smsc.refuse("1$", "ESME_RINVDSTADR")
    refused, good = uplink.send(number(1)), uplink.send(number(2))
    message = uplink.api.wait_state(refused, "failed")
    assert message["reason"]["code"] == "smpp-0x0b", message
    uplink.api.wait_state(good, "delivered")
    assert [submit.answer for submit in smsc.submits(number(1))] == ["refuse"]


def test_no_receipt_is_asked_for_where_none_is_wanted(uplink, smsc):
    identifier = uplink.send(number(1), status_report=False)
    uplink.api.wait_state(identifier, "sent")
    assert smsc.submits()[0].registered_delivery & 3 == 0


@pytest.mark.parametrize("receipts", ["text", "tlv", "both"])
def test_another_smsc_reads_the_same(connect, start_python_smsc, receipts):
    smsc = start_python_smsc(receipts=receipts)
    uplink = connect(smsc)
    texts = {number(1): GSM7, number(2): UNICODE, number(3): LONG, number(4): LONG_UNICODE}
    messages = uplink.wait_all([uplink.send(to, text) for to, text in texts.items()], "delivered")
    assert {f"+{message.to}": message.text for message in smsc.messages()} == texts
    assert all(message.complete for message in smsc.messages())
    ids = {part["uplink_message_id"] for message in messages for part in message["parts"]}
    assert ids == {submit.id for submit in smsc.submits()}
    smsc.mobile("an answer", number(5))
    [message] = uplink.inbound()
    assert (message["text"], message["from"], message["uplink"]) == ("an answer", number(5), "primary")


@pytest.mark.parametrize("long", ["sar", "payload"])
def test_another_smsc_puts_long_messages_together(connect, start_python_smsc, long):
    smsc = start_python_smsc()
    uplink = connect(smsc, long=long)
    uplink.wait_all([uplink.send(number(1), LONG), uplink.send(number(2), LONG_UNICODE)], "delivered")
    assert [message.text for message in sorted(smsc.messages(), key=lambda message: message.to)] == [LONG, LONG_UNICODE]


def test_a_pair_of_binds(connect, smsc):
    uplink = connect(smsc, bind="pair")
    assert smsc.bound() == ["receiver", "transmitter"]
    uplink.wait_all([uplink.send(number(i)) for i in range(20)], "delivered")
    smsc.mobile(UNICODE, number(5), coding="ucs2")
    assert [message["text"] for message in uplink.inbound()] == [UNICODE]
    # Half of a pair is none: it comes back whole.
    smsc.unbind()
    uplink.wait_bound(binds=4)
    eventually(lambda: smsc.bound() == ["receiver", "transmitter"])
    uplink.api.wait_state(uplink.send(number(30)), "delivered")
    assert len(smsc.taken()) == len({submit.to for submit in smsc.taken()}) == 21


def test_a_pair_of_binds_to_another_smsc(connect, start_python_smsc):
    """smpp34 answers each deliver_sm_resp of a receiver with a generic_nack: no reason to give up the bind."""
    smsc = start_python_smsc()
    uplink = connect(smsc, bind="pair")
    eventually(lambda: smsc.bound() == [False, True])
    since = uplink.shown()["bound_since"]
    uplink.wait_all([uplink.send(number(i), f"number {i}") for i in range(10)], "delivered")
    smsc.mobile("an answer", number(5))
    assert [message["text"] for message in uplink.inbound()] == ["an answer"]
    assert sorted(submit.text for submit in smsc.taken()) == sorted(f"number {i}" for i in range(10))
    assert uplink.shown()["bound_since"] == since
