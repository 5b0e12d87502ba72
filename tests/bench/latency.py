"""What a slow disk costs: each sync takes so many milliseconds longer. Each function prints one table."""

import tempfile
import time
from pathlib import Path

from figures import Radios, percentile, table
from gateways import Simgate, wait_for
from harness import Bank, number


def folder():
    return tempfile.TemporaryDirectory(prefix="simgate-bench-")


def since(handed, submits, what):
    """Milliseconds from each hand-in to what the modem noted then."""
    return [(submit.record[what] - handed[submit.to]) / 1000 for submit in submits if submit.to in handed]


def disks(sync_times, modems, samples, seconds):
    """Hand-in to the modem at idle, and the gap between two messages of a busy bank, with and without reports."""
    rows, gaps = [], []
    for sync_ms in sync_times:
        command, text = at_idle(sync_ms, samples)
        rows.append([sync_ms, percentile(command, 0.5), percentile(command, 0.99), percentile(text, 0.5), percentile(text, 0.99)])
        for reports in (False, True):
            found = at_work(sync_ms, modems, seconds, reports)
            gaps.append([sync_ms, "yes" if reports else "no", modems, found.busy * 100, *map(found.gap, (0.5, 0.99, 1.0))])
        print(f"  a sync of {sync_ms} ms more: done", flush=True)
    table(
        "Slow disks: from hand-in to the AT+CMGS and to the end of the PDU (5 ms of it the modem's prompt), at idle",
        ["sync + ms", "AT p50 ms", "p99 ms", "PDU p50 ms", "p99 ms"], rows,
    )
    table(
        "Slow disks: radios of a busy bank, 1 s on the air; idle gap beyond the modem's own time",
        ["sync + ms", "reports", "modems", "busy %", "gap p50 ms", "p99 ms", "max ms"], gaps,
    )


def at_idle(sync_ms, samples):
    with folder() as home:
        bank = Bank(Path(home) / "bank", 4, air_time=0.05)
        gateway = Simgate(Path(home) / "gateway", bank, sync_ms)
        handed = {}
        for i in range(samples):
            # Uneven pauses, so that nothing is met in step.
            time.sleep(0.25 + (i * 37 % 100) / 500)
            handed[number(i)] = time.time_ns() // 1000
            gateway.hand_in_one(number(i), f"code {i}")
            wait_for(bank.air, i + 1, 20)
        submits = bank.air.submits()
        gateway.stop()
        bank.close()
    return since(handed, submits, "command_us"), since(handed, submits, "ctrl_z_us")


def at_work(sync_ms, modems, seconds, reports):
    with folder() as home:
        # Messages end when they do, not all at once.
        bank = Bank(Path(home) / "bank", modems, air_time=1, options=("--air-jitter", "0.2"))
        gateway = Simgate(Path(home) / "gateway", bank, sync_ms)
        messages = [(number(i), f"message {i} of a campaign") for i in range(round(seconds) * modems)]
        gateway.hand_in(messages, status_report=reports)
        submits = wait_for(bank.air, len(messages), 30 + 4 * seconds)
        gateway.stop()
        bank.close()
    return Radios(submits)


def otp(modems, samples):
    """How long a one-time password waits while every radio of a bank is at work, in air times."""
    air_time = 1
    with folder() as home:
        bank = Bank(Path(home) / "bank", modems, air_time=air_time, options=("--air-jitter", "0.1"))
        gateway = Simgate(Path(home) / "gateway", bank)
        # Each long: what waits between two messages and what waits between two parts are one.
        bulk = [(number(i), "a long message of a campaign, " * 40) for i in range(modems * (samples // 4 + 4))]
        gateway.hand_in(bulk, priority="bulk")
        wait_for(bank.air, modems, 20)
        handed = {}
        for i in range(samples):
            to = number(1_000_000 + i)
            handed[to] = time.time_ns() // 1000
            gateway.api.send(to, f"code {i}", priority="otp")
            time.sleep(0.3 + (i * 37 % 100) / 200)
        time.sleep(4 * air_time)
        waits = [wait / 1000 / air_time for wait in since(handed, bank.air.submits(), "ctrl_z_us")]
        gateway.stop()
        bank.close()
    table(
        "A one-time password on a bank full of long bulk messages: from hand-in to the end of its PDU, in air times",
        ["modems", "sent", "of", "p50", "max"], [[str(modems), str(len(waits)), str(samples), percentile(waits, 0.5), max(waits, default=None)]],
    )
