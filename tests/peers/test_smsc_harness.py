"""The SMSCs of the harness, with smpplib (PyPI) in the gateway's place: what a test tells them to do is what they do."""

import socket
import ssl
import struct
import threading

import pytest

from harness import eventually, number
from harness.pdu import DEFAULT
from harness.smsc import Authority

smpplib = pytest.importorskip("smpplib.client", reason="smpplib is not installed (tests/run tools)")
from smpplib import exceptions  # noqa: E402

UNICODE = "Xin chào bạn \U0001f600"
LONG = "0123456789 all of this arrives [€] " * 12


class Esme:
    """A client that reads in a thread of its own and keeps what it is given."""

    def __init__(self, smsc, kind="transceiver", tls=None, password="secret"):
        self.client = smpplib.Client(
            "127.0.0.1", smsc.port, timeout=60, allow_unknown_opt_params=True, ssl_context=tls,
        )
        self.client.logger.disabled = True
        self.received, self.answers, self.errors, self.commands = [], {}, {}, []
        self.client.set_message_received_handler(lambda pdu: self.received.append(pdu) or 0)
        self.client.set_message_sent_handler(lambda pdu: self.answers.update({pdu.sequence: pdu.message_id}))
        self.client.set_error_pdu_handler(lambda pdu: self.errors.update({pdu.sequence: pdu.status}))
        self.client.connect()
        read_pdu = self.client.read_pdu

        def noting():
            pdu = read_pdu()
            self.commands.append(pdu.command)
            return pdu

        self.client.read_pdu = noting
        getattr(self.client, f"bind_{kind}")(system_id="simgate", password=password)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        try:
            while True:
                self.client.read_once(auto_send_enquire_link=False)
        except (exceptions.ConnectionError, OSError, AttributeError, struct.error):
            pass  # the other side, or this one, has closed, or sent what is no PDU

    def submit(self, to, octets=b"hello", **fields):
        fields = {"source_addr": "ACME", "source_addr_ton": 5, "dest_addr_ton": 1, "dest_addr_npi": 1, "registered_delivery": 1, **fields}
        pdu = self.client.send_message(destination_addr=to, short_message=octets, **fields)
        return pdu.sequence

    def answered(self, sequence):
        return eventually(lambda: self.answers.get(sequence)).decode()

    def refused(self, sequence):
        return eventually(lambda: self.errors.get(sequence))

    def receipts(self):
        return [pdu for pdu in list(self.received) if pdu.esm_class & 0x3C]

    def close(self):
        try:
            self.client._socket.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass  # the SMSC was first
        self.thread.join(60)
        self.client.disconnect()


@pytest.fixture
def esme():
    """esme(smsc, ...) -> Esme, bound; closed after the test."""
    clients = []

    def bind(smsc, *arguments, **options):
        clients.append(Esme(smsc, *arguments, **options))
        return clients[-1]

    yield bind
    for client in clients:
        client.close()


def test_submits_are_read_and_put_together(smsc, esme):
    client = esme(smsc)
    client.submit(number(1), bytes([0, 0x1B, 0x65, 0x41]))
    client.submit(number(2), UNICODE.encode("utf-16-be"), data_coding=8)
    client.submit(number(3), "ä".encode("latin-1"), data_coding=3)
    for sequence in (2, 1):
        client.submit(number(4), bytes([5, 0, 3, 7, 2, sequence]) + b"udh%d" % sequence, esm_class=0x40)
        client.submit(number(5), b"sar%d" % sequence, sar_msg_ref_num=9, sar_total_segments=2, sar_segment_seqnum=sequence)
    client.submit(number(6), b"", message_payload=b"p" * 400)
    eventually(lambda: len(client.answers) == 8)
    texts = {message.to: message.text for message in smsc.messages()}
    assert list(texts.values()) == ["@€A", UNICODE, "ä", "udh1udh2", "sar1sar2", "p" * 400]
    assert all(message.complete for message in smsc.messages())
    assert [submit.long for submit in smsc.submits(number(4))] == ["udh", "udh"]
    assert [submit.part for submit in smsc.submits(number(5))] == [(9, 2, 2), (9, 2, 1)]
    assert smsc.submits(number(6))[0].payload
    first = smsc.submits()[0]
    assert (first.source, first.fields["source_addr_ton"], first.registered_delivery, first.open) == ("ACME", 5, 1, 1)
    client.submit(number(4), bytes([5, 0, 3, 7, 2, 1]) + b"again", esm_class=0x40)
    eventually(lambda: not all(message.complete for message in smsc.messages(number(4))))


