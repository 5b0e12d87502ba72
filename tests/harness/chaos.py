"""A gateway that is killed again and again, on a bank where everything goes wrong, with messages both ways."""

import http.client
import json
import random
import sqlite3
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from .api import Api
from .bank import Bank
from .daemon import Daemon
from .mischief import PIN, Mischief, UplinkMischief
from .smsc import NodeSmsc, Uplink
from .smsc.mobile import deliver_fields
from .workload import messages

# What a gateway that is just starting, full or stopping answers: the client comes again.
COME_AGAIN = {408, 409, 425, 429, 500, 502, 503, 504}
# Messages that may wait in the gateway for each modem before the clients hold back.
QUEUE = 6
# What an uplink counts for there, in modems.
UPLINK_WORTH = 4
# SIMs first; what they do not carry goes up.
ROUTE = {
    "name": "main", "match": {}, "targets": [{"sims": {}, "strategy": "balance"}, {"uplink": "primary"}],
    "fall_back": {"after_wait_seconds": 5, "on": ["no-sim", "sim-failure", "quota"]},
}
UPLINK_OPTIONS = {"response_timeout_seconds": 5, "enquire_link_seconds": 5, "window": 10}


@dataclass
class Plan:
    """What a run is made of."""

    seed: int = 1
    messages: int = 20_000
    mo: int = 5_000
    modems: int = 32
    kill_every: float = 4.0
    policy: str = "hold"
    minutes: float = 30.0
    settle: float = 600.0
    trouble_every: float = 0.1
    uncertain_wait: int = 60
    harsh: bool = False
    uplink: bool = False
    uplink_trouble_every: float = 1.5
    profile: str = "generic,quectel-ec25,generic,huawei-e3372,generic,simcom-sim7600,generic,telit-le910"


@dataclass
class Outcome:
    """What is compared at the end."""

    accepted: dict = field(default_factory=dict)  # id -> the body that was accepted
    outbound: list = field(default_factory=list)
    missing: list = field(default_factory=list)  # ids that the API does not know
    histories: dict = field(default_factory=dict)  # id -> steps, of those that were tried more than once or in doubt
    inbound: list = field(default_factory=list)
    database: dict = field(default_factory=dict)
    kills: int = 0
    crashes: list = field(default_factory=list)
    astray: list = field(default_factory=list)  # put back, because they were in no lane
    troubles: dict = field(default_factory=dict)
    waiting: int = 0
    handed_in: int = 0
    seconds: float = 0.0
    settled_after: float = 0.0
    uplink: str | None = None  # as a route: uplink:<name>


