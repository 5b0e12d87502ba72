"""Binds: TLS, refusals, peers that end them or talk nonsense."""

import struct

import pytest

from harness import eventually, number, stays
from harness.smsc import Authority


def tls(authority, **more):
    return {"enabled": True, "ca": authority.pem, **more}


def wait_error(uplink):
    """Not bound, and a reason to read."""

    def there():
        shown = uplink.shown()
        assert shown["state"] != "bound" and shown["last_error"], shown
        return shown

    return eventually(there)


def test_tls_with_an_authority_of_our_own(start_smsc, connect, authority):
    smsc = start_smsc(identity=authority.sign("server"))
    uplink = connect(smsc, tls=tls(authority))
    uplink.api.wait_state(uplink.send(number(1)), "delivered")
    assert smsc.events("open")[-1]["tls"] in ("TLSv1.2", "TLSv1.3")
    assert [message.text for message in smsc.messages()] == ["hello"]


def test_tls_by_another_name(start_smsc, connect, authority):
    smsc = start_smsc(identity=authority.sign("smsc.example", names=["DNS:smsc.example"]))
    uplink = connect(smsc, bound=False, tls=tls(authority))
    assert "certificate" in wait_error(uplink)["last_error"].lower()
    uplink.put(tls=tls(authority, server_name="smsc.example"))
    uplink.wait_bound()


def test_tls_with_a_client_certificate(start_smsc, connect, authority):
    smsc = start_smsc(identity=authority.sign("server"), clients=authority)
    uplink = connect(smsc, bound=False, tls=tls(authority))
    wait_error(uplink)
    assert smsc.binds() == []
    identity = authority.sign("gateway", "clientAuth")
    answer = uplink.put(tls=tls(authority, client_cert=identity.cert_pem, client_key=identity.key_pem))
    assert "PRIVATE KEY" not in str(answer) and "PRIVATE KEY" not in str(uplink.shown())
    uplink.wait_bound()
    assert smsc.events("open")[-1]["peer"] == "gateway"
    uplink.api.wait_state(uplink.send(number(1)), "delivered")


@pytest.mark.parametrize("wrong", ["authority", "plain server", "no authority"])
def test_tls_that_cannot_be_trusted_sends_nothing(start_smsc, connect, authority, tmp_path, wrong):
    smsc = start_smsc(identity=None if wrong == "plain server" else authority.sign("server"))
    settings = {
        "authority": {"enabled": True, "ca": Authority(tmp_path / "other", "other").pem},
        "no authority": {"enabled": True},
        "plain server": tls(authority),
    }[wrong]
    uplink = connect(smsc, bound=False, tls=settings)
    shown = wait_error(uplink)
    if wrong != "plain server":
        assert "certificate" in shown["last_error"].lower(), shown
    identifier = uplink.send(number(1))
    stays(lambda: uplink.shown()["state"] != "bound", during=2)
    assert uplink.api.message(identifier)["state"] == "queued"
    assert smsc.binds() == [] and smsc.submits() == []


def test_a_plain_uplink_to_a_tls_server(start_smsc, connect, authority):
    smsc = start_smsc(identity=authority.sign("server"))
    uplink = connect(smsc, bound=False)
    wait_error(uplink)
    assert smsc.binds() == []


def test_a_refused_bind_says_why(start_smsc, connect):
    smsc = start_smsc(bind={"status": "ESME_RINVPASWD"})
    uplink = connect(smsc, bound=False)
    shown = uplink.wait_state("refused")
    assert any(word in shown["last_error"] for word in ("ESME_RINVPASWD", "0x0e", "0x0E")), shown
    assert shown["bound_since"] is None
    identifier = uplink.send(number(1))
    assert uplink.api.message(identifier)["state"] == "queued"
    # The operator corrects the password: that is tried at once.
    smsc.accept_binds()
    uplink.put(password="right")
    uplink.wait_bound()
    assert smsc.binds()[-1]["password"] == "right"
    assert uplink.shown()["last_error"] is None or uplink.shown()["state"] == "bound"
    uplink.api.wait_state(identifier, "delivered")


def test_a_refused_bind_is_tried_again_by_itself(start_smsc, connect):
    smsc = start_smsc(bind={"status": "ESME_RALYBND"})
    uplink = connect(smsc, bound=False)
    # "Already bound" is not the operator's fault, and may pass: an old session that the SMSC still holds.
    eventually(lambda: "ESME_RALYBND" in (uplink.shown()["last_error"] or ""))
    uplink.wait_state("refused", "waiting")
    smsc.accept_binds()
    eventually(lambda: uplink.shown()["state"] == "bound", within=180)


def test_nobody_listens_yet(start_smsc, connect):
    smsc = start_smsc()
    smsc.stop()
    uplink = connect(smsc, bound=False)
    wait_error(uplink)
    identifier = uplink.send(number(1))
    smsc.start()
    uplink.wait_bound()
    uplink.api.wait_state(identifier, "delivered")


def test_a_bind_without_an_answer(start_smsc, connect):
    smsc = start_smsc(bind={"status": 0, "silent": True})
    uplink = connect(smsc, bound=False, response_timeout_seconds=1)
    wait_error(uplink)
    smsc.set(bind={"silent": False})
    uplink.wait_bound()