@pytest.mark.parametrize("mode", ["text", "tlv", "both"])
def test_receipts(smsc, esme, mode):
    smsc.ids(resp="hex", receipt="decimal", first=0xABCDE)
    smsc.receipts(mode, outcomes=[{"to": "2$", "stat": "UNDELIV", "err": "011"}])
    client = esme(smsc)
    assert client.answered(client.submit(number(1))) == "abcde"
    client.submit(number(2))
    client.submit(number(3), registered_delivery=0)
    eventually(lambda: len(client.receipts()) == 2)
    for receipt, stat, state, identifier in zip(client.receipts(), ("DELIVRD", "UNDELIV"), (2, 5), (0xABCDE, 0xABCDF)):
        text = (receipt.short_message or b"").decode()
        assert (f"id:{identifier} " in text and f"stat:{stat} " in text) == (mode != "tlv")
        assert (receipt.message_state, receipt.receipted_message_id) == ((None, None) if mode == "text" else (state, str(identifier).encode()))
        assert receipt.destination_addr == b"ACME"
    eventually(lambda: smsc.state()["waiting"] == 0)


def test_a_receipt_comes_before_the_answer_or_by_hand_or_when_a_receiver_is_there(smsc, esme):
    smsc.receipts(before=True)
    client = esme(smsc)
    order = []
    client.client.set_message_received_handler(lambda pdu: order.append("receipt") or 0)
    client.client.set_message_sent_handler(lambda pdu: order.append("answer"))
    client.submit(number(1))
    eventually(lambda: order == ["receipt", "answer"])
    smsc.receipts("none")
    client.submit(number(2))
    eventually(lambda: len(order) == 3)
    smsc.receipt(smsc.submits(number(2))[0], "EXPIRED")
    eventually(lambda: order[3:] == ["receipt"])

    smsc.receipts("text")
    client.close()
    sender = esme(smsc, "transmitter")
    sender.answered(sender.submit(number(3)))
    eventually(lambda: smsc.state()["waiting"] == 1)
    receiver = esme(smsc, "receiver")
    eventually(receiver.receipts)
    assert smsc.bound() == ["receiver", "transmitter"] and not sender.received


def test_it_refuses_throttles_and_swallows(smsc, esme):
    client = esme(smsc)
    smsc.throttle(times=2)
    assert [client.refused(client.submit(number(1))) for _ in range(2)] == [0x58, 0x58]
    client.answered(client.submit(number(1)))
    smsc.throttle("ESME_RMSGQFUL", every=2)
    assert client.refused(client.submit(number(2))) == 0x14
    client.answered(client.submit(number(2)))
    smsc.set(throttle=None)
    smsc.refuse("3$", "ESME_RINVDSTADR")
    assert client.refused(client.submit(number(3))) == 0x0B
    smsc.swallow(times=1)
    lost = client.submit(number(4))
    client.answered(client.submit(number(5)))
    assert lost not in client.answers
    assert [(submit.answer, submit.taken) for submit in smsc.submits()][-3:] == [("refuse", False), ("swallow", True), ("accept", True)]
    assert len(smsc.taken()) == 4
    assert smsc.submits(number(5))[0].open == 2


def test_it_holds_and_releases_and_drops(smsc, esme):
    client = esme(smsc)
    smsc.hold()
    sequences = [client.submit(number(i)) for i in range(5)]
    eventually(lambda: smsc.state()["held"] == 5)
    assert [submit.open for submit in smsc.submits()] == [1, 2, 3, 4, 5]
    assert smsc.release(2) == 2
    client.answered(sequences[1])
    assert smsc.release(stop=True) == 3
    client.answered(sequences[4])
    smsc.drop_after(2, taken=False)
    client.submit(number(6))
    client.submit(number(7))
    eventually(lambda: not client.thread.is_alive())
    assert [submit.answer for submit in smsc.submits()][-2:] == ["accept", "drop"]
    assert len(smsc.taken()) == 6
    eventually(lambda: smsc.bound() == [])


def test_it_delays_and_falls_silent(smsc, esme):
    client = esme(smsc)
    smsc.set(delay_milliseconds=100)
    sequences = [client.submit(number(i)) for i in range(3)]
    assert [client.answered(sequence) for sequence in sequences] == [submit.id for submit in smsc.submits()]
    smsc.set(delay_milliseconds=0)
    smsc.silent()
    lost = client.submit(number(4))
    eventually(lambda: smsc.submits(number(4)))
    smsc.silent(False)
    client.answered(client.submit(number(5)))
    assert lost not in client.answers
    assert [submit.answer for submit in smsc.submits()] == ["accept"] * 3 + ["swallow", "accept"]


