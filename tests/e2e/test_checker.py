"""The checker itself: it must see each fault that it is there for."""

import json
import struct

import pytest
from checker import SmscLog, compare, reckon
from harness import AirLog, number
from harness.chaos import Outcome

SIMS = ["8984000000000000001", "8984000000000000002"]


def octets_of(address):
    digits = address.removeprefix("+")
    padded = digits + "F" * (len(digits) % 2)
    swapped = "".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2))
    return f"{len(digits):02X}91{swapped}"


class Air:
    """Writes an air log by hand, in UCS-2 (the coding is not what is tested)."""

    def __init__(self, path):
        self.path = path
        self.lines = []

    def submit(self, to, text, sim=0, mr=0, concat=None, status=0, began=0):
        header = "" if concat is None else "050003" + "".join(f"{value:02X}" for value in concat)
        body = header + text.encode("utf-16-be").hex().upper()
        first = "21" if concat is None else "61"
        pdu = f"00{first}00{octets_of(to)}0008{len(body) // 2:02X}{body}"
        self.lines.append({
            "event": "submit", "t": len(self.lines), "slot": sim, "iccid": SIMS[sim], "mr": mr, "pdu": pdu, "to": to,
            "accepted": True, "error": None, "command_us": 0, "prompt_us": 0, "ctrl_z_us": began, "done_us": began,
        })
        if status is not None:
            report = f"0006{mr:02X}{octets_of(to)}" + "62112212000000" * 2 + f"{status:02X}"
            self.lines.append({"event": "report", "iccid": SIMS[sim], "mr": mr, "pdu": report, "acknowledged": True})

    def inject(self, identifier, sender, text, taken=1, parts=1):
        self.lines.append({
            "event": "inject", "id": identifier, "to": number(9), "from": sender, "text": text, "parts": parts,
        })
        for part in range(taken):
            self.lines.append({
                "event": "deliver", "id": identifier * 10 + part, "injection": identifier, "acknowledged": True,
            })

    def log(self):
        self.path.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        return AirLog(self.path)


def message(to, text, parts, state="delivered"):
    """As the API answers it; `parts` are (SIM, TP-MR)."""
    return {
        "id": to, "to": to, "text": text,
        "parts": [
            {"seq": i + 1, "state": state, "route": f"sim:{SIMS[sim]}", "message_reference": mr}
            for i, (sim, mr) in enumerate(parts)
        ],
    }


@pytest.fixture
def air(tmp_path):
    return Air(tmp_path / "air.jsonl")


def test_all_well(air):
    air.submit(number(1), "Mã", mr=7)
    air.submit(number(2), "one ", sim=1, mr=1, concat=(9, 2, 1))
    air.submit(number(2), "two", sim=1, mr=2, concat=(9, 2, 2))
    sent = [message(number(1), "Mã", [(0, 7)]), message(number(2), "one two", [(1, 1), (1, 2)])]
    findings = compare(sent, air.log(), SIMS)
    assert findings.wrong == [] and findings.parts == 3
    assert round(findings.spread, 3) == 0.333


def test_a_lost_message(air):
    findings = compare([message(number(1), "gone", [])], air.log(), SIMS)
    assert len(findings.lost) == 1


def test_a_message_sent_twice(air):
    air.submit(number(1), "twice", mr=1)
    air.submit(number(1), "twice", mr=2, sim=1)
    findings = compare([message(number(1), "twice", [(0, 1)])], air.log())
    assert len(findings.duplicates) == 1 and not findings.lost


def test_a_text_that_was_changed(air):
    air.submit(number(1), "chamged", mr=1)
    findings = compare([message(number(1), "changed", [(0, 1)])], air.log())
    assert findings.lost and findings.duplicates