class Chaos:
    """One run. `run` returns what there is to compare; `close` ends the programs."""

    def __init__(self, folder, plan, say=lambda text: print(text, file=sys.stderr, flush=True)):
        self.plan = plan
        self.say = say
        self.outcome = Outcome()
        self.dice = random.Random(plan.seed)
        self.bank = Bank(
            Path(folder) / "bank", plan.modems, air_time=0.05, report_after=0.5, seed=plan.seed, profile=plan.profile,
            options=["--no-rules", "--redeliver-after", "2s", "--cnma-wait", "5s"],
        )
        extra = f'[scheduler]\non_uncertain = "{plan.policy}"\nuncertain_wait_seconds = {plan.uncertain_wait}\n'
        self.daemon = Daemon(Path(folder) / "gateway", [self.bank.pattern], extra)
        self._bodies = [
            {**body, "reference": f"own-{i}"} for i, body in enumerate(messages(plan.messages, seed=plan.seed))
        ]
        self.smsc = self.uplink = None
        self._troublers = [Mischief(self.bank, plan.seed, plan.trouble_every, plan.harsh)]
        if plan.uplink:
            self._add_uplink(Path(folder))
        self._next = 0
        self._injected = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._failures = []

    def _add_uplink(self, folder):
        """An SMSC, which gets a fifth of the messages by their `from` and the rest of them where SIMs fail."""
        self.smsc = NodeSmsc(folder / "smsc")
        self.uplink = Uplink(self.daemon, self.smsc, **UPLINK_OPTIONS)
        self.outcome.uplink = self.uplink.route
        dice = random.Random(self.plan.seed * 13)
        for body in self._bodies:
            if dice.random() < 0.2:
                body["from"] = self.uplink.route
        self._troublers.append(UplinkMischief(self.smsc, self.plan.seed, self.plan.uplink_trouble_every))

    def close(self):
        self._over.set()
        self.daemon.close()
        self.bank.close()
        if self.smsc:
            self.smsc.stop()

    def run(self):
        self.daemon.start().wait_ready(self.plan.modems)
        api = self.daemon.api()
        for sim in api.sims():
            api.patch(f"/api/v1/sims/{sim['iccid']}", {"pin": PIN}).expect(200)
        if self.uplink:
            self.uplink.put()
            api.request("PUT", "/api/v1/routes", {"items": [ROUTE]}).expect(200)
            self.uplink.wait_bound()
        began = time.monotonic()
        end = began + self.plan.minutes * 60
        threads = [threading.Thread(target=self._guarded, args=(work,), daemon=True) for work in
                   (self._hand_in, self._hand_in, self._hand_in, self._inject)]
        for thread in [*threads, *self._troublers]:
            thread.start()
        self._kill_until(lambda: self._over.is_set() or not any(thread.is_alive() for thread in threads), end)
        self._over.set()
        for thread in threads:
            thread.join(60)
        for troubler in self._troublers:
            troubler.stop()
        self.outcome.handed_in = len(self.outcome.accepted)
        self.say(f"{self.outcome.handed_in} messages handed in, {self._injected} injected; all faults are lifted")
        # The gateway looks at every modem and every memory anew.
        self._kill()
        self._start()
        settling = time.monotonic()
        self._settle(settling + self.plan.settle)
        self.outcome.settled_after = time.monotonic() - settling
        self.outcome.troubles = {name: count for troubler in self._troublers for name, count in troubler.done.items()}
        self._collect()
        self.outcome.seconds = time.monotonic() - began
        if self._failures:
            raise self._failures[0]
        return self.outcome

    # The clients.

    def _guarded(self, work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - raised at the end of the run
            self._failures.append(error)
            self._over.set()

    def _chunk(self, size):
        with self._lock:
            start = self._next
            self._next = min(start + size, len(self._bodies))
            return self._bodies[start : self._next]

    def _hand_in(self):
        dice = random.Random(self.plan.seed * 7)
        api = Api(self.daemon.port, self.daemon.key)
        while not self._over.is_set():
            chunk = self._chunk(1 if dice.random() < 0.7 else dice.randint(2, 40))
            if not chunk:
                # The trouble goes on while there is something to spoil.
                return self._hold_back(api, queue=1)
            if len(chunk) == 1:
                answer = self._insist(api, "/api/v1/messages", chunk[0])
                ids = [answer["id"]] if answer else []
            else:
                answer = self._insist(api, "/api/v1/messages/batch", {"messages": chunk})
                ids = [item["id"] for item in answer["items"]] if answer else []
            with self._lock:
                self.outcome.accepted.update(zip(ids, chunk))
            self._hold_back(api)

    def _insist(self, api, path, body):
        """Asks with one Idempotency-Key until there is a 202. None only when nobody knows and the run is over."""
        key = str(uuid.uuid4())
        while True:
            try:
                answer = api.request("POST", path, body, {"Idempotency-Key": key}, timeout=30)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if answer.status not in COME_AGAIN:
                return answer.expect(202)
            time.sleep(0.1)

    def _hold_back(self, api, queue=QUEUE):
        """Waits while the gateway has plenty to do."""
        plenty = min(500, queue * (self.plan.modems + (UPLINK_WORTH if self.uplink else 0)))
        while not self._over.is_set():
            try:
                answer = api.get("/api/v1/messages", state="queued", direction="outbound", limit=plenty)
                if answer.status == 200 and len(answer.json["items"]) < plenty:
                    return
            except (OSError, http.client.HTTPException, ValueError):
                pass
            time.sleep(0.2)

    def _inject(self):
        """Messages from phones, in step with those that are handed in."""
        dice = random.Random(self.plan.seed * 11)
        words = "there is news for you from somewhere else and it may be long or short".split()
        while self._injected < self.plan.mo and not self._over.is_set():
            share = self._next / max(len(self._bodies), 1)
            if self._injected >= share * self.plan.mo and share < 1:
                time.sleep(0.05)
                continue
            i = self._injected
            text = f"mo {i}"
            long = i % 8 == 0
            while len(text) < (dice.randint(170, 450) if long else dice.randint(10, 150)):
                text += " " + dice.choice(words)
            if self.smsc and dice.random() < 0.4:
                self._deliver_up(text, i, dice)
            else:
                self.bank.inject(text, sender=f"+8498{i:07d}", slot=dice.randrange(self.plan.modems))
            self._injected += 1

    def _deliver_up(self, text, i, dice):
        """A message from a phone by the uplink's SMSC, in one of the ways in which they come."""
        coding = dice.choice(["gsm7", "ucs2"])
        if coding == "ucs2":
            text = f"{text} \U0001f600 đến"
        long = None
        if len(text) > (70 if coding == "ucs2" else 160) - 8:
            long = dice.choice(["udh", "udh16", "sar", "payload"])
        sender = f"+8498{i:07d}"
        parts = deliver_fields(text, sender, "84900000001", coding=coding, long=long, reference=i)
        mark = {"id": i, "from": sender, "text": text, "parts": len(parts)}
        order = list(range(len(parts)))
        if dice.random() < 0.3:
            dice.shuffle(order)
        for at in order:
            self.smsc.ask("deliver", fields=parts[at], mark={**mark, "part": at + 1})

    # The gateway's fate.

    def _kill_until(self, done, end):
        told = time.monotonic()
        while not done():
            if time.monotonic() > end:
                self.say("the time is over")
                return
            wait = max(0.3, self.dice.expovariate(1 / self.plan.kill_every)) if self.plan.kill_every else 1.0
            until = time.monotonic() + wait
            while time.monotonic() < until and not done():
                time.sleep(min(0.1, max(0.0, until - time.monotonic())))
            if self.plan.kill_every:
                self._kill()
                self._start()
            if time.monotonic() - told > 15:
                told = time.monotonic()
                self.say(f"{len(self.outcome.accepted)} accepted, {self._injected} injected, {self.outcome.kills} kills")

    def _kill(self):
        process = self.daemon.process
        if process is not None and process.poll() is not None:
            self.outcome.crashes.append(f"ended by itself with {process.returncode}")
            self.daemon.process = None
            return
        self.daemon.kill()
        self.outcome.kills += 1

    def _start(self):
        try:
            self.daemon.start()
        except RuntimeError as error:
            self.outcome.crashes.append(str(error)[:500])
            raise

    # The end.

    def _query(self, sql):
        with closing(sqlite3.connect(f"file:{self.daemon.data / 'simgate.db'}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(sql).fetchall()

    def _arrived(self):
        """Injected messages of which the modems have taken every part."""
        parts, taken = {}, {}
        for event in self.bank.air.events():
            if event["event"] == "inject":
                parts[event["id"]] = event["parts"]
            elif event["event"] == "deliver" and event["acknowledged"] and event["injection"] is not None:
                taken.setdefault(event["injection"], set()).add(event["id"])
        if self.smsc:
            # Under keys that are no numbers, as those of the modems are.
            for event in self.smsc.events("mobile", "deliver_resp"):
                mark = event.get("mark")
                if mark and event["event"] == "mobile":
                    parts[f"up {mark['id']}"] = mark["parts"]
                elif mark and event["status"] == 0:
                    taken.setdefault(f"up {mark['id']}", set()).add(mark["part"])
        return sum(len(taken.get(identifier, ())) == count for identifier, count in parts.items())

    def _settle(self, end):
        # Numbers of the states as the store has them: scheduled, queued, sending.
        unfinished = "SELECT count(*) FROM messages WHERE direction = 0 AND state IN (0, 1, 2)"
        undecided = "SELECT count(*) FROM doubts WHERE conclusion = 0"
        told = 0.0
        while time.monotonic() < end:
            [[rest]], [[open_]] = self._query(unfinished), self._query(undecided)
            [[inbound]] = self._query("SELECT count(*) FROM messages WHERE direction = 1")
            self.outcome.waiting = sum(modem["waiting"] for modem in self.bank.ask(command="stats")["modems"])
            if self.smsc:
                self.outcome.waiting += self.smsc.state()["waiting"]
            arrived = self._arrived()
            if not rest and not open_ and inbound >= arrived and not self.outcome.waiting:
                return
            if time.monotonic() - told > 15:
                told = time.monotonic()
                self.say(f"{rest} unfinished, {open_} undecided, {inbound} of {arrived} received, {self.outcome.waiting} wait in the network")
            time.sleep(2)
        self.say("not settled in time")

    def _collect(self):
        api = self.daemon.api()

        mine = threading.local()

        def fetch(identifier):
            if not hasattr(mine, "api"):
                mine.api = api.clone()
            answer = mine.api.get(f"/api/v1/messages/{identifier}")
            if answer.status == 404:
                return identifier
            message = answer.expect(200)
            if message["attempts"] > 1 or any(part["uncertain"] for part in message["parts"]):
                self.outcome.histories[identifier] = mine.api.history(identifier)
            return message

        listed = [one["id"] for one in api.every("/api/v1/messages", direction="outbound", limit=500)]
        wanted = list(dict.fromkeys([*listed, *self.outcome.accepted]))
        with ThreadPoolExecutor(2) as pool:
            for found in pool.map(fetch, wanted):
                if isinstance(found, str):
                    self.outcome.missing.append(found)
                else:
                    self.outcome.outbound.append(found)
        self.outcome.inbound = api.every("/api/v1/messages", direction="inbound", limit=500)
        self.outcome.database = {
            "integrity": [row[0] for row in self._query("PRAGMA integrity_check")],
            "ids": {str(uuid.UUID(bytes=row[0])) for row in self._query("SELECT id FROM messages")},
            "parts": self._query("SELECT count(*) FROM parts")[0][0],
        }
        log = self.daemon.log()
        self.outcome.crashes += [line[:300] for line in log.splitlines() if "panicked at" in line]
        self.outcome.astray = [line[:300] for line in log.splitlines() if "was in no lane" in line]


def save(outcome, path):
    """Keeps what there was to compare, for a second look."""
    kept = {name: value for name, value in vars(outcome).items() if name != "database"}
    Path(path).write_text(json.dumps(kept))