def test_enquire_link_in_both_directions(connect, smsc):
    uplink = connect(smsc, enquire_link_seconds=1)
    eventually(lambda: len(smsc.pdus("enquire_link")) >= 2)
    smsc.enquire()
    eventually(lambda: smsc.pdus("enquire_link_resp"))
    assert len(smsc.binds()) == 1
    assert uplink.shown()["state"] == "bound"


def test_a_peer_that_has_gone_quiet_is_left_and_tried_again(connect, smsc):
    uplink = connect(smsc, enquire_link_seconds=1, response_timeout_seconds=1)
    smsc.set(enquire_link=False)
    uplink.wait_bound(binds=2)
    smsc.set(enquire_link=True)
    uplink.api.wait_state(uplink.send(number(1)), "delivered")
    assert len(smsc.submits()) == 1


def test_state_changes_are_events(connect, smsc):
    uplink = connect(smsc)
    with uplink.api.events() as events:
        smsc.drop()
        events.wait("uplink.state", lambda data: data["state"] != "bound")
        events.wait("uplink.state", lambda data: data["state"] == "bound")


def pdu(command, body=b"", number_=77, length=None):
    return struct.pack(">IIII", 16 + len(body) if length is None else length, command, 0, number_) + body


DELIVER = 5
MALFORMED = {
    "length zero": pdu(DELIVER, length=0),
    "length below a header": pdu(DELIVER, length=15),
    "length beyond reason": pdu(DELIVER, length=0xFFFFFFFF),
    "text": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "noise": bytes((i * 197 + 31) & 0xFF for i in range(600)),
    "unknown command": pdu(0x00000ABC, b"what is this"),
    "unknown answer": pdu(0x80000ABC, b"what is this"),
    "answer to nothing": pdu(0x80000004, b"4711\0"),
    "submit to an ESME": pdu(4, b"\0" * 17),
    "deliver_sm without a body": pdu(DELIVER),
    "deliver_sm without an end of string": pdu(DELIVER, b"\0\1\1" + b"8" * 200),
    "deliver_sm with a text beyond its end": pdu(DELIVER, b"\0\1\1849\0\1\1849\0\0\0\0\0\0\0\0\0\0\xfftext"),
    "TLV beyond its end": pdu(DELIVER, b"\0\1\1849\0\1\1849\0\0\0\0\0\0\0\0\0\0\0\x04\x24\xff\xff12"),
    "header of a text beyond its end": pdu(DELIVER, b"\0\1\1849\0\1\1849\0\x40\0\0\0\0\0\0\0\0\x04\xff\0\3\1"),
    "part 0 of 0": pdu(DELIVER, b"\0\1\1849\0\1\1849\0\x40\0\0\0\0\0\0\0\0\x07\5\0\3\1\0\0a"),
    "receipt without anything": pdu(DELIVER, b"\0\1\1849\0\1\1849\0\x04\0\0\0\0\0\0\0\0\0"),
    "receipt of nonsense": pdu(DELIVER, b"\0\1\1849\0\1\1849\0\x04\0\0\0\0\0\0\0\0\x11id: stat: done id"),
    "generic_nack of nothing": pdu(0x80000000),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_nonsense_from_the_peer(uplink, smsc, name):
    uplink.api.wait_state(uplink.send(number(1)), "delivered")
    smsc.raw(MALFORMED[name])
    smsc.enquire()
    # It has read it: it answers what came after it, or has begun anew.
    eventually(lambda: smsc.pdus("enquire_link_resp") or len(smsc.binds()) > 1)
    eventually(lambda: smsc.bound() == ["transceiver"])
    uplink.wait_bound()
    uplink.api.wait_state(uplink.send(number(2)), "delivered")
    assert [submit.to for submit in smsc.submits()] == [number(1)[1:], number(2)[1:]]
    smsc.mobile("still there", number(3))
    eventually(lambda: "still there" in [message["text"] for message in uplink.inbound()])
    assert "panicked" not in uplink.daemon.log()


def test_an_unknown_command_is_refused_by_name(uplink, smsc):
    smsc.raw(pdu(0x00000ABC, b"what is this"))
    eventually(lambda: [record["command_status"] for record in smsc.pdus("generic_nack")] == [3])
    assert len(smsc.binds()) == 1


@pytest.mark.parametrize(
    ("name", "body"),
    [("no end of string", b"47" * 40), ("identifier too long", b"9" * 80 + b"\0"), ("no body", b"")],
)
def test_a_garbled_answer_sends_nothing_twice(connect, smsc, name, body):
    uplink = connect(smsc, extra="[scheduler]\nuncertain_wait_seconds = 1\n")
    smsc.hold()
    identifier = uplink.send(number(1), name)
    eventually(lambda: smsc.state()["held"] == 1)
    smsc.raw(pdu(0x80000004, body, smsc.submits()[0].fields["sequence_number"]))
    # Status 0 is a yes, whatever stands behind it.
    message = uplink.api.wait_state(identifier, "sent", "delivered")
    assert message["parts"][0]["uplink_message_id"] is None
    smsc.release(stop=True)
    uplink.wait_bound()
    uplink.api.wait_state(uplink.send(number(2)), "delivered")
    assert len(smsc.submits(number(1))) == 1