def test_parts_out_of_order_missing_doubled_or_on_two_sims(air):
    air.submit(number(1), "b", mr=1, concat=(1, 2, 2))
    air.submit(number(1), "a", mr=2, concat=(1, 2, 1))
    air.submit(number(2), "a", mr=3, concat=(2, 2, 1))
    air.submit(number(3), "a", mr=4, concat=(3, 2, 1))
    air.submit(number(3), "b", mr=5, concat=(3, 2, 2), sim=1)
    air.submit(number(4), "a", mr=6, concat=(4, 2, 1))
    air.submit(number(4), "a", mr=7, concat=(4, 2, 1))
    air.submit(number(4), "b", mr=8, concat=(4, 2, 2))
    findings = compare([], air.log())
    assert len(findings.out_of_order) == 1
    assert len(findings.incomplete) == 2
    assert len(findings.mixed_sims) == 1


def test_a_report_that_the_gateway_missed_or_invented(air):
    air.submit(number(1), "x", mr=1, status=0)
    air.submit(number(2), "x", mr=2, status=None)
    air.submit(number(3), "x", mr=3, status=0x41)
    air.submit(number(4), "x", mr=4, status=0x30)
    sent = [
        message(number(1), "x", [(0, 1)], state="sent"),
        message(number(2), "x", [(0, 2)], state="delivered"),
        message(number(3), "x", [(0, 3)], state="delivered"),
        message(number(4), "x", [(0, 4)], state="sent"),
    ]
    assert len(compare(sent, air.log()).unmatched_reports) == 3


# What a run with kills and faults comes to.


def outbound(to, text, states, resends=0, doubt=None, state=None):
    """As the API answers it, with what `reckon` looks at."""
    uncertain = doubt and {"reason": {"code": "no-answer"}, "conclusion": doubt[0], "evidence": doubt[1]}
    parts = [{"seq": i + 1, "state": one, "resends": resends, "uncertain": uncertain} for i, one in enumerate(states)]
    return {
        "id": to, "to": to, "text": text, "reference": f"own-{to}", "state": state or states[-1], "reason": None,
        "segments": len(states), "parts": parts,
    }


def judged(air, messages, inbound=(), policy="hold", accepted=None, smsc=None, histories=None):
    """The faults found, by their names."""
    accepted = {message["id"]: {} for message in messages} if accepted is None else accepted
    outcome = Outcome(
        accepted=accepted, outbound=messages, inbound=[{"id": "", **one} for one in inbound], histories=histories or {},
    )
    found = reckon(outcome, air.log(), policy, smsc and smsc.log())
    return {name: len(getattr(found, name)) for name in found.faults if getattr(found, name)}


def test_a_message_that_was_in_no_lane_is_a_fault_though_it_was_put_back(air):
    found = reckon(Outcome(astray=["a message that waits was in no lane"]), air.log(), "hold")
    assert found.astray and found.wrong


def test_a_run_without_faults(air):
    air.submit(number(1), "whole")
    air.submit(number(2), "in ", concat=(1, 2, 1))
    air.submit(number(2), "two", concat=(1, 2, 2))
    air.inject(1, "+84980000001", "hello")
    messages = [outbound(number(1), "whole", ["delivered"]), outbound(number(2), "in two", ["sent", "sent"])]
    inbound = [{"from": "+84980000001", "text": "hello"}]
    assert judged(air, messages, inbound) == {}


def test_what_counts_as_lost(air):
    assert judged(air, [outbound(number(1), "x", ["sent"])]) == {"lost": 1}
    assert judged(air, [outbound(number(1), "x", ["sent"], doubt=("sent", "next-reference"))]) == {"lost": 1}
    assert judged(air, [outbound(number(1), "x", ["queued"])]) == {"lost": 1}
    assert judged(air, [outbound(number(1), "xy", ["sent", "queued"], state="sent")]) == {"lost": 2}
    resting = {**outbound(number(1), "x", ["queued"]), "waiting_for": {"code": "cooling", "until": "2026-11-25T15:06:45Z"}}
    assert judged(air, [resting]) == {}
    assert judged(air, [], accepted={"one": {}}) == {"lost": 1}
    assert judged(air, [outbound(number(1), "x", ["uncertain"], doubt=("held", "policy"))]) == {}
    assert judged(air, [outbound(number(1), "x", ["failed"])]) == {}


