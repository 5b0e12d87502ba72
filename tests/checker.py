#!/usr/bin/env python3
"""Compares what the gateway says with what was on the air.

    checker.py --url http://127.0.0.1:8080 --key KEY AIRLOG

Reads every outbound message from the API and every submit from the air log of the virtual modems, and says:
lost (accepted, never on the air), sent twice, long messages that changed SIM or order, how evenly the SIMs were used,
and whether each part shows the status report that belongs to it. Exit code 1 when anything is wrong but the spread,
which only counts with --spread.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from harness import AirLog, Api, pdu


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


# An SMSC that takes what the SIMs do not.


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


# What a run with kills and faults comes to.

SENT = {"sent", "delivered", "undelivered"}
UNFINISHED = {"scheduled", "queued", "sending"}
GIVEN_UP = {"failed", "expired", "uncertain"}


@dataclass
class Reckoning:
    """The gateway's word and the air's, message by message. Every list in `wrong` is empty when all is well."""

    messages: int = 0
    parts: int = 0
    states: Counter = field(default_factory=Counter)
    lost: list = field(default_factory=list)
    duplicates: list = field(default_factory=list)
    unmarked: list = field(default_factory=list)
    denied: list = field(default_factory=list)
    strangers: list = field(default_factory=list)
    garbled: list = field(default_factory=list)
    mixed_sims: list = field(default_factory=list)
    out_of_order: list = field(default_factory=list)
    store: list = field(default_factory=list)
    crashes: list = field(default_factory=list)
    marked: int = 0
    resting: int = 0
    uncertain: Counter = field(default_factory=Counter)
    failed: Counter = field(default_factory=Counter)
    concluded: Counter = field(default_factory=Counter)
    mo: int = 0
    mo_arrived: int = 0
    mo_waiting: int = 0
    mo_lost: list = field(default_factory=list)
    mo_doubled: list = field(default_factory=list)
    mo_strangers: list = field(default_factory=list)
    # With an uplink: its route.
    uplink: str | None = None
    uplink_parts: int = 0
    uplink_messages: int = 0
    fallen_back: int = 0
    mixed_carriers: list = field(default_factory=list)
    misplaced: list = field(default_factory=list)
    unexplained: list = field(default_factory=list)

    FAULTS = {
        "lost": "lost", "duplicates": "sent twice, not allowed", "unmarked": "sent twice, not marked",
        "denied": "said not to be sent, but on the air", "strangers": "on the air, never handed in",
        "garbled": "another text on the air", "mixed_sims": "long messages over several SIMs",
        "out_of_order": "long messages out of order", "store": "API and database differ", "crashes": "crashes of the gateway",
        "mo_lost": "received: lost", "mo_doubled": "received: doubled", "mo_strangers": "received: never sent",
    }
    UPLINK_FAULTS = {
        "mixed_carriers": "long messages over SIM and uplink", "misplaced": "said to be sent by another",
        "unexplained": "given up without a reason",
    }

    @property
    def faults(self):
        return self.FAULTS | self.UPLINK_FAULTS if self.uplink else self.FAULTS

    @property
    def wrong(self):
        return [one for name in self.faults for one in getattr(self, name)]

    def __str__(self):
        def number(name, value):
            return f"{name:<44}{value:>7}"

        def counts(title, counter):
            return [number(f"{title}: {name}", count) for name, count in sorted(counter.items())]

        lines = [number("messages accepted", self.messages), number("parts on the air, accepted", self.parts)]
        if self.uplink:
            lines += [
                number("parts taken by the SMSC", self.uplink_parts), number("messages taken by the SMSC", self.uplink_messages),
                number("of these not for the uplink alone", self.fallen_back),
            ]
        lines += counts("state", self.states)
        lines += counts("uncertain", self.uncertain) + counts("concluded", self.concluded) + counts("failed", self.failed)
        lines += [
            number("sent again by the policy, marked", self.marked), number("waiting for a SIM that rests or a report", self.resting),
            number("messages injected", self.mo), number("of these taken by the modems", self.mo_arrived),
            number("still in the network", self.mo_waiting),
        ]
        for name, title in self.faults.items():
            found = getattr(self, name)
            lines.append(number(title, len(found)))
            lines += [f"    {one}" for one in found[:8]]
        return "\n".join(lines)


def reckon(outcome, log, policy, smsc=None):
    """`outcome`: a `harness.chaos.Outcome`. `policy`: what the gateway was told to do with uncertain parts. `smsc`: the
    `SmscLog` of an uplink, if there was one."""
    found = Reckoning(messages=len(outcome.accepted), crashes=list(outcome.crashes), uplink=smsc.route if smsc else None)
    aired = defaultdict(list)
    for submit in log.accepted():
        aired[submit.to].append(submit)
        found.parts += 1
    if smsc:
        up = smsc.accepted()
        for submit in up:
            aired[submit.to].append(submit)
        taken = {submit.to for submit in up}
        found.uplink_parts, found.uplink_messages = len(up), len(taken)
        bound = {message["to"] for message in outcome.outbound if outcome.accepted.get(message["id"], {}).get("from") == smsc.route}
        found.fallen_back = len(taken - bound)
    known = {message["id"] for message in outcome.outbound}
    found.lost += [f"{identifier}: accepted, unknown to the API" for identifier in outcome.accepted if identifier not in known]
    references = Counter(message["reference"] for message in outcome.outbound)
    found.store += [f"reference {name}: {count} messages" for name, count in references.items() if count > 1]
    recipients = {message["to"] for message in outcome.outbound}
    found.strangers = [f"to {to}, {len(submits)} times" for to, submits in aired.items() if to not in recipients]
    for message in outcome.outbound:
        judge(found, message, aired[message["to"]], policy)
    reckon_received(found, outcome.inbound, [*arrivals(log), *(arrivals_up(smsc) if smsc else [])])
    reckon_store(found, outcome)
    return found


def judge(found, message, submits, policy):
    """One outbound message and what was heard of it."""
    found.states[message["state"]] += 1
    if message["state"] == "failed":
        found.failed[reason_of(message)] += 1
    name = f"{message['id']} to {message['to']}, {message['state']}"
    times = Counter(submit.sequence for submit in submits)
    parts = {part["seq"]: part for part in message["parts"]}
    waits_for = message.get("waiting_for")
    if message["state"] == "queued" and waits_for and waits_for["code"] in {"cooling", "report"}:
        # For the one SIM that may carry the rest of it, for minutes; the run was over before.
        found.resting += 1
    elif message["state"] in UNFINISHED:
        waits = f", waits for {waits_for['code']} until {waits_for['until']}" if waits_for else ""
        found.lost.append(f"{name}: not finished{waits}, {sum(times.values())} of {message['segments']} parts on the air")
    for sequence in range(1, message["segments"] + 1):
        part = parts.get(sequence, {"state": "queued", "resends": 0, "uncertain": None})
        judge_part(found, f"{name}, part {sequence} {part['state']}", part, times[sequence], policy)
        if message["state"] in SENT and part["state"] not in SENT:
            found.lost.append(f"{name}: part {sequence} is {part['state']}")
    first = {}
    for submit in submits:
        first.setdefault(submit.sequence, submit)
    if len(first) == message["segments"] and whole_text(first) != message["text"]:
        found.garbled.append(name)
    if list(first) != sorted(first):
        found.out_of_order.append(f"{name}: {list(first)}")
    # One SIM has all that were heard; what went out once more, by the policy, may be on another too.
    by_sim = defaultdict(set)
    for submit in submits:
        by_sim[submit.iccid].add(submit.sequence)
    if submits and max(by_sim.values(), key=len) != set(first):
        if found.uplink in by_sim:
            found.mixed_carriers.append(f"{name}: {dict(by_sim)}")
        else:
            found.mixed_sims.append(name)
    if found.uplink:
        judge_carriers(found, name, message, submits)


def whole_text(first):
    return "".join(first[sequence].text or "" for sequence in sorted(first))


def judge_carriers(found, name, message, submits):
    """What there is to ask where a message may go by SIM or by the uplink."""
    if message["state"] in GIVEN_UP and not message["reason"] and not any(part["uncertain"] for part in message["parts"]):
        found.unexplained.append(name)
    for part in message["parts"]:
        mine = [submit for submit in submits if submit.sequence == part["seq"]]
        carriers = {submit.iccid if submit.iccid == found.uplink else f"sim:{submit.iccid}" for submit in mine}
        if part["state"] in SENT and mine and part["route"] not in carriers:
            found.misplaced.append(f"{name}, part {part['seq']}: by {part['route']}, the logs say {sorted(carriers)}")
        given = part.get("uplink_message_id")
        ids = [submit.id for submit in mine if submit.iccid == found.uplink]
        if given and not any(readings(given) & readings(one) for one in ids):
            found.misplaced.append(f"{name}, part {part['seq']}: under {given}, the SMSC's log has {ids}")


def judge_part(found, name, part, times, policy):
    """`times`: how often the network took it."""
    doubt, resends = part["uncertain"], part["resends"]
    if doubt:
        name += f" ({doubt['reason']['code']}, {doubt['conclusion']}, {doubt['evidence']})"
        if part["state"] == "uncertain":
            found.uncertain[f"{doubt['reason']['code']}, {doubt['conclusion']}, on the air {times}"] += 1
        else:
            found.concluded[f"{doubt['conclusion']} from {doubt['evidence']}"] += 1
    if part["state"] in SENT and not times:
        found.lost.append(f"{name}: never on the air")
    if times > 1 and policy == "hold":
        found.duplicates.append(f"{name}: {times} times")
    elif times > 1 + resends:
        found.unmarked.append(f"{name}: {times} times, {resends} marked")
    elif times > 1:
        found.marked += 1
    if part["state"] in {"failed", "queued"} and times > resends:
        found.denied.append(f"{name}: {times} times on the air")


def reason_of(message):
    return message["reason"]["code"] if message["reason"] else "no reason"


@dataclass
class Arrival:
    """A message from a phone."""

    name: str
    sender: str
    text: str
    parts: int
    taken: set = field(default_factory=set)


def arrivals(log):
    """Injected ones, with the parts that the modems took."""
    injected = {}
    for event in log.events():
        if event["event"] == "inject":
            name = f"injection {event['id']} from {event['from']} to {event['to']}, {event['parts']} parts"
            injected[event["id"]] = Arrival(name, event["from"], event["text"], event["parts"])
        elif event["event"] == "deliver" and event["acknowledged"] and event["injection"] in injected:
            injected[event["injection"]].taken.add(event["id"])
    return list(injected.values())


def arrivals_up(smsc):
    """Those by the uplink, with the parts that the gateway acknowledged."""
    injected = {}
    for event in smsc.events("mobile", "deliver_resp"):
        mark = event.get("mark")
        if mark and event["event"] == "mobile":
            name = f"{mark['id']} by the uplink from {mark['from']}, {mark['parts']} parts"
            injected.setdefault(mark["id"], Arrival(name, mark["from"], mark["text"], mark["parts"]))
        elif mark and event["status"] == 0:
            injected[mark["id"]].taken.add(mark["part"])
    return list(injected.values())


def reckon_received(found, inbound, arrived):
    """Every message from a phone whose parts were taken must be there, once; one marked as perhaps come again does not count."""
    there = Counter((message["from"], message["text"]) for message in inbound if not message.get("possible_duplicate"))
    found.mo = len(arrived)
    for one in arrived:
        count = there.pop((one.sender, one.text), 0)
        whole = len(one.taken) == one.parts
        found.mo_arrived += whole
        if not count and whole:
            found.mo_lost.append(one.name)
        elif not count:
            found.mo_waiting += 1
        elif count > 1:
            found.mo_doubled.append(f"{one.name}: {count} times")
    found.mo_strangers = [f"from {sender}, {count} times, {len(text or '')} characters" for (sender, text), count in there.items()]


def reckon_store(found, outcome):
    """What the database itself says, if it was asked."""
    if not outcome.database:
        return
    if outcome.database["integrity"] != ["ok"]:
        found.store.append(f"integrity: {outcome.database['integrity'][:3]}")
    shown = {message["id"] for message in [*outcome.outbound, *outcome.inbound]}
    found.store += [f"only in the database: {one}" for one in outcome.database["ids"] - shown]
    found.store += [f"only in the API: {one}" for one in shown - outcome.database["ids"]]
    parts = sum(len(message["parts"]) for message in outcome.outbound)
    if parts != outcome.database["parts"]:
        found.store.append(f"{parts} parts in the API, {outcome.database['parts']} in the database")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("airlog")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--key", required=True)
    parser.add_argument("--spread", type=float, help="largest deviation from even that is right, 0.1 for 10 %%")
    arguments = parser.parse_args()
    api = Api(urlsplit(arguments.url).port, arguments.key)
    messages = api.every("/api/v1/messages", direction="outbound", limit=500)
    findings = compare(messages, AirLog(arguments.airlog), [sim["iccid"] for sim in api.sims()])
    print(findings)
    uneven = arguments.spread is not None and findings.spread > arguments.spread
    return 1 if findings.wrong or uneven else 0


if __name__ == "__main__":
    sys.exit(main())
