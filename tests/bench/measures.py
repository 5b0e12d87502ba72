"""The measurements of tests/bench/run. Each function prints one table."""

import itertools
import re
import subprocess
import tempfile
import time
from pathlib import Path

from figures import Radios, percentile, table
from gateways import GammuSmsd, Simgate, Smstools, wait_for
from harness import Bank, eventually, number

HERE = Path(__file__).parent
PEERS = (GammuSmsd, Smstools)


def folder():
    return tempfile.TemporaryDirectory(prefix="simgate-bench-")


def radios(modems, air_times, seconds, with_peers):
    """Busy fraction and idle gap, with more messages than the radios can send in `seconds`."""
    gateways = (Simgate, *PEERS) if with_peers else (Simgate,)
    rows = []
    for air_time, count, kind in itertools.product(air_times, modems, gateways):
        if count > kind.most_modems:
            rows.append([kind.name, air_time, count, "-", "-", "-", "-", "-", "-", f"takes {kind.most_modems} at most"])
            continue
        each = max(3, round(seconds / (air_time + kind.idle_seconds)))
        with folder() as home:
            bank = Bank(Path(home) / "bank", count, air_time=air_time)
            gateway = kind(Path(home) / "gateway", bank)
            messages = [(number(i), f"message {i} of a campaign") for i in range(each * count)]
            before = gateway.cpu()
            gateway.hand_in(messages)
            # Half a minute, or four times what the run should take: a gateway that is far behind is cut off there.
            submits = wait_for(bank.air, len(messages), 30 + 4 * seconds)
            cpu = gateway.cpu() - before
            memory = gateway.memory()
            gateway.stop()
            bank.close()
        found = Radios(submits)
        note = "" if len(submits) >= len(messages) else f"{len(submits)} of {len(messages)} in time"
        rows.append([
            kind.name, air_time, count, found.busy and found.busy * 100, found.gap(0.5), found.gap(0.99),
            found.gap(1.0), submits and cpu / len(submits) * 1000, memory / 1e6, note,
        ])
        print(f"  {kind.name}, {count} modems, {air_time} s: done", flush=True)
    table(
        "Radios: share of the time they send; idle gap between two messages beyond the modem's own time",
        ["gateway", "air s", "modems", "busy %", "gap p50 ms", "p99 ms", "max ms", "CPU s/1000", "memory MB", ""],
        rows,
    )


def first_byte(samples, with_peers):
    """From just before the hand-in to the AT+CMGS at the modem, each time with the gateway at rest."""
    rows = []
    for kind in (Simgate, *PEERS) if with_peers else (Simgate,):
        count = samples if kind is Simgate else min(samples, 15)
        with folder() as home:
            bank = Bank(Path(home) / "bank", 4, air_time=0.05)
            gateway = kind(Path(home) / "gateway", bank)
            handed = {}
            for i in range(count):
                # Uneven pauses, so that no polling interval is met in step.
                time.sleep(0.15 + (i * 37 % 100) / 500)
                handed[number(i)] = time.time_ns() // 1000
                gateway.hand_in_one(number(i), f"code {i}")
                wait_for(bank.air, i + 1, 20)
            waits = [(s.record["command_us"] - handed[s.to]) / 1000 for s in bank.air.submits() if s.to in handed]
            gateway.stop()
            bank.close()
        rows.append([kind.name, len(waits), percentile(waits, 0.5), percentile(waits, 0.99), max(waits, default=None)])
    table("Hand-in to the first AT byte, at idle", ["gateway", "messages", "p50 ms", "p99 ms", "max ms"], rows)


def wrk(port, key, connections, seconds, batch=0):
    """One run of wrk; (requests a second, p50 ms, p99 ms, answers that were not 2xx)."""
    done = subprocess.run(
        [
            "wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--latency",
            "--script", str(HERE / "accept.lua"), f"http://127.0.0.1:{port}", "--", key, str(batch),
        ],
        capture_output=True, text=True, check=True,
    )
    said = dict(re.findall(r"^simgate-(\w+) ([\d.]+)$", done.stdout, re.MULTILINE))
    return float(said["rate"]), float(said["p50"]), float(said["p99"]), int(said["errors"])