def test_what_counts_as_sent_twice(air):
    air.submit(number(1), "x")
    air.submit(number(1), "x")
    assert judged(air, [outbound(number(1), "x", ["sent"])]) == {"duplicates": 1}
    assert judged(air, [outbound(number(1), "x", ["sent"], resends=1)]) == {"duplicates": 1}
    assert judged(air, [outbound(number(1), "x", ["sent"])], policy="resend") == {"unmarked": 1}
    assert judged(air, [outbound(number(1), "x", ["sent"], resends=1)], policy="resend") == {}


def test_a_gateway_that_denies_changes_or_invents(air):
    air.submit(number(1), "x")
    assert judged(air, [outbound(number(1), "x", ["failed"])]) == {"denied": 1}
    assert judged(air, [outbound(number(1), "y", ["sent"])]) == {"garbled": 1}
    assert judged(air, []) == {"strangers": 1}
    air.submit(number(2), "b", concat=(1, 2, 2))
    air.submit(number(2), "a", concat=(1, 2, 1), sim=1)
    messages = [outbound(number(1), "x", ["sent"]), outbound(number(2), "ab", ["sent", "sent"])]
    assert judged(air, messages) == {"out_of_order": 1, "mixed_sims": 1}


def test_a_long_message_that_began_again_on_another_sim(air):
    air.submit(number(1), "a", concat=(1, 2, 1))
    air.submit(number(1), "a", concat=(1, 2, 1), sim=1)
    air.submit(number(1), "b", concat=(1, 2, 2), sim=1)
    messages = [outbound(number(1), "ab", ["sent", "sent"], resends=1)]
    assert judged(air, messages, policy="resend") == {}


def test_received_messages_that_are_lost_doubled_or_not_there_yet(air):
    hello = {"from": "+84980000001", "text": "hello"}
    air.inject(1, hello["from"], hello["text"])
    assert judged(air, []) == {"mo_lost": 1}
    assert judged(air, [], [hello]) == {}
    assert judged(air, [], [hello, hello]) == {"mo_doubled": 1}
    assert judged(air, [], [{**hello, "text": "hell"}]) == {"mo_lost": 1, "mo_strangers": 1}
    air.inject(2, "+84980000002", "in the network", taken=1, parts=2)
    assert judged(air, [], [hello]) == {}


def test_what_is_sent_again_more_often_than_allowed(air):
    for _ in range(3):
        air.submit(number(1), "x")
    thrice = outbound(number(1), "x", ["sent"], resends=2)
    assert judged(air, [thrice], policy="resend") == {"too_often": 2}
    assert judged(air, [outbound(number(1), "x", ["sent"], resends=1)], policy="resend") == {"unmarked": 1, "too_often": 1}


AT = 1_764_374_400  # 2025-11-29T00:00:00Z


def history(*steps, sim=0):
    """Steps of part 1 as the API answers them, ten seconds after one another."""
    return [
        {"step": step, "at": f"2025-11-29T00:00:{10 * i:02}Z", "part": 1, "sim": SIMS[sim], "detail": None}
        for i, step in enumerate(steps)
    ]


def test_a_conclusion_that_is_false(air):
    air.submit(number(1), "x", began=(AT + 1) * 1_000_000)
    air.submit(number(3), "x", began=(AT + 25) * 1_000_000)
    said_sent = history("sending", "uncertain", "concluded-sent")
    said_not_sent = history("sending", "uncertain", "concluded-not-sent")

    def false(to, steps, doubt):
        return judged(air, [outbound(to, "x", ["sent"], doubt=doubt)], histories={to: steps}).get("false", 0)

    # The other recipients' submits are strangers in each of these, which is another fault.
    sent, not_sent = ("sent", "next-reference"), ("not-sent", "next-reference")
    assert false(number(1), said_sent, sent) == 0
    assert false(number(1), said_not_sent, not_sent) == 1
    assert false(number(2), said_sent, sent) == 1
    assert false(number(2), said_not_sent, not_sent) == 0
    # Sent again afterwards: the conclusion was right, and the other one was not yet so.
    assert false(number(3), said_not_sent, not_sent) == 0
    assert false(number(3), said_sent, sent) == 1
    # By another SIM it was not.
    assert false(number(1), history("sending", "uncertain", "concluded-sent", sim=1), sent) == 1
    said_by_a_person = [{**step, "detail": "an operator said so"} for step in said_sent]
    assert false(number(2), said_by_a_person, ("sent", "operator")) == 0


