"""`POST /api/v1/routes/explain` says what then happens: which route, which SIM or uplink, or what is waited for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from harness import Bank, Daemon, eventually, number
from harness.smsc import NodeSmsc, Uplink

EXPLAIN, MESSAGES = "/api/v1/routes/explain", "/api/v1/messages"

# Slots of the SIMs by the names that the cases have for them; `{a}` in a case stands for an ICCID.
SLOTS = {"a": 0, "b": 1, "c": 2, "d": 3}
GROUPS = {"a": ["north"], "b": ["north"], "c": ["south"], "d": []}
A, B, C, D = (f"sim:{{{name}}}" for name in SLOTS)
PRIMARY, BACKUP = "uplink:primary", "uplink:backup"
ANY_SIM, ANY_UPLINK = (A, B, C, D), (PRIMARY, BACKUP)


class Gate:
    """A gateway with four SIMs and two uplinks, and all that a case may change of it."""

    def __init__(self, bank, daemon, first, second):
        self.bank, self.daemon, self.api = bank, daemon, daemon.api()
        self.smscs = {"primary": first, "backup": second}
        self.uplinks = {
            "primary": Uplink(daemon, first, "primary", source_addr="PRIMARY"),
            "backup": Uplink(daemon, second, "backup", source_addr="BACKUP"),
        }
        for uplink in self.uplinks.values():
            uplink.put()
        self.keys = {
            None: daemon.key,
            "crm": daemon.create_key("crm", "send"),
        }
        self.iccids = {name: self._iccid(slot) for name, slot in SLOTS.items()}
        self._numbers = iter(range(1_000_000, 2_000_000))
        self._undo = [lambda name=name: self.patch(name) for name in SLOTS]
        self.reset()
        # A key is bound to groups that SIMs are in.
        self.keys["northern"] = daemon.create_key("northern", "send", "--groups", "north")
        # In its first 10 s a gateway waits for SIMs that may still come.
        self.routes(route("all", group("west"), up("primary")))
        eventually(lambda: self.explain({"to": number(0), "text": "any"})["next"] == PRIMARY)
        # An hour's quota of 1 is used up from now on.
        for name in SLOTS:
            self.api.wait_state(self.api.send(self.number(), "first", sender=self.filled(f"sim:{{{name}}}"))["id"], "delivered")

    def _iccid(self, slot):
        [iccid] = [modem["sim"] for modem in self.api.modems() if modem["port"].endswith(f"modem{slot}")]
        return iccid

    def number(self):
        """One that nobody has written to: `+84901...`."""
        return number(next(self._numbers))

    def filled(self, value):
        """With ICCIDs for the names of SIMs."""
        if isinstance(value, str):
            for name, iccid in self.iccids.items():
                value = value.replace(f"{{{name}}}", iccid)
            return value
        if isinstance(value, list | tuple):
            return [self.filled(item) for item in value]
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        return value

    # What a case sets.

    def routes(self, *routes):
        answer = self.api.request("PUT", "/api/v1/routes", {"items": self.filled(routes)})
        assert answer.status == 200, answer.body

    def patch(self, name, **changes):
        """This SIM as it was at first but for the changes."""
        usual = {
            "groups": GROUPS[name], "enabled": True, "quota": {"per_hour": None, "segments": True}, "window": None,
            "cost": None, "prefix_costs": None,
        }
        self.api.patch(f"/api/v1/sims/{self.iccids[name]}", {**usual, **changes}).expect(200)

    def change(self, name, **changes):
        """A SIM until the next case."""
        self._undo.append(lambda: self.patch(name))
        self.api.patch(f"/api/v1/sims/{self.iccids[name]}", changes).expect(200)

    def disable(self, name):
        """An uplink until the next case."""
        self._undo.append(lambda: self.uplinks[name].put(enabled=True))
        self.uplinks[name].put(enabled=False)

    def stop(self, name):
        """The SMSC of an uplink until the next case."""
        self._undo.append(self.smscs[name].start)
        self.smscs[name].stop()
        eventually(lambda: self.uplinks[name].shown()["state"] != "bound")

    def unplug(self, name):
        self._undo.append(lambda: self.bank.plug(SLOTS[name]))
        self.bank.unplug(SLOTS[name])
        eventually(lambda: self.sim(name)["state"] != "ready")

    def fail(self, name):
        """The network bars this SIM until the next case; it rests."""
        self._undo.append(lambda: self.api.post(f"/api/v1/sims/{self.iccids[name]}/reset-health").expect(200))
        self._undo.append(lambda: self.bank.ask(command="no-faults"))
        self.bank.ask(command="fault", slot=SLOTS[name], rule={"fault": "cms", "code": 8, "on": "+CMGS"})
        held = self.api.send(self.number(), "barred", sender=f"sim:{self.iccids[name]}")["id"]
        eventually(lambda: self.sim(name)["state"] == "cooling")
        self.cancel(held)

    def sim(self, name):
        return self.api.get(f"/api/v1/sims/{self.iccids[name]}").expect(200)

    def cancel(self, identifier):
        self.api.delete(f"{MESSAGES}/{identifier}").expect(204)
        assert self.api.message(identifier)["state"] == "cancelled"

    def reset(self):
        """All is as it was at first, and nothing is on its way."""
        while self._undo:
            self._undo.pop()()
        self.routes()
        for uplink in self.uplinks.values():
            uplink.wait_bound()
        self.wait_idle()

    def wait_idle(self):
        """Until no SIM and no uplink has a message in hand."""

        def idle():
            [target] = self.explain({"to": number(0), "text": "any"})["targets"]
            busy = [one for one in target["carriers"] if not one["eligible"]]
            assert not busy and len(target["carriers"]) == len(SLOTS), target
            assert all(uplink.shown()["in_flight"] == 0 for uplink in self.uplinks.values())
            return True

        eventually(idle)

    # What a case asks.

    def explain(self, body, key=None):
        answer = self.api.clone(self.keys[key]).post(EXPLAIN, body).expect(200)
        assert (answer["next"] is None) != (answer["waiting_for"] is None), answer
        eligible = [
            one["carrier"] for target in answer["targets"] for one in target["carriers"] if one["eligible"] and target["reached"]
        ]
        told = [one["eligible"] for target in answer["targets"] for one in target["carriers"]]
        # What is eligible belongs to a target that is reached, and is none only where nothing is next.
        assert sum(told) == len(eligible), answer
        assert answer["next"] in eligible if answer["next"] else not eligible, answer
        return answer

    def send(self, body, key=None):
        return self.api.clone(self.keys[key]).post(MESSAGES, body).expect(202)["id"]

    def carriers(self, to):
        """Who had this recipient on the air or at an SMSC, once each time."""
        sims = [f"sim:{submit.iccid}" for submit in self.bank.air.accepted(to) if submit.sequence == 1]
        uplinks = [f"uplink:{name}" for name, smsc in self.smscs.items() for _ in smsc.messages(to)]
        return sims + uplinks


@pytest.fixture(scope="module")
def gate(tmp_path_factory):
    """One for all cases; none leaves anything for the next."""
    if reason := NodeSmsc.missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("explain")
    bank = Bank(folder / "bank", len(SLOTS))
    daemon = Daemon(folder / "gateway", [bank.pattern])
    smscs = []
    try:
        smscs += [NodeSmsc(folder / name) for name in ("primary", "backup")]
        yield Gate(bank, daemon.start().wait_ready(len(SLOTS)), *smscs)
    finally:
        daemon.close()
        bank.close()
        for smsc in smscs:
            smsc.stop()


# The words of the cases: routes,


def sims(strategy=None, **which):
    return {"sims": which, **({"strategy": strategy} if strategy else {})}


def group(name, strategy=None):
    return sims(strategy, group=name)


def up(name):
    return {"uplink": name}


def route(name, *targets, wait=None, on=("no-sim", "sim-failure", "quota"), **match):
    return {
        "name": name, "match": match, "targets": list(targets),
        "fall_back": {"after_wait_seconds": wait, "on": list(on)},
    }


def hours(first, last):
    """From so many hours to so many hours from now."""
    day = [datetime.now(UTC) + timedelta(hours=count) for count in (first, last)]
    return {"from": f"{day[0]:%H:%M}", "to": f"{day[1]:%H:%M}", "timezone": "Etc/UTC"}


OPEN, CLOSED = hours(-6, 6), hours(6, 12)


# and what comes before.


def off(*names):
    return lambda gate, _: [gate.change(name, enabled=False) for name in names]


def full(*names):
    return lambda gate, _: [gate.change(name, quota={"per_hour": 0}) for name in names]


def room_for_one(name, parts=True):
    """In its quota, which counts parts or messages."""

    def change(gate, _):
        gate.change(name, quota={"segments": parts})
        gate.change(name, quota={"per_hour": gate.sim(name)["used"]["per_hour"] + 1})

    return change


def window(name, when):
    return lambda gate, _: gate.change(name, window=when)


def costs(name, cost=None, **more):
    return lambda gate, _: gate.change(name, cost=cost, **more)


def barred(*names):
    return lambda gate, _: [gate.fail(name) for name in names]


def unplugged(*names):
    return lambda gate, _: [gate.unplug(name) for name in names]


def disabled(*names):
    return lambda gate, _: [gate.disable(name) for name in names]


def unbound(*names):
    return lambda gate, _: [gate.stop(name) for name in names]


def hears(name):
    """The recipient writes to this SIM first."""

    def change(gate, to):
        gate.bank.inject("hello", sender=to, slot=SLOTS[name])
        came = (to, gate.iccids[name])
        eventually(lambda: came in [(seen["from"], seen["sim"]) for seen in gate.api.messages(direction="inbound")])

    return change


@dataclass
class Case:
    name: str
    routes: list
    # The name of the route that leads it, and what carries it: one of several, where the last turns tell which.
    route: str | None
    next: str | tuple | None
    # What it waits for, where nothing carries it.
    waits: str | None = None
    # What the body has beside a number of its own and a short text.
    body: dict | None = None
    setup: tuple = ()
    key: str | None = None
    # Goes on while the message waits.
    other: str = D
    # What has gone is waited for, for 10 s: only then explain says this.
    grace: bool = False


NORTH, SOUTH, UP, SPARE = group("north"), group("south"), up("primary"), up("backup")
TO_ALL = route("all", UP)
LONG = "two parts " * 20

CASES = [
    Case("no routes", [], None, ANY_SIM),
    # match: to_prefix
    Case("first prefix that fits", [route("one", SOUTH, to_prefix=["+8490"]), route("two", UP, to_prefix=["+84901"])], "one", C),
    Case("second prefix fits", [route("one", SOUTH, to_prefix=["+8491"]), route("two", UP, to_prefix=["+8498", "+8490"])], "two", PRIMARY),
    Case("no prefix fits", [route("one", UP, to_prefix=["+8491", "84901"])], None, ANY_SIM),
    Case("short code", [route("one", UP, to_prefix=["+14"]), route("two", SOUTH, to_prefix=["14"])], "two", C, body={"to": "1414"}),
    Case("national number", [route("one", SOUTH, to_prefix=["09"]), route("two", UP, to_prefix=["+8491"])], "two", PRIMARY, body={"to": "0912 345 678"}),
    # match: priority
    Case("priority fits", [route("codes", UP, priority=["otp"]), route("rest", SOUTH)], "codes", PRIMARY, body={"priority": "otp"}),
    Case("priority differs", [route("codes", UP, priority=["otp", "normal"]), route("rest", SOUTH)], "rest", C, body={"priority": "bulk"}),
    Case("priority left out", [route("codes", UP, priority=["otp"]), route("usual", SOUTH, priority=["normal"])], "usual", C),
    Case("two conditions, one fits", [route("both", UP, priority=["bulk"], to_prefix=["+8491"]), route("rest", SOUTH)], "rest", C, body={"priority": "bulk"}),
    # match: key
    Case("key fits", [route("crm", SOUTH, key=["shop", "crm"]), TO_ALL], "crm", C, key="crm"),
    Case("key differs", [route("crm", SOUTH, key=["shop", "crm"]), TO_ALL], "all", PRIMARY),
    Case("key of one group", [TO_ALL], None, (A, B), key="northern"),
    # match: sender
    Case("sender fits", [route("acme", SPARE, sender=["ACME"]), TO_ALL], "acme", BACKUP, body={"from": "ACME"}),
    Case("sender differs", [route("acme", SPARE, sender=["ACME"]), route("rest", sims(), UP)], "rest", PRIMARY, body={"from": "Shop"}),
    Case("sender in other letters", [route("acme", SPARE, sender=["ACME"]), TO_ALL], "all", PRIMARY, body={"from": "Acme"}),
    Case("no sender and a rule for one", [route("acme", SPARE, sender=["ACME"]), route("rest", SOUTH)], "rest", C),
    Case("sender without a rule is the account's own", [], None, BACKUP, body={"from": "BACKUP"}),
    Case("sender without a rule is nobody's own", [route("acme", UP, sender=["ACME"])], None, ANY_UPLINK, body={"from": "Shop"}),
    Case("sender and a route without an uplink", [route("sims", sims())], "sims", None, "route", body={"from": "Shop"}),
    # from
    Case("from a SIM", [TO_ALL], None, C, body={"from": C}),
    Case("from a SIM that is disabled", [TO_ALL], None, None, "disabled", body={"from": C}, setup=(off("c"),)),
    Case("from a group", [TO_ALL], None, C, body={"from": "group:south"}),
    Case("from a group without quota", [TO_ALL], None, None, "quota", body={"from": "group:north"}, setup=(full("a", "b"),)),
    Case("from an uplink", [route("all", SOUTH)], None, BACKUP, body={"from": BACKUP}),
    Case("from an uplink that is disabled", [route("all", UP, SPARE)], None, None, "disabled", body={"from": PRIMARY}, setup=(disabled("primary"),)),
    # match: hours
    Case("within the hours", [route("day", SOUTH, hours=OPEN), TO_ALL], "day", C),
    Case("outside the hours", [route("day", SOUTH, hours=CLOSED), TO_ALL], "all", PRIMARY),
    # targets
    Case("groups in order", [route("all", SOUTH, NORTH)], "all", C),
    Case("a group before an uplink", [route("all", NORTH, UP)], "all", (A, B)),
    Case("one SIM", [route("all", sims(iccid="{b}"), UP)], "all", B),
    Case("an uplink before SIMs", [route("all", UP, sims())], "all", PRIMARY),
    Case("the second uplink first", [route("all", SPARE, UP)], "all", BACKUP),
    Case("the last SIM of a group", [route("all", NORTH, UP)], "all", B, setup=(off("a"),)),
    # strategies
    Case("round-robin", [route("all", group("north", "round-robin"))], "all", (A, B)),
    Case("cheapest", [route("all", group("north", "cheapest"))], "all", B, setup=(costs("a", 2), costs("b", 1.5))),
    Case("cheapest, one without a cost", [route("all", sims("cheapest"))], "all", D, setup=(costs("d", 900),)),
    Case(
        "cheapest for the prefix", [route("all", group("north", "cheapest"))], "all", A,
        setup=(costs("a", 2, prefix_costs={"+84": 3, "+84901": 0.5}), costs("b", 1)),
    ),
    Case(
        "cheapest for another prefix", [route("all", group("north", "cheapest"))], "all", B,
        setup=(costs("a", 2, prefix_costs={"+8491": 0.5}), costs("b", 1)),
    ),
    Case("cheapest is used up", [route("all", group("north", "cheapest"), UP)], "all", A, setup=(costs("a", 2), costs("b", 1), full("b"))),
    Case("cheapest is disabled", [route("all", group("north", "cheapest"), UP)], "all", A, setup=(costs("a", 2), costs("b", 1), off("b"))),
    Case("sticky, the first", [route("all", group("north", "sticky"))], "all", A, setup=(hears("a"),)),
    Case("sticky, the second", [route("all", group("north", "sticky"))], "all", B, setup=(hears("b"),)),
    Case("sticky, the later one", [route("all", sims("sticky"))], "all", C, setup=(hears("b"), hears("c"))),
    Case("sticky, one of another group", [route("all", group("north", "sticky"))], "all", (A, B), setup=(hears("c"),)),
    Case("sticky, one that is disabled", [route("all", group("north", "sticky"), UP)], "all", A, setup=(hears("b"), off("b"))),
    Case("sticky, one that is used up", [route("all", group("north", "sticky"), UP)], "all", A, setup=(hears("b"), full("b"))),
    Case("sticky, nobody yet", [route("all", group("north", "sticky"))], "all", (A, B)),
    # fall_back: no-sim
    Case("all of a group disabled", [route("all", NORTH, UP)], "all", PRIMARY, setup=(off("a", "b"),)),
    Case("all of a group disabled, another", [route("all", NORTH, SOUTH, UP)], "all", C, setup=(off("a", "b"),)),
    Case("all of a group disabled, no-sim not on", [route("all", NORTH, UP, on=["quota"])], "all", None, "disabled", setup=(off("a", "b"),)),
    Case("all of a group disabled and no more", [route("all", NORTH)], "all", None, "disabled", setup=(off("a", "b"),)),
    Case("all SIMs disabled and no more", [route("all", sims())], "all", None, "disabled", setup=(off(*SLOTS),), other=BACKUP),
    Case("a group that is nowhere", [route("all", group("west"), UP)], "all", PRIMARY),
    Case("a group that is nowhere and no more", [route("all", group("west"))], "all", None, "sim"),
    Case("a SIM that is nowhere", [route("all", sims(iccid="8984099999999999999"), NORTH)], "all", (A, B)),
    Case("a SIM that is gone", [route("all", SOUTH, UP)], "all", PRIMARY, setup=(unplugged("c"),), grace=True),
    Case("a SIM that is gone, no-sim not on", [route("all", SOUTH, UP, on=["sim-failure", "quota"])], "all", None, "absent", setup=(unplugged("c"),)),
    # fall_back: quota
    Case("one of a group used up", [route("all", NORTH, UP)], "all", B, setup=(full("a"),)),
    Case("a group used up", [route("all", NORTH, UP)], "all", PRIMARY, setup=(full("a", "b"),)),
    Case("a group used up, then all SIMs", [route("all", NORTH, sims(), UP)], "all", (C, D), setup=(full("a", "b"),)),
    Case("a group used up, quota not on", [route("all", NORTH, UP, on=["no-sim"])], "all", None, "quota", setup=(full("a", "b"),)),
    Case("a group used up or disabled", [route("all", NORTH, UP, on=["quota"])], "all", PRIMARY, setup=(full("a"), off("b"))),
    Case("room for one part", [route("all", SOUTH, UP)], "all", C, setup=(room_for_one("c"),)),
    Case("no room for two parts", [route("all", SOUTH, UP)], "all", PRIMARY, body={"text": LONG}, setup=(room_for_one("c"),)),
    Case("room for one message", [route("all", SOUTH, UP)], "all", C, body={"text": LONG}, setup=(room_for_one("c", parts=False),)),
    Case("no room for two parts, quota not on", [route("all", SOUTH, UP, on=[])], "all", None, "quota", body={"text": LONG}, setup=(room_for_one("c"),)),
    Case("a SIM within its window", [route("all", SOUTH, UP)], "all", C, setup=(window("c", OPEN),)),
    Case("a SIM outside its window", [route("all", SOUTH, UP)], "all", PRIMARY, setup=(window("c", CLOSED),)),
    Case("a SIM outside its window, quota not on", [route("all", SOUTH, UP, on=["no-sim"])], "all", None, "window", setup=(window("c", CLOSED),)),
    Case("used up, and the next is not there", [route("all", SOUTH, UP, SPARE, on=["quota"])], "all", None, "quota", setup=(full("c"), disabled("primary"))),
    Case("one used up, another gone", [route("all", NORTH, UP, on=["quota"])], "all", PRIMARY, setup=(full("a"), unplugged("b"))),
    Case("one SIM used up, then its group", [route("all", sims(iccid="{a}"), NORTH, UP)], "all", B, setup=(full("a"),)),
    # fall_back: sim-failure
    Case("a SIM that rests", [route("all", SOUTH, UP, on=["sim-failure"])], "all", PRIMARY, setup=(barred("c"),)),
    Case("a SIM that rests, sim-failure not on", [route("all", SOUTH, UP, on=["no-sim", "quota"])], "all", None, "cooling", setup=(barred("c"),)),
    Case("one rests, another is used up", [route("all", NORTH, UP, on=["quota"])], "all", PRIMARY, setup=(full("a"), barred("b"))),
    # fall_back: after_wait_seconds
    Case("no wait, but a SIM", [route("all", SOUTH, UP, wait=0)], "all", C),
    Case("no wait, nothing else on", [route("all", SOUTH, UP, wait=0, on=[])], "all", PRIMARY, setup=(full("c"),)),
    Case("no wait, down to the last target", [route("all", SOUTH, NORTH, SPARE, wait=0, on=[])], "all", BACKUP, setup=(full("a", "b", "c"),)),
    Case("a long wait, nothing else on", [route("all", SOUTH, UP, wait=86_400, on=[])], "all", None, "quota", setup=(full("c"),)),
    # uplinks that are not there
    Case("an uplink disabled", [route("all", UP, SPARE)], "all", BACKUP, setup=(disabled("primary"),)),
    Case("an uplink disabled, then SIMs", [route("all", UP, SOUTH)], "all", C, setup=(disabled("primary"),)),
    Case("SIMs and an uplink disabled", [route("all", NORTH, UP, SPARE)], "all", BACKUP, setup=(off("a", "b"), disabled("primary"))),
    Case("an uplink disabled, no-sim not on", [route("all", UP, SPARE, on=["quota"])], "all", None, "disabled", setup=(disabled("primary"),)),
    Case("all uplinks disabled", [route("all", UP, SPARE)], "all", None, "disabled", setup=(disabled("primary", "backup"),)),
    Case("a sender and its uplink disabled", [], None, BACKUP, body={"from": "PRIMARY"}, setup=(disabled("primary"),)),
    Case("a sender and all uplinks disabled", [], None, None, "disabled", body={"from": "Shop"}, setup=(disabled("primary", "backup"),)),
    Case("a sender and the first uplink disabled", [route("all", sims(), UP, SPARE)], "all", BACKUP, body={"from": "Shop"}, setup=(disabled("primary"),)),
    Case("a sender and its route's uplink disabled", [route("all", sims(), UP)], "all", None, "disabled", body={"from": "Shop"}, setup=(disabled("primary"),)),
    Case("an uplink unbound", [route("all", UP, SPARE)], "all", BACKUP, setup=(unbound("primary"),), grace=True),
    Case("an uplink unbound, no-sim not on", [route("all", UP, SPARE, on=[])], "all", None, "uplink", setup=(unbound("primary"),)),
]


def explained(gate, case, body):
    """What explain says, which is what the case expects."""
    wanted = gate.filled([case.next] if isinstance(case.next, str | None) else case.next)

    def expected():
        answer = gate.explain(body, case.key)
        waits = answer["waiting_for"] and answer["waiting_for"]["code"]
        assert answer["next"] in wanted and waits == case.waits, f"{wanted} {case.waits} expected: {answer}"
        assert answer["route"] == case.route, answer
        return answer

    return eventually(expected) if case.grace else expected()


def goes_by(gate, body, next, key=None):
    """Sent now, it goes by this one and no other."""
    identifier = gate.send(body, key)
    message = gate.api.wait_state(identifier, "delivered")
    assert message["route"] == next, message
    assert gate.carriers(message["to"]) == [next]


def stays_for(gate, body, waiting, key=None, other=D):
    """Sent now, it waits for this, and something else that came later does not."""
    identifier = gate.send(body, key)

    def waits():
        message = gate.api.message(identifier)
        assert message["state"] == "queued" and message["route"] is None, message
        seen = message["waiting_for"]
        assert seen["code"] == waiting["code"], message
        assert (seen["until"] is None) == (waiting["until"] is None), message
        return message

    waits()
    gate.api.wait_state(gate.api.send(gate.number(), "later", sender=gate.filled(other))["id"], "delivered")
    assert gate.carriers(waits()["to"]) == []
    gate.cancel(identifier)


@pytest.mark.within_an_hour
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_explain_says_what_then_happens(gate, case):
    gate.reset()
    body = {"to": gate.number(), "text": "hello", **gate.filled(case.body or {})}
    for setup in case.setup:
        setup(gate, body["to"])
    gate.routes(*case.routes)
    answer = explained(gate, case, body)
    if answer["next"]:
        goes_by(gate, body, answer["next"], case.key)
    else:
        stays_for(gate, body, answer["waiting_for"], case.key, case.other)


@pytest.mark.parametrize("strategy", ["round-robin", "balance"])
def test_what_is_next_changes_with_each_turn(gate, strategy):
    gate.reset()
    gate.routes(route("all", group("north", strategy)))
    nexts = []
    for _ in range(6):
        body = {"to": gate.number(), "text": "hello"}
        answer = gate.explain(body)
        # Explaining takes no turn.
        assert gate.explain(body) == answer
        goes_by(gate, body, answer["next"])
        nexts.append(answer["next"])
        eventually(lambda: all(one["eligible"] for one in gate.explain(body)["targets"][0]["carriers"]))
    if strategy == "round-robin":
        assert set(nexts) == set(gate.filled([A, B]))
        assert nexts == nexts[:2] * 3


REFUSED = {
    "no recipient": {"text": "hello"},
    "a recipient that is none": {"to": "12", "text": "hello"},
    "no body": {"to": number(1)},
    "two bodies": {"to": number(1), "text": "hello", "template": "hello"},
    "an unknown field": {"to": number(1), "text": "hello", "colour": "red"},
    "a wrong type": {"to": number(1), "text": 7},
    "an unknown priority": {"to": number(1), "text": "hello", "priority": "high"},
    "a variable missing": {"to": number(1), "text": "hello {{name}}", "variables": {}},
    "a text that does not fit": {"to": number(1), "text": "chào bạn ơ", "encoding": "gsm7"},
    "data without a port": {"to": number(1), "data": "AAEC"},
    "a SIM that nobody has seen": {"to": number(1), "text": "hello", "from": "sim:8984099999999999999"},
    "a group without SIMs": {"to": number(1), "text": "hello", "from": "group:west"},
    "an uplink that is not configured": {"to": number(1), "text": "hello", "from": "uplink:west"},
    "a sender of digits": {"to": number(1), "text": "hello", "from": "12345"},
    "a sender that is too long": {"to": number(1), "text": "hello", "from": "Twelve chars"},
    "too short a validity": {"to": number(1), "text": "hello", "validity_seconds": 1},
    "too far ahead": {"to": number(1), "text": "hello", "send_at": "2999-01-01T00:00:00Z"},
    "a callback that is no URL": {"to": number(1), "text": "hello", "callback_url": "nowhere"},
    "several at once": {"to": "x", "text": "hello", "validity_seconds": 1, "reference": "", "from": "sim:1"},
}


def refusal(answer):
    """What a client is told, the pointers and the words for each."""
    assert 400 <= answer.status < 500, answer.body
    problem = answer.problem(answer.status)
    return answer.status, problem["type"], problem.get("errors")


def test_explain_refuses_what_messages_refuse_and_sends_nothing(gate):
    gate.reset()
    gate.routes(TO_ALL)
    before = gate.api.every(MESSAGES)
    on_air, taken = len(gate.bank.air.submits()), [len(smsc.submits()) for smsc in gate.smscs.values()]
    for name, body in REFUSED.items():
        explain, send = refusal(gate.api.post(EXPLAIN, body)), refusal(gate.api.post(MESSAGES, body))
        assert explain == send, name
        assert send[0] == 422 and send[2], (name, send)
    other = gate.api.clone(gate.keys["northern"])
    for sender in ("group:south", f"sim:{gate.iccids['c']}", PRIMARY, "ACME"):
        body = {"to": number(1), "text": "hello", "from": sender}
        explain, send = refusal(other.post(EXPLAIN, body)), refusal(other.post(MESSAGES, body))
        assert explain == send, sender
        assert (send[0], [error["pointer"] for error in send[2]]) == (422, ["/from"])
    for body in (b"{", b"", b"[]"):
        kind = {"Content-Type": "application/json"}
        answers = [gate.api.request("POST", path, body, kind) for path in (EXPLAIN, MESSAGES)]
        assert refusal(answers[0]) == refusal(answers[1]), body
    for key in ("nobody's", gate.daemon.create_key("reader", "read")):
        answers = [gate.api.clone(key).post(path, {"to": number(1), "text": "hello"}) for path in (EXPLAIN, MESSAGES)]
        assert refusal(answers[0]) == refusal(answers[1])
    # What it does not refuse it does not send either.
    for sender in ({}, {"from": gate.filled(A)}, {"from": "group:south"}, {"from": BACKUP}, {"from": "ACME"}):
        assert gate.explain({"to": number(1), "text": "hello", **sender})["next"]
    gate.api.wait_state(gate.api.send(gate.number(), "later", sender=PRIMARY)["id"], "delivered")
    gate.api.wait_state(gate.api.send(gate.number(), "later", sender=gate.filled(D))["id"], "delivered")
    assert len(gate.api.every(MESSAGES)) == len(before) + 2
    assert len(gate.bank.air.submits()) == on_air + 1
    assert [len(smsc.submits()) for smsc in gate.smscs.values()] == [taken[0] + 1, taken[1]]


def test_explain_without_any_uplink(start_daemon):
    api = start_daemon().api()
    body = {"to": number(1), "text": "hello", "from": "ACME"}
    explain, send = refusal(api.post(EXPLAIN, body)), refusal(api.post(MESSAGES, body))
    assert explain == send
    assert (send[0], [error["pointer"] for error in send[2]]) == (422, ["/from"])
    answer = api.post(EXPLAIN, {"to": number(1), "text": "hello"}).expect(200)
    assert (answer["route"], answer["next"], answer["waiting_for"]["code"]) == (None, None, "sim")


@pytest.fixture
def busy(start_bank, start_daemon, connect, smsc):
    """busy(modems) -> (bank, uplink, [ICCID of each slot]): a gateway of its own, for what a later case would wait for."""

    def start(modems=2, **body):
        bank = start_bank(modems)
        uplink = connect(smsc, daemon=start_daemon(bank), **body)
        by_port = {modem["port"]: modem["sim"] for modem in uplink.api.modems()}
        return bank, uplink, [by_port[port] for port in sorted(by_port)]

    return start


def set_routes(api, *routes):
    assert api.request("PUT", "/api/v1/routes", {"items": list(routes)}).status == 200


def asked(api, to):
    """What explain says: what is next, or the code of what is waited for."""
    answer = api.post(EXPLAIN, {"to": to, "text": "hello"}).expect(200)
    return answer["next"] or answer["waiting_for"]["code"]


def begin_gap(api, iccid):
    """An hour from now on."""
    api.patch(f"/api/v1/sims/{iccid}", {"min_gap_ms": 3_600_000}).expect(200)
    api.wait_state(api.send(number(9000), "before the gap", sender=f"sim:{iccid}")["id"], "delivered")


def test_a_sim_within_its_gap_is_waited_for(busy):
    _, uplink, [sim] = busy(1)
    api = uplink.api
    begin_gap(api, sim)
    set_routes(api, route("all", sims(), UP))
    assert asked(api, number(1)) == "turn"
    waits = api.send(number(1), "hello")["id"]
    api.wait_state(uplink.send(number(2)), "delivered")
    message = api.message(waits)
    assert (message["state"], message["waiting_for"]["code"]) == ("queued", "turn")
    set_routes(api, route("all", sims(), UP, wait=0))
    assert asked(api, number(1)) == PRIMARY
    assert api.wait_state(waits, "delivered")["route"] == PRIMARY


def test_an_uplink_without_room_is_waited_for(busy, smsc):
    _, uplink, [sim] = busy(1, window=1)
    api = uplink.api
    smsc.hold()
    open_ = uplink.send(number(1))
    eventually(lambda: smsc.state()["held"] == 1)
    set_routes(api, route("all", UP, sims()))
    assert asked(api, number(2)) == "turn"
    waits = api.send(number(2), "hello")["id"]
    api.wait_state(api.send(number(3), "later", sender=f"sim:{sim}")["id"], "delivered")
    message = api.message(waits)
    assert (message["state"], message["waiting_for"]["code"]) == ("queued", "turn")
    set_routes(api, route("all", UP, sims(), wait=0))
    assert api.wait_state(waits, "delivered")["route"] == f"sim:{sim}"
    eventually(lambda: asked(api, number(4)) == f"sim:{sim}")
    smsc.release(stop=True)
    api.wait_state(open_, "delivered")
    eventually(lambda: asked(api, number(5)) == PRIMARY)


def test_cheapest_for_one_prefix_does_not_wait_for_another(busy):
    _, uplink, [first, second] = busy()
    api = uplink.api
    api.patch(f"/api/v1/sims/{first}", {"prefix_costs": {"+84901": 1, "+84902": 2}}).expect(200)
    api.patch(f"/api/v1/sims/{second}", {"prefix_costs": {"+84901": 2, "+84902": 1}}).expect(200)
    set_routes(api, route("all", sims("cheapest")))
    begin_gap(api, first)
    assert asked(api, number(1_000_001)) == "turn"
    waits = api.send(number(1_000_001), "hello")["id"]
    assert asked(api, number(2_000_001)) == f"sim:{second}"
    other = api.send(number(2_000_001), "hello")["id"]
    # One that came later has gone by that SIM: this one has too, or never will before the gap is over.
    api.wait_state(api.send(number(2), "later", sender=f"sim:{second}")["id"], "delivered")
    assert api.message(waits)["state"] == "queued"
    assert api.message(other)["state"] != "queued", api.message(other)
    assert api.wait_state(other, "delivered")["route"] == f"sim:{second}"


@pytest.mark.parametrize("strategy", ["cheapest", "sticky"])
def test_the_next_target_may_take_what_the_first_would_not(busy, strategy):
    bank, uplink, [first, second] = busy()
    api = uplink.api
    api.patch(f"/api/v1/sims/{first}", {"cost": 1}).expect(200)
    api.patch(f"/api/v1/sims/{second}", {"cost": 2}).expect(200)
    bank.inject("hello", sender=number(1), slot=0)
    eventually(lambda: api.messages(direction="inbound"))
    set_routes(api, route("all", sims(strategy), sims("balance"), wait=0))
    assert asked(api, number(1)) == f"sim:{first}"
    begin_gap(api, first)
    assert asked(api, number(1)) == f"sim:{second}"
    assert api.wait_state(api.send(number(1), "hello")["id"], "delivered")["route"] == f"sim:{second}"
