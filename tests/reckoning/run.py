"""A run with kills and faults: the gateway's word and the air's, message by message."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from .conclusions import false_conclusions, sent_too_often
from .received import arrivals, arrivals_up, reckon_received
from .smsc_log import readings

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
    too_often: list = field(default_factory=list)
    false: list = field(default_factory=list)
    denied: list = field(default_factory=list)
    strangers: list = field(default_factory=list)
    garbled: list = field(default_factory=list)
    mixed_sims: list = field(default_factory=list)
    out_of_order: list = field(default_factory=list)
    store: list = field(default_factory=list)
    crashes: list = field(default_factory=list)
    astray: list = field(default_factory=list)
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
        "too_often": "sent again more often than allowed", "false": "false conclusions",
        "denied": "said not to be sent, but on the air", "strangers": "on the air, never handed in",
        "garbled": "another text on the air", "mixed_sims": "long messages over several SIMs",
        "out_of_order": "long messages out of order", "store": "API and database differ", "crashes": "crashes of the gateway",
        "astray": "waiting, and in no lane",
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


def reckon(outcome, log, policy, smsc=None, max_resends=1):
    """`outcome`: a `harness.chaos.Outcome`. `policy`: what the gateway was told to do with uncertain parts, and
    `max_resends` how often at most. `smsc`: the `SmscLog` of an uplink, if there was one."""
    found = Reckoning(
        messages=len(outcome.accepted), crashes=list(outcome.crashes), astray=list(outcome.astray),
        uplink=smsc.route if smsc else None,
    )
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
        found.too_often += sent_too_often(message, aired[message["to"]], max_resends)
    found.false = false_conclusions(outcome, aired, log)
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
