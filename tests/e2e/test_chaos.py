"""A short run of `tests/chaos`: kills and every fault, and nothing is lost, doubled or denied."""

import pytest
from checker import SmscLog, reckon
from harness.chaos import Chaos, Plan
from harness.smsc import NodeSmsc


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "seed"), [("hold", 7)])
def test_nothing_is_lost_or_doubled_whatever_goes_wrong(tmp_path, policy, seed):
    plan = Plan(
        seed=seed, messages=400, mo=100, modems=8, kill_every=4, policy=policy, minutes=0.5, settle=35, uncertain_wait=10,
        profile="generic,quectel-ec25",
    )
    chaos = Chaos(tmp_path, plan)
    try:
        outcome = chaos.run()
        found = reckon(outcome, chaos.bank.air, policy)
    finally:
        chaos.close()
    print(found)
    assert not found.wrong, str(found)
    # How much of it fits into the time is the machine's affair; that something happened is not.
    assert outcome.kills >= 3 and sum(outcome.troubles.values()) >= 20
    assert found.parts >= 50 and found.mo_arrived >= 10


@pytest.mark.slow
@pytest.mark.skipif(NodeSmsc.missing() is not None, reason="no SMSC to be the uplink's (tests/run tools)")
@pytest.mark.parametrize(("policy", "seed"), [("hold", 7)])
def test_nothing_is_lost_or_doubled_when_the_uplink_fails_too(tmp_path, policy, seed):
    plan = Plan(
        seed=seed, messages=300, mo=100, modems=6, kill_every=4, policy=policy, minutes=0.4, settle=30, uncertain_wait=10,
        profile="generic,quectel-ec25", uplink=True, uplink_trouble_every=0.7,
    )
    chaos = Chaos(tmp_path, plan)
    try:
        outcome = chaos.run()
        found = reckon(outcome, chaos.bank.air, policy, SmscLog(chaos.smsc.log, outcome.uplink))
    finally:
        chaos.close()
    print(found)
    assert not found.wrong, str(found)
    assert outcome.kills >= 3 and sum(count for name, count in outcome.troubles.items() if name.startswith("uplink")) >= 10
    assert found.parts >= 20 and found.uplink_parts >= 20 and found.fallen_back >= 5
