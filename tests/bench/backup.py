"""What a backup of a long history costs those who send meanwhile: the radios' gaps, and the time of an acceptance."""

import time
from pathlib import Path

from figures import Radios, percentile, table
from gateways import Simgate
from harness import Bank, eventually, number
from history import fill
from measures import folder

MODEMS, AIR_TIME = 16, 0.2


class Phase:
    """Some seconds of a busy bank with a client beside it."""

    def __init__(self, name, gateway, over):
        """Goes on until `over` says so."""
        self.name, self.waits = name, []
        began = time.time_ns() // 1000
        while not over():
            asked = time.perf_counter()
            gateway.hand_in_one(number(len(self.waits)), "a code")
            self.waits.append((time.perf_counter() - asked) * 1000)
            time.sleep(0.02)
        self.seconds = (time.time_ns() // 1000 - began) / 1e6
        done = [s for s in gateway.bank.air.submits() if began <= s.record["done_us"] <= began + self.seconds * 1e6]
        self.radios = Radios(done)

    def row(self):
        rate = self.radios.submits / self.seconds
        gaps = [self.radios.gap(share) for share in (0.5, 0.99, 1.0)]
        waits = [percentile(self.waits, share) for share in (0.5, 0.99, 1.0)]
        return [self.name, self.seconds, rate, *gaps, *waits]


def backup(count, seconds):
    """Fills a store and prints the table."""
    with folder() as home:
        bank = Bank(Path(home) / "bank", MODEMS, air_time=AIR_TIME)
        gateway = Simgate(Path(home) / "gateway", bank)
        daemon = gateway.daemon
        daemon.stop()
        database = daemon.data / "simgate.db"
        fill(database, count)
        daemon.start().wait_ready(MODEMS)
        gateway.api = api = daemon.api()
        conversations = "/api/v1/conversations"
        eventually(lambda: api.get(conversations).expect(200)["indexed_until"] is None, within=count / 500 + 120)
        work = [(number(i), f"message {i} of a campaign") for i in range(int(MODEMS / AIR_TIME * seconds * 20))]
        gateway.hand_in(work)
        time.sleep(2)

        def after(wait):
            end = time.monotonic() + wait
            return lambda: time.monotonic() >= end

        before = Phase("without", gateway, after(seconds))
        begun = api.post("/api/v1/backup", {}).expect(202)["started_at"]
        state = {"log": 0, "looked": 0.0}

        def made():
            log = Path(f"{database}-wal")
            state["log"] = max(state["log"], log.stat().st_size if log.exists() else 0)
            if time.monotonic() - state["looked"] < 0.5:
                return False
            state["looked"] = time.monotonic()
            state["status"] = api.get("/api/v1/backups").expect(200)
            return state["status"]["running"] is None

        during = Phase("during a backup", gateway, made)
        assert state["status"]["last_good_at"] == begun, state["status"]
        later = Phase("after it", gateway, after(seconds))
        size = state["status"]["items"][0]["size_bytes"]
        gateway.stop()
        bank.close()
    table(
        f"A backup of {count} messages, {size / 1e6:.0f} MB, beside {MODEMS} busy modems; the log grew to {state['log'] / 1e6:.0f} MB",
        ["", "s", "sent/s", "gap p50 ms", "p99", "max", "accept p50 ms", "p99", "max"],
        [phase.row() for phase in (before, during, later)],
    )