def test_what_is_no_pdu_ends_the_connection(smsc):
    with socket.create_connection(("127.0.0.1", smsc.port), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(100) == b""
    assert smsc.binds() == []


def test_binds_are_refused_and_ended(smsc, esme):
    smsc.refuse_binds("ESME_RINVPASWD")
    with pytest.raises(exceptions.PDUError):
        esme(smsc)
    assert [(bind["system_id"], bind["password"], bind["status"]) for bind in smsc.binds()] == [("simgate", "secret", 14)]
    smsc.accept_binds()
    client = esme(smsc)
    smsc.enquire()
    eventually(lambda: smsc.pdus("enquire_link_resp"))
    smsc.unbind()
    # smpplib reads it and does nothing about it.
    eventually(lambda: "unbind" in client.commands)
    smsc.drop()
    eventually(lambda: not client.thread.is_alive())
    smsc.stop()
    with pytest.raises((exceptions.ConnectionError, OSError)):
        esme(smsc)
    smsc.start()
    again = esme(smsc)
    assert int(again.answered(again.submit(number(1)))) > 2_000_000


def test_raw_octets_arrive_as_they_are(smsc, esme):
    client = esme(smsc)
    smsc.raw(bytes.fromhex("00000010 00000015 00000000 00000063".replace(" ", "")))  # enquire_link, number 99
    eventually(lambda: [pdu for pdu in smsc.pdus("enquire_link_resp") if pdu["sequence_number"] == 99])
    smsc.raw(bytes(4))
    eventually(lambda: not client.thread.is_alive() or client.errors)


@pytest.mark.parametrize(("long", "parts"), [("udh", 3), ("udh16", 3), ("sar", 3), ("payload", 1)])
@pytest.mark.parametrize("coding", ["gsm7", "ucs2"])
def test_messages_from_phones(smsc, esme, coding, long, parts):
    text = LONG if coding == "gsm7" else UNICODE * 11
    client = esme(smsc)
    assert smsc.mobile(text, number(5), coding=coding, long=long) == parts
    assert smsc.mobile("short", number(6)) == 1
    eventually(lambda: len(client.received) == parts + 1)
    pieces = []
    for pdu in client.received[:parts]:
        octets = pdu.message_payload or pdu.short_message
        if long.startswith("udh"):
            assert pdu.esm_class == 0x40
            octets = octets[octets[0] + 1 :]
        pieces.append(octets)
        assert len(octets) <= (1000 if long == "payload" else 153) or coding == "ucs2"
    assert b"".join(pieces) == (gsm_octets(text) if coding == "gsm7" else text.encode("utf-16-be"))
    assert client.received[-1].short_message == b"short"


def gsm_octets(text):
    """With the two characters of the extension table that the text has."""
    escaped = {"[": b"\x1b\x3c", "]": b"\x1b\x3e", "€": b"\x1b\x65"}
    return b"".join(escaped.get(character) or bytes([DEFAULT.index(character)]) for character in text)


def test_tls_with_certificates_on_both_sides(start_smsc, authority, tmp_path, esme):
    smsc = start_smsc(identity=authority.sign("server"), clients=authority)
    other = ssl.create_default_context(cafile=str(Authority(tmp_path / "other", "other").cert))
    context = ssl.create_default_context(cafile=str(authority.cert))
    # smpplib names no host.
    other.check_hostname = context.check_hostname = False
    with pytest.raises((exceptions.ConnectionError, OSError)):
        esme(smsc, tls=other)
    with pytest.raises((exceptions.ConnectionError, OSError)):
        esme(smsc, tls=context)
    identity = authority.sign("gateway", "clientAuth")
    context.load_cert_chain(identity.cert, identity.key)
    client = esme(smsc, tls=context)
    client.answered(client.submit(number(1)))
    assert smsc.events("open")[-1]["peer"] == "gateway"


def test_the_python_one_takes_a_pair(start_python_smsc, esme):
    smsc = start_python_smsc()
    receiver, sender = esme(smsc, "receiver"), esme(smsc, "transmitter")
    eventually(lambda: smsc.bound() == [False, True])
    identifier = sender.answered(sender.submit(number(1)))
    eventually(receiver.receipts)
    assert f"id:{identifier} ".encode() in receiver.receipts()[0].short_message
    sender.submit(number(2), UNICODE.encode("utf-16-be"), data_coding=8)
    for sequence in (1, 2):
        sender.submit(number(3), bytes([5, 0, 3, 7, 2, sequence]) + b"part", esm_class=0x40)
    smsc.refuse(number(4), 0x0B)
    assert sender.refused(sender.submit(number(4))) == 0x0B
    assert [message.text for message in smsc.messages()] == ["hello", UNICODE, "partpart"]
    smsc.mobile("an answer", number(5))
    eventually(lambda: receiver.received[-1].short_message == b"an answer")
