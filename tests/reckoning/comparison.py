"""A run without kills: every message once, whole, in order, with the report that belongs to it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from harness import pdu


@dataclass
class Aired:
    """One message as it was heard on the air: its parts in the order in which they came."""

    to: str
    total: int
    parts: list = field(default_factory=list)

    @property
    def complete(self):
        return sorted(part.sequence for part in self.parts) == list(range(1, self.total + 1))

    @property
    def text(self):
        """In the order of the sequence numbers, as a phone would show it; None for data."""
        texts = [part.text for part in sorted(self.parts, key=lambda part: part.sequence)]
        return None if None in texts else "".join(texts)

    @property
    def in_order(self):
        return [part.sequence for part in self.parts] == sorted(part.sequence for part in self.parts)

    @property
    def sims(self):
        return {part.iccid for part in self.parts}


@dataclass
class Findings:
    """What the comparison found; every list is empty when all is well."""

    messages: int = 0
    parts: int = 0
    lost: list = field(default_factory=list)
    duplicates: list = field(default_factory=list)
    incomplete: list = field(default_factory=list)
    out_of_order: list = field(default_factory=list)
    mixed_sims: list = field(default_factory=list)
    unmatched_reports: list = field(default_factory=list)
    per_sim: Counter = field(default_factory=Counter)

    @property
    def spread(self):
        """The largest deviation of a SIM's parts from an even share, 0.1 for 10 %."""
        if not self.per_sim:
            return 0.0
        even = sum(self.per_sim.values()) / len(self.per_sim)
        return max(abs(count - even) for count in self.per_sim.values()) / even

    @property
    def wrong(self):
        return self.lost + self.duplicates + self.incomplete + self.out_of_order + self.mixed_sims + self.unmatched_reports

    def __str__(self):
        def line(name, found):
            return f"{name:<40}{len(found):>7}" + "".join(f"\n    {one}" for one in found[:5])

        counts = sorted(self.per_sim.values())
        return "\n".join([
            f"{'messages':<40}{self.messages:>7}",
            f"{'parts on the air, accepted':<40}{self.parts:>7}",
            line("lost", self.lost),
            line("sent twice", self.duplicates),
            line("parts missing", self.incomplete),
            line("long messages out of order", self.out_of_order),
            line("long messages over several SIMs", self.mixed_sims),
            line("parts whose report does not match", self.unmatched_reports),
            f"{'parts per SIM (least, most; SIMs)':<40}{counts[0] if counts else 0:>7}{counts[-1] if counts else 0:>7}"
            f"{len(counts):>7}",
            f"{'largest deviation from even':<40}{self.spread:>7.1%}",
        ])


def assemble(submits):
    """Groups accepted submits into messages: the parts of one have recipient, reference and total in common."""
    found, current = [], {}
    for submit in submits:
        if submit.pdu.concat is None:
            found.append(Aired(submit.to, 1, [submit]))
            continue
        reference, total, sequence = submit.pdu.concat
        key = (submit.to, reference, total)
        message = current.get(key)
        # A sequence number that was there already begins another message (or is a part sent twice, which
        # then shows as one message too many).
        if message is None or any(part.sequence == sequence for part in message.parts):
            message = current[key] = Aired(submit.to, total)
            found.append(message)
        message.parts.append(submit)
    return found


def reports_by_part(reports):
    """(ICCID, TP-MR, recipient) -> the TP-STs reported, in order."""
    found = defaultdict(list)
    for report in reports:
        reference, recipient, status = pdu.parse_report(report["pdu"])
        found[report["iccid"], reference, recipient].append(status)
    return found


def compare(messages, log, sims=()):
    """`messages`: outbound ones as the API answers them. `sims`: ICCIDs that should have had their share."""
    findings = Findings(messages=len(messages))
    submits = log.accepted()
    findings.parts = len(submits)
    findings.per_sim = Counter({iccid: 0 for iccid in sims})
    findings.per_sim.update(submit.iccid for submit in submits)

    aired = assemble(submits)
    for one in aired:
        name = f"to {one.to}, {len(one.parts)} of {one.total} parts"
        if not one.complete:
            findings.incomplete.append(name)
        if not one.in_order:
            findings.out_of_order.append(f"{name}: {[part.sequence for part in one.parts]}")
        if len(one.sims) > 1:
            findings.mixed_sims.append(name)

    wanted = Counter((message["to"], message["text"]) for message in messages)
    heard = Counter((one.to, one.text) for one in aired if one.complete)
    findings.lost = [f"to {to}, {count} times" for (to, _), count in (wanted - heard).items()]
    findings.duplicates = [f"to {to}, {count} times" for (to, _), count in (heard - wanted).items()]
    findings.unmatched_reports = unmatched(messages, log)
    return findings


def unmatched(messages, log):
    """Parts whose state in the API is not what the report on the air says."""
    wrong = []
    reports = reports_by_part(log.reports())
    for message in messages:
        for part in message["parts"]:
            iccid = part["route"].removeprefix("sim:") if part["route"] else None
            statuses = reports.get((iccid, part["message_reference"], message["to"]), [])
            expected = state_after(statuses)
            # TP-MR comes round after 256 submits: with several reports under one key any of them may be this part's.
            if part["state"] != expected and len(statuses) < 2:
                wrong.append(f"{message['id']} part {part['seq']}: {part['state']}, the air says {expected}")
    return wrong


def state_after(statuses):
    """The state of an accepted part once these TP-STs have come (TS 23.040, 9.2.3.15)."""
    last = statuses[-1] if statuses else 0x20
    if last < 0x20:
        return "delivered"
    # 0x20 to 0x3F: the service centre is still trying.
    return "sent" if last < 0x40 else "undelivered"