def accepts(seconds, with_peers):
    """Durable accepts a second. The gateway has no modem here: nothing else takes its time."""
    rows = []
    with folder() as home:
        gateway = Simgate(Path(home) / "gateway", None)
        port, key = gateway.daemon.port, gateway.daemon.key
        for connections, batch in ((1, 0), (8, 0), (32, 0), (1, 100), (4, 100), (1, 1000), (4, 1000)):
            before = gateway.cpu()
            rate, p50, p99, errors = wrk(port, key, connections, seconds, batch)
            messages = rate * max(batch, 1)
            cpu = (gateway.cpu() - before) / (messages * seconds) * 1000 if messages else None
            way = f"simgate, {connections} connections, " + (f"batches of {batch}" if batch else "single")
            rows.append([way, messages, p50, p99, cpu, errors and f"{errors} errors" or ""])
        gateway.stop()
    if with_peers:
        rows += [peer_accepts(kind, seconds) for kind in PEERS]
    table(
        "Durable accepts: messages a second, time of a request, CPU seconds per 1,000 accepts",
        ["way", "messages/s", "p50 ms", "p99 ms", "CPU s/1000", ""], rows,
    )


def peer_accepts(kind, seconds):
    """One client after the other, by the gateway's own way in; its daemon runs on one slow modem."""
    with folder() as home:
        bank = Bank(Path(home) / "bank", 1, air_time=5)
        gateway = kind(Path(home) / "gateway", bank)
        times = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.monotonic()
            gateway.hand_in_one(number(len(times)), f"message {len(times)}")
            times.append((time.monotonic() - began) * 1000)
        gateway.stop()
        bank.close()
    way = {
        "gammu-smsd": "gammu-smsd, gammu-smsd-inject (not fsynced)",
        "smstools": "smstools, a file with fsync and rename",
    }[kind.name]
    return [way, len(times) / sum(times) * 1000, percentile(times, 0.5), percentile(times, 0.99), None, "1 client"]


def memory(modems, seconds):
    """Memory and CPU with many modems, at rest and after work."""
    rows = []
    with folder() as home:
        bank = Bank(Path(home) / "bank", modems, air_time=0.2)
        gateway = Simgate(Path(home) / "gateway", bank)
        time.sleep(2)
        before, began = gateway.cpu(), time.monotonic()
        time.sleep(seconds)
        share = (gateway.cpu() - before) / (time.monotonic() - began) * 100
        rows.append(["at rest", gateway.daemon.resident_bytes() / 1e6, share])
        before, began = gateway.cpu(), time.monotonic()
        messages = [(number(i), f"message {i}") for i in range(modems * 40)]
        gateway.hand_in(messages)
        wait_for(bank.air, len(messages), 300)
        share = (gateway.cpu() - before) / (time.monotonic() - began) * 100
        rows.append([f"after {len(messages)} messages", gateway.daemon.resident_bytes() / 1e6, share])
        eventually(lambda: gateway.api.messages(state="delivered", limit=1))
        gateway.stop()
        bank.close()
    table(f"simgate with {modems} modems", ["", "resident MB", "CPU % of a core"], rows)


HUNG, BABBLING = 0, 1


def neighbours(modems, air_times, seconds):
    """What one hung and one babbling modem cost the others of their bank."""
    rows = []
    for air_time in air_times:
        without = others(modems, air_time, seconds, spoilt=False)
        beside = others(modems, air_time, seconds, spoilt=True)
        change = (beside.busy - without.busy) * 100
        for name, found in (("all well", without), ("one hung, one babbling", beside)):
            rows.append([name, air_time, found.modems, found.busy * 100, found.gap(0.5), found.gap(0.99)])
        rows.append(["difference", air_time, None, change, None, None])
    table(
        f"The other modems of a bank of {modems}",
        ["bank", "air s", "modems", "busy %", "gap p50 ms", "p99 ms"], rows,
    )


def others(modems, air_time, seconds, spoilt):
    """How busy all modems but two were; `spoilt`: one of the two hangs and the other babbles."""
    with folder() as home:
        bank = Bank(Path(home) / "bank", modems, air_time=air_time)
        gateway = Simgate(Path(home) / "gateway", bank)
        if spoilt:
            bank.ask(command="fault", slot=HUNG, rule={"fault": "hang", "until": "power-cycle", "on": "now"})
            babble = {"fault": "babble", "line": "^RSSI: 21", "per_second": 2000, "deaf": True, "on": "now"}
            bank.ask(command="fault", slot=BABBLING, rule=babble)
        each = max(3, round(seconds / air_time))
        messages = [(number(i), f"message {i} of a campaign") for i in range(each * modems)]
        gateway.hand_in(messages)
        # Those two have no more than a message each; a few of their share may still wait for them.
        submits = wait_for(bank.air, len(messages) - 2, 30 + 4 * seconds)
        gateway.stop()
        bank.close()
    return Radios([submit for submit in submits if submit.slot not in (HUNG, BABBLING)])
