"""How long `GET /stats` takes over 400 days and 64 SIMs."""

import sqlite3
import time
from pathlib import Path

from figures import percentile, table
from gateways import Simgate
from harness import eventually
from history import Client, fill
from measures import folder

DAYS = 400
SIMS = [f"8984011234567891{n:03}" for n in range(64)]


def ago(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))


QUERIES = [
    {"step": step, "since": ago(DAYS), **by}
    for by in ({}, {"by": "sim"}, {"by": "key"}, {"by": "prefix"})
    for step in ("month", "week", "day")
] + [
    {"step": "hour"}, {"step": "hour", "by": "sim"}, {"step": "hour", "since": ago(89)},
    {"step": "month", "since": ago(DAYS), "by": "sim", "timezone": "Asia/Ho_Chi_Minh"},
]


def stats(count, times):
    """Fills a store, has it counted, and prints the table."""
    with folder() as home:
        measure(Simgate(Path(home) / "gateway", None), count, times)


def measure(gateway, count, times):
    gateway.daemon.stop()
    database = gateway.daemon.data / "simgate.db"
    fill(database, count, DAYS, SIMS)
    gateway.daemon.start()
    client = Client(gateway.daemon.port, gateway.daemon.key)
    began = time.monotonic()
    eventually(lambda: client.get("/stats", [])[0]["complete"], within=count / 1000 + 60, every=0.5)
    counted = time.monotonic() - began
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as reader:
        held = reader.execute("SELECT level, count(*), sum(length(waits) + length(reports)) FROM statistics GROUP BY level").fetchall()
    held = ", ".join(f"{rows} {'days' if level else 'hours'} with {octets / 1e6:.1f} MB of latencies" for level, rows, octets in held)
    print(f"  {count} messages: counted in {counted:.0f} s; {held}", flush=True)
    rows = []
    for query in QUERIES:
        answers = [client.get("/stats", query) for _ in range(times)]
        taken = [took for _, took in answers]
        name = " ".join(f"{name}={value}" for name, value in query.items())
        rows.append([name, len(answers[0][0]["items"]), percentile(taken, 0.5), percentile(taken, 0.99)])
    table(f"GET /stats over {DAYS} days, {len(SIMS)} SIMs and {count} messages, in ms", ["query", "items", "p50", "p99"], rows)
    gateway.stop()
