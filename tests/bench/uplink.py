"""How many submit_sm a second leave through an uplink, each durable before and after."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from figures import table
from gateways import Simgate
from harness import eventually, number
from harness.paths import free_port
from harness.smsc import NodeSmsc, Uplink

HERE = Path(__file__).parent
BATCH = 5000


class FastSmsc:
    """`smsc_fast.mjs` in a process of its own."""

    SYSTEM_ID = NodeSmsc.SYSTEM_ID
    PASSWORD = NodeSmsc.PASSWORD

    def __init__(self):
        self.port = free_port()
        command = ["node", str(HERE / "smsc_fast.mjs"), json.dumps({"port": self.port})]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert "listening" in self._answer()

    def _answer(self):
        return json.loads(self.process.stdout.readline())

    def figures(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return self._answer()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def uplink(counts):
    """`counts`: messages for each window. All of them wait when the uplink is enabled; nothing else comes meanwhile."""
    if why := NodeSmsc.missing():
        print(f"uplink: {why}", flush=True)
        return
    rows = []
    for receipts in (False, True):
        for window, count in counts.items():
            rows.append(measure(window, count, receipts))
            print(f"  window {window}, {'with' if receipts else 'no'} receipts: done", flush=True)
    table(
        "Uplink: submit_sm a second from first to last answer; CPU of gateway, its writing thread, SMSC and all others (100 %: a core)",
        ["uplink", "messages", "submit_sm/s", "receipts/s", "CPU s/1000", "CPU %", "writer %", "SMSC %", "others %", "memory MB", ""],
        rows,
    )


def measure(window, count, receipts):
    with tempfile.TemporaryDirectory(prefix="simgate-bench-") as home:
        smsc = FastSmsc()
        gateway = Simgate(Path(home) / "gateway", None)
        line = Uplink(gateway.daemon, smsc, window=window, enabled=False)
        try:
            line.put()
            for start in range(0, count, BATCH):
                batch = range(start, min(start + BATCH, count))
                line.batch(
                    [{"to": number(i), "text": f"Your code is {i:06d}"} for i in batch], status_report=receipts
                )
            rest(gateway)
            machine, before, store_before, began = machine_cpu(), gateway.cpu(), store_cpu(gateway), time.monotonic()
            line.put(enabled=True)
            found = until_through(smsc, count, receipts)
            spent = time.monotonic() - began
            cpu, store = gateway.cpu() - before, store_cpu(gateway) - store_before
            others = max(0, machine_cpu() - machine - cpu - found["cpu"])
            memory = gateway.memory()
            note = faults(gateway.api, found, count, "delivered" if receipts else "sent")
        finally:
            gateway.stop()
            smsc.stop()
    return [
        f"simgate, window {window}" + (", receipts" if receipts else ""), f"{count}",
        found["submits"] / found["submitting"] if found["submitting"] else None,
        found["receipts"] / found["receiving"] if found["receiving"] else None,
        cpu / count * 1000, cpu / spent * 100, store / spent * 100,
        found["cpu"] / spent * 100, others / spent * 100, memory / 1e6, note,
    ]


def rest(gateway):
    """Until the gateway has done what it leaves for when nothing else comes: that is not measured."""
    time.sleep(1)
    before = gateway.cpu()
    for _ in range(120):
        time.sleep(0.5)
        now = gateway.cpu()
        if now - before < 0.03:
            return
        before = now


def until_through(smsc, count, receipts, patience=20):
    """The SMSC's figures once it has had everything, or nothing more has come for a while."""
    last, since = None, time.monotonic()
    while True:
        found = smsc.figures()
        had = (found["submits"], found["receipts"])
        if found["submits"] >= count and (not receipts or found["receipts"] >= count):
            return found
        if had != last:
            last, since = had, time.monotonic()
        if time.monotonic() - since > patience:
            return found
        time.sleep(0.05)


def store_cpu(gateway):
    """CPU seconds of the thread that writes to the database."""
    for task in Path(f"/proc/{gateway.daemon.process.pid}/task").iterdir():
        name, fields = (task / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        if name == "store":
            user, system = fields.split()[11:13]
            return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    raise RuntimeError("no thread is named store")


def machine_cpu():
    """CPU seconds that the machine has worked: other work on it makes these figures worse, and is seen so."""
    user, nice, system, _, _, interrupts, soft = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def faults(api, found, count, state):
    """What is not as it must be: every message went once, and the gateway knows it."""
    wrong = []
    if (found["submits"], found["different"]) != (count, count):
        wrong.append(f"{found['submits']} submits for {found['different']} of {count}")
    for waits in ("queued", "sending", *(("sent",) if state == "delivered" else ())):
        eventually(lambda waits=waits: not api.messages(state=waits, direction="outbound", limit=1), within=60)
    items = api.every("/api/v1/messages", state=state, direction="outbound", limit=500)
    once = sum(item["attempts"] == 1 for item in items)
    if (len(items), once) != (count, count):
        wrong.append(f"{len(items)} {state}, {once} at once")
    return "; ".join(wrong) or f"each once, all {state}"
