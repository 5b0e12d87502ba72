"""Cuts the power of a gateway at work, again and again, and says what was lost."""

import http.client
import random
import shutil
import sqlite3
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .bank import Bank
from .daemon import Daemon
from .disk import Disk
from .numbers import number
from .paths import program
from .wait import eventually

QUEUED = 0  # a part's state in the database
SYNC_TAKES, NEVER_ENDS = 500, 60_000_000  # microseconds
LONG = " and so on, in as many words as it takes to need a second part" * 3


@dataclass
class Outcome:
    """What was found; the lists are empty when all is well."""

    cuts: int = 0
    accepted: int = 0
    injected: int = 0
    keys: int = 0
    parts_on_air: int = 0
    uncertain: int = 0
    octets_lost: int = 0
    unsound: list = field(default_factory=list)
    lost: list = field(default_factory=list)
    queued_again: list = field(default_factory=list)
    sent_twice: list = field(default_factory=list)
    received_wrongly: list = field(default_factory=list)
    unsettled: list = field(default_factory=list)

    @property
    def wrong(self):
        return (
            self.unsound + self.lost + self.queued_again + self.sent_twice + self.received_wrongly + self.unsettled
        )

    def __str__(self):
        def line(name, value):
            found = value if isinstance(value, list) else []
            shown = len(value) if isinstance(value, list) else value
            return f"{name:<48}{shown:>9}" + "".join(f"\n    {one}" for one in found[:5])

        return "\n".join([
            line("power cuts", self.cuts),
            line("octets written that no fsync had covered, lost", self.octets_lost),
            line("messages accepted", self.accepted),
            line("parts on the air", self.parts_on_air),
            line("messages uncertain at the end", self.uncertain),
            line("messages from phones", self.injected),
            line("keys made, each with a row of the audit", self.keys),
            line("database or audit not sound", self.unsound),
            line("accepted (202, 201), and lost", self.lost),
            line("parts on the air, and queued after the cut", self.queued_again),
            line("parts sent twice", self.sent_twice),
            line("messages from phones lost or doubled", self.received_wrongly),
            line("neither delivered nor uncertain at the end", self.unsettled),
        ])


class Load:
    """Clients that send and phones that answer, until the power goes. What was confirmed is remembered."""

    def __init__(self, run, seed):
        self.run = run
        self.stopping = threading.Event()
        jobs = [(self.send, seed * 10 + n) for n in range(3)] + [(self.inject, seed * 10 + 9), (self.make_keys, 0)]
        self.threads = [threading.Thread(target=job, args=(random.Random(seed),), daemon=True) for job, seed in jobs]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def body(self, dice):
        n = self.run.next_number()
        text = f"#{n}" + (LONG if dice.random() < 0.3 else "")
        return {"to": number(n), "text": text}

    def send(self, dice):
        api = self.run.daemon.api()
        while not self.stopping.is_set():
            bodies = [self.body(dice) for _ in range(dice.choice((1, 1, 1, 3)))]
            try:
                if len(bodies) == 1:
                    answer = api.post("/api/v1/messages", bodies[0])
                    ids = [answer.json["id"]] if answer.status == 202 else []
                else:
                    answer = api.post("/api/v1/messages/batch", {"messages": bodies})
                    ids = [item["id"] for item in answer.json["items"]] if answer.status == 202 else []
            except (OSError, http.client.HTTPException, ValueError):
                return  # without power
            with self.run.lock:
                for identifier, body in zip(ids, bodies):
                    self.run.accepted[identifier] = body["text"]
            self.stopping.wait(0.02)

    def inject(self, dice):
        while not self.stopping.is_set():
            n = self.run.next_number()
            text = f"from a phone {n}" + (LONG if dice.random() < 0.3 else "")
            self.run.bank.inject(text, sender=number(n), slot=dice.randrange(self.run.bank.modems))
            with self.run.lock:
                self.run.injected.append(text)
            self.stopping.wait(0.05)

    def make_keys(self, _):
        api = self.run.daemon.api()
        while not self.stopping.is_set():
            name = f"key-{self.run.next_number()}"
            try:
                made = api.post("/api/v1/keys", {"name": name, "scopes": ["read"]})
            except (OSError, http.client.HTTPException):
                return
            if made.status == 201:
                with self.run.lock:
                    self.run.keys.append(name)
            self.stopping.wait(0.2)


