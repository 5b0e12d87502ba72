"""Messages from phones: every one whose parts were taken is there, once."""

from collections import Counter
from dataclasses import dataclass, field


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
