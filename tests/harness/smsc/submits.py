"""What an SMSC was given, as its decoder read it."""

from dataclasses import dataclass, field


@dataclass
class Submit:
    """One submit_sm."""

    to: str
    source: str
    text: str
    data_coding: int
    esm_class: int
    registered_delivery: int
    # What the SMSC answered: accept, refuse, throttle, swallow (nothing) or drop (the connection ended instead).
    answer: str
    # The SMSC has it and would send it on; a drop or a swallow may be either way.
    taken: bool
    id: str | None = None
    status: int = 0
    # (reference, total, sequence), and where it stood: "udh" or "sar".
    part: tuple | None = None
    long: str | None = None
    # The text stood in the TLV message_payload.
    payload: bool = False
    session: int | str | None = None
    # Requests of this session without an answer when this one came, itself counted; None where the SMSC cannot tell.
    open: int | None = None
    # Seconds of a clock that only goes forward.
    at: float | None = None
    fields: dict = field(default_factory=dict, repr=False)


@dataclass
class Message:
    """The parts of one message that an SMSC has put together."""

    to: str
    source: str
    total: int
    parts: dict = field(default_factory=dict)

    @property
    def complete(self):
        return len(self.parts) == self.total

    @property
    def text(self):
        return "".join(self.parts[sequence].text for sequence in sorted(self.parts))


def joined(submits):
    """The messages in these submits; a part that came twice begins another message, which stays incomplete."""
    messages, unfinished = [], {}
    for submit in submits:
        reference, total, sequence = submit.part or (None, 1, 1)
        key = (submit.source, submit.to, reference, total)
        message = unfinished.get(key)
        if message is None or message.complete or sequence in message.parts:
            message = unfinished[key] = Message(submit.to, submit.source, total)
            messages.append(message)
        message.parts[sequence] = submit
    return messages


def concatenation(elements):
    """(reference, total, sequence) of the elements of a user data header, or None."""
    for element in elements:
        if element[0] == 0x00 and element[1] == 3:
            return element[2], element[3], element[4]
        if element[0] == 0x08 and element[1] == 4:
            return element[2] << 8 | element[3], element[4], element[5]
    return None