class PowerCuts:
    """One bank, whose modems have batteries, and one gateway, which has none."""

    def __init__(self, home, seed, modems=4):
        self.home = Path(home)
        self.dice = random.Random(seed)
        self.bank = Bank(self.home / "bank", modems, air_time=0.03)
        self.daemon = Daemon(self.home / "gateway", [self.bank.pattern])
        self.lock = threading.Lock()
        self.accepted = {}
        self.injected = []
        self.keys = []
        self.outcome = Outcome()
        self.numbers = 0

    def next_number(self):
        with self.lock:
            self.numbers += 1
            return self.numbers

    def close(self):
        self.daemon.close()
        self.bank.close()

    def run(self, cuts, say=lambda outcome: None):
        self.daemon.start()
        assert self.daemon.stop() == 0
        self.disk = Disk(self.home / "disk", self.daemon.data)
        self.disk.sync_takes = SYNC_TAKES
        self.daemon.environment = self.disk.environment
        for cut in range(cuts):
            self.cut(cut)
            say(self.outcome)
        self.settle()
        return self.outcome

    def cut(self, cut):
        """Starts, works for a while, loses its power; then what the disk holds is looked at."""
        self.daemon.start()
        load = Load(self, self.dice.randrange(1 << 30))
        enough = len(self.accepted) + self.dice.randrange(0, 60)
        eventually(lambda: len(self.accepted) >= enough)
        if cut % 2 == 0:
            self.begin_a_sync()
        self.daemon.kill()
        load.stop()
        self.disk.sync_takes = SYNC_TAKES
        # Every third time the disk had written nothing by itself.
        self.outcome.octets_lost += self.disk.cut(None if cut % 3 == 0 else self.dice)
        self.outcome.cuts += 1
        self.modems_finish()
        self.look(f"cut {cut + 1}")

    def begin_a_sync(self):
        """What is written from now on is still not durable when the power goes; the moment alone hits that seldom."""
        self.disk.sync_takes = NEVER_ENDS
        written = self.disk.writes
        eventually(lambda: self.disk.writes > written)

    def modems_finish(self):
        """A modem that has the PDU sends it, gateway or not: what is on the air by then must be known on the disk."""
        seen = [-1, -2]

        def rests():
            seen.append(len(self.bank.air.submits()))
            return seen[-1] == seen[-2] == seen[-3]

        eventually(rests, every=0.2)

    def look(self, when):
        """At a copy, so that the gateway finds the disk as the cut left it."""
        copy = self.home / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.daemon.data, copy / "data")
        config = copy / "simgate.toml"
        config.write_text(f'data_dir = "{copy / "data"}"\n[http]\nlisten = "127.0.0.1:0"\n')
        checked = subprocess.run(
            [program("simgate"), "check", "--config", str(config)], capture_output=True, text=True, check=False
        )
        if checked.returncode != 0 or "database  intact" not in checked.stdout:
            self.outcome.unsound.append(f"{when}: {checked.stdout}{checked.stderr}")
            return
        database = sqlite3.connect(copy / "data" / "simgate.db")
        rows = database.execute("SELECT row, hex(id), text FROM messages WHERE direction = 0").fetchall()
        ids = {identifier.lower() for _, identifier, _ in rows}
        by_text = {text: row for row, _, text in rows}
        parts = {(message, seq): state for message, seq, state in database.execute("SELECT message, seq, state FROM parts")}
        names = {name for (name,) in database.execute("SELECT name FROM keys")}
        audited = database.execute("SELECT count(*) FROM audit").fetchone()[0]
        database.close()
        self.outcome.lost += [f"{when}: {i}" for i in self.accepted if i.replace("-", "") not in ids]
        self.outcome.lost += [f"{when}: {name}" for name in self.keys if name not in names]
        if audited < len(self.keys):
            self.outcome.lost.append(f"{when}: {len(self.keys) - audited} rows of the audit")
        for text, seq in self.heard():
            row = by_text.get(text)
            if row is None or parts.get((row, seq), QUEUED) == QUEUED:
                self.outcome.queued_again.append(f"{when}: {text[:12]} part {seq}")

    def heard(self):
        """(text of its message, number of the part) of each part that the network took."""
        heads = {}
        for submit in self.bank.air.accepted():
            start = submit.text.split(" ")[0] if submit.sequence == 1 else None
            if start is not None:
                heads[submit.to] = start
        for submit in self.bank.air.accepted():
            # A recipient is of one message alone, whose number is in both.
            head = heads.get(submit.to)
            if head is not None:
                long = submit.pdu.concat is not None
                yield head + (LONG if long else ""), submit.sequence

    def settle(self):
        """Starts once more and waits until nothing is open."""
        self.daemon.start().wait_ready(self.bank.modems)
        api = self.daemon.api()

        def received():
            found = api.every("/api/v1/messages", direction="inbound", limit=500)
            assert {message["text"] for message in found} >= set(self.injected)
            return found

        def sent():
            found = api.every("/api/v1/messages", direction="outbound", limit=500)
            assert all(message["state"] in ("delivered", "uncertain") for message in found)
            return found

        def last(check, instead):
            try:
                return eventually(check, within=120)
            except AssertionError:
                return api.every("/api/v1/messages", direction=instead, limit=500)

        texts = Counter(message["text"] for message in last(received, "inbound"))
        expected = Counter(self.injected)
        self.outcome.received_wrongly += [str(pair) for pair in ((texts - expected) + (expected - texts)).items()]
        outbound = last(sent, "outbound")
        ids = {message["id"] for message in outbound}
        self.outcome.lost += [f"at the end: {i}" for i in self.accepted if i not in ids]
        open_ones = [message for message in outbound if message["state"] not in ("delivered", "uncertain")]
        self.outcome.unsettled += [f"{message['id']} {message['state']}" for message in open_ones]
        self.outcome.uncertain = sum(message["state"] == "uncertain" for message in outbound)
        air = Counter((submit.to, submit.sequence) for submit in self.bank.air.accepted())
        self.outcome.sent_twice += [str(part) for part, count in air.items() if count > 1]
        self.outcome.parts_on_air = sum(air.values())
        self.outcome.accepted, self.outcome.injected = len(self.accepted), len(self.injected)
        self.outcome.keys = len(self.keys)
        self.daemon.stop()
        self.look("after the last stop")
