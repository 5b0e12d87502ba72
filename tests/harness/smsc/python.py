"""PyPI's `smpp34` as SMSC, in a thread of its own. It takes a transceiver as well as a transmitter and receiver pair."""

import asyncio
import threading

import smpp34

from ..paths import free_port
from ..pdu import gsm_text
from .submits import Submit, concatenation, joined


class PythonSmsc:
    """Listens on `port` once it is made; accepts every bind and, but for `refuse`, every submit.

    `receipts`: text, tlv, both or none.
    """

    SYSTEM_ID = "simgate"
    PASSWORD = "secret"

    def __init__(self, port=None, receipts="text"):
        self.port = port or free_port()
        self.receipts = receipts
        self.refused = {}
        # deliver_sm that failed, as the library says it.
        self.failures = []
        self._submits, self._sessions = [], {}
        self._next_id = 5_000_001
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = smpp34.Server(host="127.0.0.1", port=self.port, system_id="python-smsc")
        self._run(self._server.start)
        self._serving = asyncio.run_coroutine_threadsafe(self._serve(), self._loop)

    def _run(self, call):
        # The library begins its work within the call, which therefore has to be made in the loop.
        async def finish():
            return await call()

        return asyncio.run_coroutine_threadsafe(finish(), self._loop).result(60)

    def stop(self):
        if self._thread.is_alive():
            self._serving.cancel()
            self._run(self._server.stop)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # What it does.

    def refuse(self, to, status):
        self.refused[to.removeprefix("+")] = status

    def unbind(self):
        for session in list(self._sessions.values()):
            self._run(session.unbind)

    def mobile(self, text, sender, to="84900000001"):
        """A short text from a phone."""
        coding, octets = (0, text.encode("ascii")) if text.isascii() else (8, text.encode("utf-16-be"))
        self._later(self._deliver(to, octets, sender.removeprefix("+"), data_coding=coding))

    def _later(self, coroutine):
        asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _deliver(self, to, octets, sender, **fields):
        """The library (1.5.0) takes no deliver_sm_resp on a session that is bound as receiver: it answers that with
        generic_nack and reports a failure after 30 s, though the gateway did as it should."""
        try:
            await self._receiver().deliver_sm(to, octets, source_addr=sender, source_addr_ton=1, source_addr_npi=1, **fields)
        except smpp34.SmppError as error:
            self.failures.append(str(error))

    def _receiver(self):
        return next(session for session in self._sessions.values() if session.can_receive)

    # What it has seen.

    def bound(self):
        """Whether each bound session can receive."""
        return sorted(session.can_receive for session in list(self._sessions.values()))

    def submits(self, to=None):
        return [submit for submit in list(self._submits) if to is None or submit.to == to.removeprefix("+")]

    def taken(self, to=None):
        return [submit for submit in self.submits(to) if submit.taken]

    def messages(self, to=None):
        return joined(self.taken(to))

    async def _serve(self):
        while True:
            event = await self._server.next()
            if isinstance(event, smpp34.Esme):
                self._sessions[event.session_id] = event
            elif isinstance(event, smpp34.Unbound):
                self._sessions.pop(event.session_id, None)
            elif isinstance(event, smpp34.SubmitSmEvent):
                self._take(event)

    def _take(self, event):
        submit = decoded(event)
        status = self.refused.get(submit.to)
        if status is not None:
            submit.answer, submit.taken, submit.status = "refuse", False, status
            self._submits.append(submit)
            event.reject(status)
            return
        submit.id = str(self._next_id)
        self._next_id += 1
        self._submits.append(submit)
        event.accept(submit.id)
        if submit.registered_delivery & 3 == 1 and self.receipts != "none":
            self._later(self._receipt(submit))

    async def _receipt(self, submit):
        text = f"id:{submit.id} sub:001 dlvrd:001 submit date:2611251200 done date:2611251201 stat:DELIVRD err:000 text:"
        tlvs = [smpp34.Tlv(smpp34.TLV_RECEIPTED_MESSAGE_ID, submit.id.encode() + b"\0"), smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, b"\2")]
        await self._deliver(
            submit.source, b"" if self.receipts == "tlv" else text.encode(), submit.to,
            esm_class=4, tlvs=[] if self.receipts == "text" else tlvs,
        )


def decoded(event):
    """A submit_sm as the library gives it; the text by the tests' own decoder."""
    tlvs = {tlv.tag: tlv.value for tlv in event.tlvs}
    octets, udh, payload = event.short_message, None, smpp34.TLV_MESSAGE_PAYLOAD in tlvs
    if payload:
        octets = tlvs[smpp34.TLV_MESSAGE_PAYLOAD]
    if event.esm_class & 0x40:
        udh = concatenation(elements(octets[1 : 1 + octets[0]]))
        octets = octets[1 + octets[0] :]
    sar = None
    if smpp34.TLV_SAR_TOTAL_SEGMENTS in tlvs:
        tags = smpp34.TLV_SAR_MSG_REF_NUM, smpp34.TLV_SAR_TOTAL_SEGMENTS, smpp34.TLV_SAR_SEGMENT_SEQNUM
        sar = tuple(int.from_bytes(tlvs[tag], "big") for tag in tags)
    codecs = {8: lambda: octets.decode("utf-16-be"), 3: lambda: octets.decode("latin-1"), 0: lambda: gsm_text(octets)}
    return Submit(
        to=event.destination_addr.removeprefix("+"), source=event.source_addr, text=codecs[event.data_coding](),
        data_coding=event.data_coding, esm_class=event.esm_class, registered_delivery=event.registered_delivery,
        answer="accept", taken=True, part=udh or sar, long="udh" if udh else "sar" if sar else None, payload=payload,
        session=event.session_id,
    )


def elements(header):
    """The information elements of a user data header."""
    found = []
    while header:
        size = 2 + header[1]
        found.append(header[:size])
        header = header[size:]
    return found
