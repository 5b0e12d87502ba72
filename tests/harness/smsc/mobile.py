"""Texts of phones, cut into parts as a network cuts them."""

from ..pdu import DEFAULT, EXTENSION

CODINGS = {"gsm7": 0, "latin1": 3, "ucs2": 8}


def units(character, coding):
    """What a character takes of a part."""
    if coding == "ucs2":
        return len(character.encode("utf-16-be")) // 2
    if coding == "gsm7":
        assert character in DEFAULT or character in EXTENSION.values(), f"not in the GSM 7-bit alphabet: {character!r}"
        return 1 if character in DEFAULT else 2
    return 1


def split(text, coding):
    """Parts that leave room for a header; no character is torn apart."""
    room = {"gsm7": 153, "latin1": 134, "ucs2": 67}[coding]
    parts, taken = [""], 0
    for character in text:
        size = units(character, coding)
        if taken + size > room:
            parts.append("")
            taken = 0
        parts[-1] += character
        taken += size
    return parts


def deliver_fields(text, sender, to, coding="gsm7", long=None, reference=1):
    """The fields of the deliver_sm PDUs of one text, for the npm package to encode.

    `long`: "udh", "udh16" (a reference of two octets), "sar" or "payload"; None for a text that fits into one.
    """
    assert coding in CODINGS
    common = {
        "source_addr": sender.removeprefix("+"), "source_addr_ton": 1 if sender.startswith("+") else 0, "source_addr_npi": 1,
        "destination_addr": to, "esm_class": 0, "data_coding": CODINGS[coding],
    }
    if long is None:
        return [{**common, "short_message": {"message": text}}]
    if long == "payload":
        return [{**common, "short_message": {"message": ""}, "message_payload": {"message": text}}]
    parts = split(text, coding)
    made = []
    for sequence, part in enumerate(parts, 1):
        fields = {**common, "short_message": {"message": part}}
        if long == "sar":
            fields.update(sar_msg_ref_num=reference, sar_total_segments=len(parts), sar_segment_seqnum=sequence)
        else:
            header = bytes([5, 0, 3, reference & 0xFF]) if long == "udh" else bytes([6, 8, 4, reference >> 8, reference & 0xFF])
            fields["esm_class"] = 0x40
            fields["short_message"]["udh"] = (header + bytes([len(parts), sequence])).hex()
        made.append(fields)
    return made