def test_a_report_that_was_on_another_part(air):
    air.submit(number(1), "one ", mr=1, concat=(9, 2, 1), status=0)
    air.submit(number(1), "two", mr=2, concat=(9, 2, 2), status=None)
    both = carried(outbound(number(1), "one two", ["delivered", "delivered"]), SIM)
    assert judged(air, [both]) == {"false": 1}
    one = carried(outbound(number(1), "one two", ["delivered", "sent"]), SIM)
    assert judged(air, [one]) == {}
    one["parts"][1] |= {"message_reference": 7, "uncertain": {"reason": {"code": "no-answer"}, "conclusion": "sent", "evidence": "status-report"}}
    assert judged(air, [one]) == {"false": 1}


# A run with an uplink.

UP = "uplink:primary"


class Smsc:
    """Writes the log of an SMSC by hand."""

    def __init__(self, path):
        self.path = path
        self.lines = []

    def submit(self, to, text, concat=None, data_coding=8, taken=True, identifier=None):
        header = b"" if concat is None else bytes([5, 0, 3, *concat])
        message = header + text.encode({0: "ascii", 3: "latin-1", 8: "utf-16-be"}[data_coding])
        body = b"\0\5\0SIMGATE\0\1\1" + to.removeprefix("+").encode() + b"\0" + bytes([0x40 if header else 0, 0, 0])
        body += b"\0" + b"000001000000000R\0" + bytes([1, 0, data_coding, 0, len(message)]) + message
        octets = struct.pack(">IIII", 16 + len(body), 4, 0, len(self.lines) + 1) + body
        identifier = identifier or str(len(self.lines) + 1000)
        self.lines.append({"event": "submit", "taken": taken, "id": identifier if taken else None, "octets": octets.hex()})

    def mobile(self, identifier, sender, text, acknowledged=1, parts=1, status=0):
        mark = {"id": identifier, "from": sender, "text": text, "parts": parts}
        self.lines += [{"event": "mobile", "mark": {**mark, "part": part + 1}} for part in range(parts)]
        self.lines += [
            {"event": "deliver_resp", "mark": {**mark, "part": part + 1}, "status": status} for part in range(acknowledged)
        ]

    def log(self):
        # A receipt has no mark.
        lines = [*self.lines, {"event": "deliver_resp", "status": 0}]
        self.path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return SmscLog(self.path, UP)


@pytest.fixture
def smsc(tmp_path):
    return Smsc(tmp_path / "smsc.jsonl")


def carried(message, *routes, identifier=None):
    """`message` with a route for each part, the last for all that are left."""
    for i, part in enumerate(message["parts"]):
        part["route"] = routes[min(i, len(routes) - 1)]
        part["uplink_message_id"] = identifier
    return message


SIM = f"sim:{SIMS[0]}"


def test_a_run_with_an_uplink_without_faults(air, smsc):
    air.submit(number(1), "by SIM")
    smsc.submit(number(2), "in ", concat=(1, 2, 1), data_coding=0)
    smsc.submit(number(2), "two", concat=(1, 2, 2), data_coding=0)
    smsc.submit(number(3), "hữu hạn", taken=False)
    smsc.submit(number(3), "hữu hạn", identifier="00004711")
    smsc.mobile(1, "+84980000001", "hello", acknowledged=2, parts=2)
    smsc.mobile(2, "+84980000002", "on its way", acknowledged=1, parts=2)
    smsc.mobile(3, "+84980000003", "not stored", status=8)
    messages = [
        carried(outbound(number(1), "by SIM", ["delivered"]), SIM), carried(outbound(number(2), "in two", ["sent", "sent"]), UP),
        carried(outbound(number(3), "hữu hạn", ["sent"]), UP, identifier="4711"),
    ]
    assert judged(air, messages, [{"from": "+84980000001", "text": "hello"}], smsc=smsc) == {}


