"""What a host says to a bank controller, written anew from the description in `firmware/wire`, so that a fault of that
crate is no fault of the tests too."""

import zlib

REQUESTS = ["hello", "ping", "bank", "slot", "power", "cycle", "key", "reset", "sim", "clear_fault", "timing", "limits",
            "prepare_update", "update"]
POWER = {"on": 0, "off": 1, "cut": 2}
REPLIES = ["hello", "done", "bank", "slot", "update_code", "refused"]
REFUSALS = ["protocol", "no_hello", "unknown", "stale", "no_slot", "no_sim", "cannot_do", "not_off", "not_on", "faulted",
            "fault_persists", "out_of_range", "wrong_code"]
STATES = ["off", "waiting", "rising", "on", "key", "reset", "falling", "dark", "fault"]
FAULTS = ["overcurrent", "before_power", "supply", "line"]
RESETS = ["power", "pin", "watchdog", "other"]


def varint(number):
    octets = bytearray()
    while number > 0x7F:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*octets, number])


def cobs(octets):
    """No run has 254 octets here, so a run ends at a zero or at the end."""
    return b"".join(bytes([len(run) + 1]) + run for run in octets.split(b"\0"))


def uncobs(octets):
    runs = []
    while octets:
        length = octets[0]
        if len(octets) < length:
            raise ValueError("a run is cut")
        runs.append(octets[1:length])
        octets = octets[length:]
    return b"\0".join(runs)


def frame(seq, body):
    content = varint(seq) + body
    return cobs(content + zlib.crc32(content).to_bytes(4, "little")) + b"\0"


def request(seq, name, *fields):
    """`fields` are numbers, all of which postcard writes alike as long as an octet is below 128."""
    return frame(seq, varint(0) + varint(REQUESTS.index(name)) + b"".join(varint(field) for field in fields))


class Fields:
    def __init__(self, octets):
        self.octets = list(octets)

    def octet(self):
        return self.octets.pop(0)

    def number(self):
        number, shift = 0, 0
        while True:
            octet = self.octet()
            number |= (octet & 0x7F) << shift
            if octet < 0x80:
                return number
            shift += 7

    def of(self, names):
        return names[self.number()]

    def slot(self):
        slot = {"slot": self.octet(), "state": self.of(STATES)}
        if slot["state"] == "fault":
            slot["fault"] = self.of(FAULTS)
        return slot | {"wanted": bool(self.octet()), "sim": self.octet(), "fault_input": bool(self.octet())}

    def reply(self):
        kind = self.of(REPLIES)
        if kind == "hello":
            return kind, {"protocol": self.number(), "board": self.number(), "firmware": [self.octet() for _ in range(3)],
                          "slots": self.octet(), "sims": self.octet(), "capabilities": self.number()}
        if kind == "bank":
            return kind, {"uptime_s": self.number(), "reset": self.of(RESETS), "powered": self.number(),
                          "faulted": self.number(), "supply_good": bool(self.octet()), "silences": self.number(),
                          "bad_frames": self.number(), "stagger_ms": self.number(), "silence_ms": self.number()}
        if kind == "slot":
            return kind, self.slot()
        if kind == "update_code":
            return kind, self.number()
        if kind == "refused":
            refusal = self.of(REFUSALS)
            return kind, {"protocol": lambda: (refusal, self.number()), "faulted": lambda: (refusal, self.of(FAULTS))}.get(
                refusal, lambda: refusal)()
        return kind, None


def read(octets):
    """A frame without its zero: the number, whether it is a reply or an event, and what is in it."""
    content = uncobs(octets)
    content, checksum = content[:-4], content[-4:]
    if zlib.crc32(content).to_bytes(4, "little") != checksum:
        raise ValueError("the checksum is wrong")
    fields = Fields(content)
    seq, body = fields.number(), fields.number()
    if body == 1:
        found = (seq, "reply", fields.reply())
    elif body == 2:
        fields.number()
        found = (seq, "event", fields.slot())
    else:
        raise ValueError(f"a board says nothing of kind {body}")
    if fields.octets:
        raise ValueError("octets are left")
    return found
