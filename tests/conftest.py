"""Fixtures for every Python test: a bank of virtual modems, a gateway on it, an API client."""

import time

import pytest

from harness import Api, Bank, Daemon, Events, schema

# Every answer and every event in every test is held against the OpenAPI document.
Api.check = staticmethod(schema.check)
Events.check = staticmethod(schema.check_event)

# As many test processes as `tests/run` starts.
PROCESSES = 3


def pytest_collection_modifyitems(items):
    """Each process begins with its share of the slow ones, so that none is left for the end."""
    slow = [item for item in items if item.get_closest_marker("slow")]
    others = [item for item in items if not item.get_closest_marker("slow")]
    size = -(-len(others) // PROCESSES)
    items[:] = [
        item for n in range(PROCESSES) for item in [*slow[n::PROCESSES], *others[n * size : (n + 1) * size]]
    ]


@pytest.fixture(autouse=True)
def an_hour_to_itself(request):
    """An hour's end sets back what the SIMs used; a day and a month end with an hour."""
    left = 3600 - time.time() % 3600
    if request.node.get_closest_marker("within_an_hour") and left < 60:
        time.sleep(left)


@pytest.fixture
def start_bank(tmp_path):
    """start_bank(modems, ...) -> Bank; all are ended after the test."""
    banks = []

    def start(modems=1, name="bank", **options):
        banks.append(Bank(tmp_path / name, modems, **options))
        return banks[-1]

    yield start
    for bank in banks:
        bank.close()


@pytest.fixture
def start_daemon(tmp_path):
    """start_daemon(bank, ...) -> Daemon, ready to send on all SIMs of the bank; ended after the test."""
    daemons = []

    def start(bank=None, ports=None, extra="", ready=None, name="gateway", http="", country="VN"):
        patterns = ports if ports is not None else [bank.pattern] if bank else []
        daemons.append(Daemon(tmp_path / name, patterns, extra, http, country))
        daemon = daemons[-1].start()
        if ready is None and bank is not None:
            ready = bank.modems
        if ready:
            daemon.wait_ready(ready)
        return daemon

    yield start
    for daemon in daemons:
        daemon.close()


@pytest.fixture
def gateway(start_bank, start_daemon):
    """gateway(modems) -> (bank, daemon, api): the usual start."""

    def start(modems=1, **options):
        bank = start_bank(modems, **options)
        daemon = start_daemon(bank)
        return bank, daemon, daemon.api()

    return start


@pytest.fixture
def receiver():
    """receiver(...) -> Receiver of webhooks that is at work; ended after the test."""
    from harness.receiver import Receiver

    started = []

    def start(**options):
        started.append(Receiver(**options).start())
        return started[-1]

    yield start
    for each in started:
        each.stop()