def test_what_is_lost_with_an_uplink(air, smsc):
    sent = carried(outbound(number(1), "x", ["sent"]), UP)
    assert judged(air, [sent], smsc=smsc) == {"lost": 1}
    smsc.submit(number(1), "x", taken=False)
    assert judged(air, [sent], smsc=smsc) == {"lost": 1}
    failed = carried(outbound(number(1), "x", ["failed"]), UP)
    assert judged(air, [failed], smsc=smsc) == {"unexplained": 1}
    assert judged(air, [{**failed, "reason": {"code": "smpp-0x0b"}}], smsc=smsc) == {}
    held = carried(outbound(number(1), "x", ["uncertain"], doubt=("held", "policy")), UP)
    assert judged(air, [held], smsc=smsc) == {}


def test_a_message_by_sim_and_by_uplink(air, smsc):
    air.submit(number(1), "x")
    smsc.submit(number(1), "x")
    once = carried(outbound(number(1), "x", ["sent"]), UP)
    again = carried(outbound(number(1), "x", ["sent"], resends=1), UP)
    assert judged(air, [once], smsc=smsc) == {"duplicates": 1}
    assert judged(air, [again], smsc=smsc) == {"duplicates": 1}
    assert judged(air, [once], policy="resend", smsc=smsc) == {"unmarked": 1}
    assert judged(air, [again], policy="resend", smsc=smsc) == {}


def test_a_message_twice_at_the_smsc(air, smsc):
    smsc.submit(number(1), "x")
    smsc.submit(number(1), "x")
    once = carried(outbound(number(1), "x", ["sent"]), UP)
    assert judged(air, [once], smsc=smsc) == {"duplicates": 1}
    assert judged(air, [once], policy="resend", smsc=smsc) == {"unmarked": 1}


def test_a_message_that_changed_its_carrier_on_the_way(air, smsc):
    air.submit(number(1), "a", concat=(1, 2, 1))
    smsc.submit(number(1), "b", concat=(1, 2, 2))
    assert judged(air, [carried(outbound(number(1), "ab", ["sent", "sent"]), SIM, UP)], smsc=smsc) == {"mixed_carriers": 1}
    # Begun anew by the policy, all of it is with the SMSC.
    smsc.submit(number(1), "a", concat=(1, 2, 1))
    smsc.lines.reverse()
    again = carried(outbound(number(1), "ab", ["sent", "sent"], resends=1), UP)
    assert judged(air, [again], policy="resend", smsc=smsc) == {}


def test_an_uplink_that_denies_changes_or_invents(air, smsc):
    smsc.submit(number(1), "x")
    failed = {**carried(outbound(number(1), "x", ["failed"]), UP), "reason": {"code": "smpp-0x0b"}}
    assert judged(air, [failed], smsc=smsc) == {"denied": 1}
    assert judged(air, [carried(outbound(number(1), "y", ["sent"]), UP)], smsc=smsc) == {"garbled": 1}
    assert judged(air, [carried(outbound(number(1), "x", ["sent"]), SIM)], smsc=smsc) == {"misplaced": 1}
    assert judged(air, [carried(outbound(number(1), "x", ["sent"]), UP, identifier="999")], smsc=smsc) == {"misplaced": 1}
    assert judged(air, [carried(outbound(number(1), "x", ["sent"]), UP, identifier="3e8")], smsc=smsc) == {}
    assert judged(air, [], smsc=smsc) == {"strangers": 1}


def test_received_by_the_uplink_lost_or_doubled(air, smsc):
    hello = {"from": "+84980000001", "text": "hello"}
    # Once more after a lost acknowledgement: it is one.
    smsc.mobile(1, hello["from"], hello["text"], acknowledged=0)
    smsc.mobile(1, hello["from"], hello["text"])
    assert judged(air, [], smsc=smsc) == {"mo_lost": 1}
    assert judged(air, [], [hello], smsc=smsc) == {}
    assert judged(air, [], [hello, hello], smsc=smsc) == {"mo_doubled": 1}
    assert judged(air, [], [hello, {**hello, "possible_duplicate": True}], smsc=smsc) == {}
    assert judged(air, [], [hello, {**hello, "text": "hallo"}], smsc=smsc) == {"mo_strangers": 1}
