"""An SMSC that takes what the SIMs do not: its log, read by the tests' own decoder."""

import json
from functools import cached_property
from pathlib import Path

from harness import pdu


class UplinkSubmit:
    """One submit_sm that the SMSC has taken: what the checker asks of a submit on the air, read by the tests' own decoder."""

    def __init__(self, record, route):
        self.iccid = route
        self.id = record["id"]
        octets = bytes.fromhex(record["octets"])
        at = octets.index(0, 16) + 3  # service_type, source_addr_ton, source_addr_npi
        at = octets.index(0, at) + 3  # source_addr, dest_addr_ton, dest_addr_npi
        end = octets.index(0, at)
        self.to = "+" * (octets[at - 2] == 1) + octets[at:end].decode("ascii")
        self.esm_class = octets[end + 1]
        # protocol_id, priority_flag, then two times as strings.
        end = octets.index(0, octets.index(0, end + 4) + 1)
        # registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id, sm_length.
        self.data_coding, length = octets[end + 3], octets[end + 5]
        self._message = octets[end + 6 : end + 6 + length]
        if len(self._message) != length:
            raise ValueError(f"sm_length {length}, but {len(self._message)} octets")

    @cached_property
    def _pdu(self):
        """Header and text (SMPP 3.4 §5.2.12, bit 6 of esm_class)."""
        read, body = pdu.Pdu("submit"), self._message
        if self.esm_class & 0x40:
            pdu.elements(body[1 : body[0] + 1], read)
            body = body[body[0] + 1 :]
        decode = {0: pdu.gsm_text, 3: lambda octets: octets.decode("latin-1"), 8: lambda octets: octets.decode("utf-16-be")}
        read.text = decode[self.data_coding](body)
        return read

    @property
    def text(self):
        return self._pdu.text

    @property
    def sequence(self):
        return self._pdu.concat[2] if self._pdu.concat else 1


class SmscLog:
    """The log of the tests' SMSC. What it has taken was sent, whether or not its answer arrived."""

    def __init__(self, path, route):
        self.path, self.route = Path(path), route

    def events(self, *kinds):
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [event for event in map(json.loads, lines) if event["event"] in kinds]

    def accepted(self):
        return [UplinkSubmit(event, self.route) for event in self.events("submit") if event["taken"]]


def readings(identifier):
    """A message_id as it is given, and as the number that it may be (SMSCs give it in one notation and report in another)."""
    found = {identifier.lower().lstrip("0")}
    for base in (10, 16):
        try:
            found.add(int(identifier, base))
        except ValueError:
            pass
    return found
