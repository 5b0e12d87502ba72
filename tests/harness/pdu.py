"""Reads SMS-SUBMIT and SMS-DELIVER PDUs, as TS 23.040 describes them.

Written apart from simgate's own codec on purpose: a fault in that one must not hide from the tests. It reads what the
tests send: the default alphabet with its extension table, UCS-2, octets, concatenation.
"""

from dataclasses import dataclass, field

# TS 23.038, 6.2.1: the default alphabet, in the order of its codes; 0x1B (escape) stands as U+001B.
DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# TS 23.038, 6.2.1.1.
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}
assert len(DEFAULT) == 128


@dataclass
class Pdu:
    """One TPDU with what the tests compare."""

    kind: str
    smsc: str | None = None
    address: str = ""
    reference: int | None = None
    dcs: int = 0
    report_requested: bool = False
    text: str | None = None
    data: bytes = b""
    concat: tuple | None = None  # (reference, total, sequence)
    ports: tuple | None = None  # (destination, source)
    validity: bytes = b""
    elements: list = field(default_factory=list)


class Octets:
    """Takes octets from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count=1):
        piece = self.data[self.at : self.at + count]
        if len(piece) < count:
            raise ValueError(f"the PDU ends early, at octet {self.at}")
        self.at += count
        return piece

    def octet(self):
        return self.take()[0]


def semi_octets(data, digits):
    """Swapped nibbles, as addresses and time stamps have them."""
    return "".join("0123456789*#abc_"[nibble] for octet in data for nibble in (octet & 15, octet >> 4))[:digits]


def septets(data, count, skip_bits=0):
    """`count` 7-bit codes, after `skip_bits` bits of header and fill."""
    bits = int.from_bytes(data, "little") >> skip_bits
    return [(bits >> (7 * i)) & 0x7F for i in range(count)]


def gsm_text(codes):
    """Codes of the default alphabet as text."""
    out, escape = [], False
    for code in codes:
        if escape:
            out.append(EXTENSION.get(code, DEFAULT[code]))
            escape = False
        elif code == 0x1B:
            escape = True
        else:
            out.append(DEFAULT[code])
    return "".join(out)


def address(octets):
    """TP-DA, TP-OA: length in digits, type, semi-octets or packed septets (9.1.2.5)."""
    digits = octets.octet()
    kind = octets.octet()
    data = octets.take((digits + 1) // 2)
    if kind & 0x70 == 0x50:
        return gsm_text(septets(data, digits * 4 // 7))
    number = semi_octets(data, digits)
    return "+" + number if kind & 0x70 == 0x10 else number


def parse(text):
    """A PDU in hex, with the SMSC address in front, of an SMS-SUBMIT (as `AT+CMGS` takes it)."""
    octets = Octets(bytes.fromhex(text))
    smsc = None
    length = octets.octet()
    if length:
        kind = octets.octet()
        smsc = semi_octets(octets.take(length - 1), 2 * (length - 1)).rstrip("_")
        smsc = "+" + smsc if kind & 0x70 == 0x10 else smsc
    first = octets.octet()
    if first & 3 != 1:
        raise ValueError(f"not an SMS-SUBMIT: first octet {first:02x}")
    pdu = Pdu("submit", smsc=smsc, reference=octets.octet(), report_requested=bool(first & 0x20))
    pdu.address = address(octets)
    octets.octet()  # TP-PID
    pdu.dcs = octets.octet()
    pdu.validity = octets.take({0: 0, 2: 1, 1: 7, 3: 7}[(first >> 3) & 3])
    user_data(octets, pdu, bool(first & 0x40))
    return pdu


def user_data(octets, pdu, has_header):
    """TP-UDL and TP-UD (9.2.3.16, 9.2.3.24)."""
    length = octets.octet()
    data = octets.data[octets.at :]
    header = 0
    if has_header:
        header = data[0] + 1
        elements(data[1:header], pdu)
    alphabet = (pdu.dcs >> 2) & 3 if pdu.dcs < 0x80 else (0 if not pdu.dcs & 4 else 1)
    if alphabet == 0:
        fill = -(-header * 8 // 7)  # the header takes whole septets
        codes = septets(data, length - fill, fill * 7)
        if len(data) != (length * 7 + 7) // 8:
            raise ValueError(f"TP-UDL {length} septets, but {len(data)} octets")
        pdu.text = gsm_text(codes)
    else:
        if len(data) != length:
            raise ValueError(f"TP-UDL {length} octets, but {len(data)}")
        pdu.data = data[header:]
        if alphabet == 2:
            pdu.text = pdu.data.decode("utf-16-be")


def elements(data, pdu):
    """The information elements of the header (9.2.3.24)."""
    octets = Octets(data)
    while octets.at < len(data):
        identifier = octets.octet()
        value = octets.take(octets.octet())
        pdu.elements.append((identifier, value))
        if identifier == 0x00:
            pdu.concat = (value[0], value[1], value[2])
        elif identifier == 0x08:
            pdu.concat = (value[0] << 8 | value[1], value[2], value[3])
        elif identifier == 0x05:
            pdu.ports = (value[0] << 8 | value[1], value[2] << 8 | value[3])
        elif identifier == 0x04:
            pdu.ports = (value[0], value[1])


def parse_report(text, has_smsc=True):
    """An SMS-STATUS-REPORT as (TP-MR, TP-RA, TP-ST)."""
    octets = Octets(bytes.fromhex(text))
    if has_smsc:
        octets.take(octets.octet())
    first = octets.octet()
    if first & 3 != 2:
        raise ValueError(f"not an SMS-STATUS-REPORT: first octet {first:02x}")
    reference = octets.octet()
    recipient = address(octets)
    octets.take(14)  # TP-SCTS, TP-DT
    return reference, recipient, octets.octet()
