"""The log of everything that was on the air, as the virtual modems write it: one JSON object a line."""

import json
from functools import cached_property
from pathlib import Path

from . import pdu


class Submit:
    """One `AT+CMGS` that a virtual modem took to its end."""

    def __init__(self, record):
        self.record = record
        self.t = record["t"]
        self.slot = record["slot"]
        self.iccid = record["iccid"]
        self.to = record["to"]
        self.mr = record["mr"]
        self.accepted = record["accepted"]
        self.error = record["error"]

    @cached_property
    def pdu(self):
        """Decoded by the tests' own decoder, not by simgate's."""
        return pdu.parse(self.record["pdu"])

    @property
    def text(self):
        return self.pdu.text

    @property
    def sequence(self):
        """Which part of its message this is, from 1."""
        return self.pdu.concat[2] if self.pdu.concat else 1

    @property
    def radio_us(self):
        """When the modem had the whole PDU and when it answered, in microseconds of the wall clock."""
        return self.record["ctrl_z_us"], self.record["done_us"]

    def __repr__(self):
        return f"Submit(slot={self.slot}, to={self.to}, mr={self.mr}, error={self.error})"


class AirLog:
    """Reads the file anew each time, so that a test can watch it grow."""

    def __init__(self, path):
        self.path = Path(path)

    def events(self, kind=None):
        if not self.path.exists():
            return []
        found = []
        with self.path.open() as lines:
            for line in lines:
                if not line.endswith("\n"):
                    break  # being written
                record = json.loads(line)
                if kind is None or record["event"] == kind:
                    found.append(record)
        return found

    def submits(self, to=None):
        """Every submit, accepted or not, in the order of the modems' answers."""
        found = [Submit(record) for record in self.events("submit")]
        return [submit for submit in found if to is None or submit.to == to]

    def accepted(self, to=None):
        """The submits that the network took."""
        return [submit for submit in self.submits(to) if submit.accepted]

    def deliveries(self):
        """Messages that the modems gave to the gateway."""
        return self.events("deliver")

    def reports(self):
        """Status reports that the modems gave to the gateway."""
        return self.events("report")
