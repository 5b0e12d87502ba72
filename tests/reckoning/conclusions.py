"""What was concluded of parts in doubt, and whether it is so: the air log knows."""

from datetime import datetime

from harness import pdu

# From the modem's Ctrl-Z to the history's entry, by two programs' looks at one clock.
SLACK_US = 1_000_000


def sent_too_often(message, submits, max_resends):
    """Parts that were on the air, or are said to have been sent again, more often than the gateway may."""
    found = []
    for part in message["parts"]:
        times = sum(submit.sequence == part["seq"] for submit in submits)
        name = f"{message['id']} to {message['to']}, part {part['seq']}"
        if part["resends"] > max_resends:
            found.append(f"{name}: sent again {part['resends']} times, {max_resends} allowed")
        if times > 1 + max_resends:
            found.append(f"{name}: {times} times on the air, {1 + max_resends} allowed")
    return found


def false_conclusions(outcome, aired, log):
    """Every conclusion in every history, and every state that came from a report, against the air log."""
    reported = {key(report) for report in log.reports()}
    found = []
    for message in outcome.outbound:
        submits = aired[message["to"]]
        found += [f"{message['id']}: {fault}" for fault in false_steps(outcome.histories.get(message["id"], []), submits)]
        found += [f"{message['id']}: {fault}" for fault in false_parts(message, submits, reported)]
    return found


def key(report):
    reference, recipient, _ = pdu.parse_report(report["pdu"])
    return report["iccid"], reference, recipient


def false_steps(history, submits):
    """`concluded-sent` of what was not on the air by then, and `concluded-not-sent` of what was."""
    handed = {}
    for step in history:
        part, carrier, at = step.get("part"), carrier_of(step), microseconds(step["at"])
        mine = [submit for submit in submits if submit.sequence == part and submit.iccid == carrier]
        if step["step"] == "sending":
            handed[part] = at
        elif step["step"] in {"concluded-sent", "late-answer"} and not by_a_person(step):
            if not any(began(submit) <= at + SLACK_US for submit in mine):
                yield f"part {part} {step['step']} ({step.get('detail')}), and was not on the air"
        elif step["step"] == "concluded-not-sent" and not by_a_person(step):
            since = handed.get(part, 0) - SLACK_US
            if any(since <= began(submit) <= at for submit in mine):
                yield f"part {part} concluded-not-sent ({step.get('detail')}), and was on the air"


def false_parts(message, submits, reported):
    """Parts with a number that none of their submits had, or with a report that was on none of them."""
    for part in message["parts"]:
        carrier = (part.get("route") or "").removeprefix("sim:")
        mine = [submit for submit in submits if submit.sequence == part["seq"] and submit.iccid == carrier]
        numbers = {getattr(submit, "mr", None) for submit in mine}
        evidence = (part["uncertain"] or {}).get("evidence")
        number = part.get("message_reference")
        if evidence in {"next-reference", "status-report"} and number is not None and number not in numbers:
            yield f"part {part['seq']} by {evidence} with TP-MR {number}, the air says {sorted(map(str, numbers))}"
        by_sim = (part.get("route") or "").startswith("sim:")
        if by_sim and part["state"] in {"delivered", "undelivered"}:
            if not any((carrier, mr, message["to"]) in reported for mr in numbers):
                yield f"part {part['seq']} is {part['state']}, and no report on it came"


def carrier_of(step):
    """As a submit has it: an ICCID, or an uplink's route."""
    return step.get("sim") or (f"uplink:{step['uplink']}" if step.get("uplink") else None)


def by_a_person(step):
    return "an operator said so" in (step.get("detail") or "")


def began(submit):
    """When the modem had the PDU; 0 where the log does not say."""
    return submit.radio_us[0] if hasattr(submit, "radio_us") else 0


def microseconds(text):
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000)
