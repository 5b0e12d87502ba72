"""How long a page of `GET /messages` takes over a long history: every filter alone, and each two of them."""

import http.client
import itertools
import json
import os
import random
import sqlite3
import time
from pathlib import Path
from urllib.parse import urlencode

from figures import percentile, table
from gateways import Simgate
from harness import eventually
from measures import folder

DAY_MS = 86_400_000
SIMS = [f"8984011234567890{n:03}" for n in range(8)]
COMMON, RARE = "code", "lighthouse"
# Shares of the outbound messages, by state.
DELIVERED, SENT, FAILED, UNDELIVERED, QUEUED = 4, 3, 6, 5, 1
SHARES = [(DELIVERED, 88), (SENT, 6), (FAILED, 3), (UNDELIVERED, 2), (QUEUED, 1)]
WORDS = "your is for the order bank please call parcel today number visit thanks hello sale until account".split()


def filled(count, days=60, sims=SIMS):
    """Rows of `messages`, oldest first, over some days."""
    choose = random.Random(28)
    states = [state for state, share in SHARES for _ in range(share)]
    now = time.time_ns() // 1_000_000
    for n in range(count):
        at = now - days * DAY_MS * (count - n) // count
        inbound = n % 10 == 7
        state = 10 if inbound else choose.choice(states)
        carrier = None if state == QUEUED else sims[n % len(sims)]
        peer = "+84900000001" if n % 20 == 3 else f"+8491{choose.randrange(count // 8 or 1):07}"
        words = " ".join(choose.sample(WORDS, 4))
        text = f"{words} {RARE if n % 100_000 == 99 else ''} {choose.randrange(10**6):06}"
        if n % 2:
            text = f"Your {COMMON} {text}"
        sent_at = at + choose.randrange(1000, 9000) if state in (DELIVERED, SENT) else None
        delivered_at = sent_at + choose.randrange(1000, 30_000) if state == DELIVERED else None
        reference = None if n % 3 else ("spring" if n % 6 else f"order-{n}")
        yield (
            (at << 80 | 7 << 76 | 2 << 62 | n).to_bytes(16, "big"), int(inbound), state, 2, at, at + DAY_MS,
            None if inbound else f"{n % 3 + 1}|any", carrier, peer, text, reference,
            sent_at, delivered_at,
        )


def fill(database, count, days=60, sims=SIMS):
    """Puts a history of `count` messages into a store, for a daemon to index when it starts."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA cache_size = -400000")
        connection.executemany(
            "INSERT OR IGNORE INTO sims (iccid, own, last_seen, config) VALUES (?, ?, 0, '{}')",
            [(iccid, f"+8493000000{n}") for n, iccid in enumerate(sims)],
        )
        connection.executemany(
            "INSERT INTO messages (id, direction, state, priority, segments, coding, flash, status_report, created_at,"
            " due_at, expires_at, lane, carrier, peer, text, reference, sent_at, delivered_at)"
            " VALUES (?1, ?2, ?3, ?4, 1, 0, 0, 1, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            filled(count, days, sims),
        )
        # They are to be counted as those of before there were statistics.
        connection.execute(
            "UPDATE statistics_extent SET uncounted = (SELECT max(row) FROM messages), summed = unixepoch() / 3600"
        )
    connection.close()


def filters():
    """Several of each kind: one that most messages fit, one for few or none."""
    def ago(days):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))

    return [
        ("direction", "outbound"), ("direction", "inbound"), ("state", "delivered"), ("state", "failed"),
        ("state", "queued"), ("state", "expired"), ("to", "+84900000001"), ("to", "+84910000001"),
        ("to", "+84930000000"), ("from", "+84900000001"), ("from", "+84930000001"), ("from", "+84999999999"),
        ("sim", SIMS[1]), ("reference", "spring"), ("reference", "order-6"), ("q", COMMON), ("q", RARE), ("q", "nowhere"),
        ("q", f"{COMMON} {RARE}"), ("since", ago(1)), ("since", ago(50)), ("until", ago(50)), ("until", ago(1)),
    ]


class Client:
    """One connection that stays, as a program's would."""

    def __init__(self, port, key):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, path, query):
        """The answer, and the milliseconds it took."""
        began = time.perf_counter()
        self.connection.request("GET", f"/api/v1{path}?{urlencode(query)}", headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        assert answer.status == 200, body
        return json.loads(body), took


def timed(client, path, query, times):
    """A row of the table: the first page, and the page after it."""
    first, _ = client.get(path, query)
    taken = [client.get(path, query)[1] for _ in range(times)]
    cursor, second = first.get("next_cursor"), []
    if cursor:
        client.get(path, query + [("cursor", cursor)])
        second = [client.get(path, query + [("cursor", cursor)])[1] for _ in range(times // 4 + 1)]
    found = len(first.get("items", [first]))
    note = "ends early" if cursor and found < 50 else ""
    return [found, percentile(taken, 0.5), percentile(taken, 0.99), percentile(second, 0.99), note]


def history(count, times):
    """Fills a store and prints the table."""
    with folder() as home:
        measure(Simgate(Path(home) / "gateway", None), count, times)


def measure(gateway, count, times):
    began = time.monotonic()
    database = gateway.daemon.data / "simgate.db"
    gateway.filled_by(lambda database: fill(database, count))
    built = time.monotonic() - began
    gateway.daemon.start()
    client = Client(gateway.daemon.port, gateway.daemon.key)
    began = time.monotonic()
    eventually(lambda: client.get("/conversations", [])[0]["indexed_until"] is None, within=count / 1000 + 60)
    indexed = time.monotonic() - began
    size = sum(os.path.getsize(f"{database}{end}") for end in ("", "-wal")) / 1e6
    print(f"  {count} messages: written in {built:.0f} s, indexed in {indexed:.0f} s, {size:.0f} MB", flush=True)
    newest = client.get("/messages", [])[0]["items"][0]["id"]
    rows = [["one message", *timed(client, f"/messages/{newest}", [], times)]]
    rows.append(["all", *timed(client, "/messages", [], times)])
    rows.append(["conversations", *timed(client, "/conversations", [], times)])
    rows.append(["conversation", *timed(client, "/conversations/%2B84900000001", [], times)])
    alone = filters()
    rows += [[f"{name}={value}", *timed(client, "/messages", [(name, value)], times)] for name, value in alone]
    pairs = [pair for pair in itertools.combinations(alone, 2) if pair[0][0] != pair[1][0]]
    for one, other in pairs:
        name = f"{one[0]}={one[1]} {other[0]}={other[1]}"
        rows.append([name, *timed(client, "/messages", [one, other], times // 4 + 1)])
    table(
        f"Pages of 50 out of {count} messages, in ms",
        ["filter", "found", "p50", "p99", "next page p99", ""], rows,
    )
    worst = sorted((row[3], row[0]) for row in rows)[-5:]
    print("  slowest p99: " + "; ".join(f"{name} {took:.1f}" for took, name in reversed(worst)), flush=True)
    gateway.stop()
