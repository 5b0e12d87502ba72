"""Which SIM sends what, and when."""

from collections import Counter

import pytest
from harness import eventually, number, stays


def batch(api, messages):
    items = api.post("/api/v1/messages/batch", {"messages": messages}).expect(202)["items"]
    return [item["id"] for item in items]


def test_an_otp_overtakes_a_campaign(gateway):
    bank, _, api = gateway(2, air_time=0.1)
    batch(api, [{"to": number(i), "text": f"bulk {i}", "priority": "bulk"} for i in range(200)])
    eventually(lambda: len(bank.air.accepted()) >= 4)
    before = len(bank.air.submits())
    otp = api.send(number(9000), "code 1", priority="otp")
    normal = api.send(number(9001), "news", priority="normal")
    api.wait_state(otp["id"], "sent", "delivered")
    api.wait_state(normal["id"], "sent", "delivered")
    texts = [submit.text for submit in bank.air.submits()]
    # Ahead of it: what was on the air, and what had been written down as `sending`, one a SIM.
    assert texts.index("code 1") <= before + 6, texts
    assert texts.index("news") <= before + 8, texts
    assert len(texts) < 200


def test_keys_share_the_sims_within_a_priority(gateway):
    bank, daemon, api = gateway(1, air_time=0.05)
    other = daemon.api(daemon.create_key("small", "send"))
    batch(api, [{"to": number(i), "text": "large customer"} for i in range(200)])
    for i in range(5):
        other.send(number(500 + i), f"small customer {i}")
    eventually(lambda: sum(s.text.startswith("small") for s in bank.air.accepted()) == 5)
    assert len(bank.air.accepted()) < 100


def test_a_message_for_one_sim_goes_through_that_sim(gateway):
    bank, _, api = gateway(4)
    iccid = sorted(sim["iccid"] for sim in api.sims())[2]
    sent = [api.send(number(i), "pinned " * 40, sender=f"sim:{iccid}") for i in range(6)]
    for message in sent:
        assert api.wait_state(message["id"], "delivered")["route"] == f"sim:{iccid}"
    assert {submit.iccid for submit in bank.air.submits()} == {iccid}


def test_a_group_is_respected(gateway):
    bank, _, api = gateway(4)
    chosen = sorted(sim["iccid"] for sim in api.sims())[:2]
    for iccid in chosen:
        api.patch(f"/api/v1/sims/{iccid}", {"groups": ["viettel"]}).expect(200)
    sent = batch(api, [{"to": number(i), "text": "grouped", "from": "group:viettel"} for i in range(20)])
    for identifier in sent:
        api.wait_state(identifier, "sent", "delivered")
    assert {submit.iccid for submit in bank.air.submits()} == set(chosen)


@pytest.mark.parametrize("strategy", ["balance", "round-robin"])
def test_the_load_is_spread_evenly(start_bank, start_daemon, strategy):
    bank = start_bank(4)
    daemon = start_daemon(bank, extra=f'[scheduler]\nstrategy = "{strategy}"\n')
    api = daemon.api()
    # Some long: balance evens out the parts. Round-robin passes over a SIM that is still busy with one.
    long = 120 if strategy == "balance" else 1
    sent = batch(api, [{"to": number(i), "text": f"{i} " * (long if i % 5 == 0 else 1)} for i in range(200)])
    for identifier in sent:
        api.wait_state(identifier, "sent", "delivered")
    shares = Counter(submit.iccid for submit in bank.air.accepted())
    even = sum(shares.values()) / 4
    assert len(shares) == 4
    assert all(abs(share - even) <= 0.1 * even for share in shares.values()), shares


@pytest.mark.within_an_hour
def test_a_quota_holds_also_over_a_restart(gateway):
    bank, daemon, api = gateway(1)
    [sim] = api.sims()
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_hour": 5}}).expect(200)
    sent = batch(api, [{"to": number(i), "text": "counted"} for i in range(8)])
    eventually(lambda: len(bank.air.accepted()) == 5)
    eventually(lambda: api.sims()[0]["state"] == "exhausted")
    stays(lambda: len(bank.air.submits()) == 5, 0.5)
    daemon.kill()
    daemon.start()
    api = daemon.api()
    eventually(lambda: api.sims()[0]["state"] == "exhausted")
    stays(lambda: len(bank.air.submits()) == 5, 0.5)
    states = Counter(api.message(identifier)["state"] for identifier in sent)
    assert states["queued"] == 3
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_hour": 100}}).expect(200)
    for identifier in sent:
        api.wait_state(identifier, "delivered")
    assert len(bank.air.accepted()) == 8


def test_a_quota_counts_parts(gateway):
    bank, _, api = gateway(2)
    for sim in api.sims():
        api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_minute": 3, "segments": True}}).expect(200)
    batch(api, [{"to": number(i), "text": "x" * 200} for i in range(4)])
    eventually(lambda: len(bank.air.accepted()) == 4)
    # One part of room is left on each, and a message of two does not fit in it.
    stays(lambda: len(bank.air.submits()) == 4, 0.5)


def test_the_minimum_gap_is_kept(gateway):
    bank, _, api = gateway(1)
    [sim] = api.sims()
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"min_gap_ms": 300}).expect(200)
    for identifier in batch(api, [{"to": number(i), "text": "gap"} for i in range(4)]):
        api.wait_state(identifier, "sent", "delivered")
    submits = bank.air.accepted()
    gaps = [b.record["command_us"] - a.record["done_us"] for a, b in zip(submits, submits[1:])]
    assert min(gaps) >= 299_000, gaps


def test_a_disabled_sim_sends_nothing(gateway):
    bank, _, api = gateway(2)
    off, on = sorted(sim["iccid"] for sim in api.sims())
    api.patch(f"/api/v1/sims/{off}", {"enabled": False, "label": "resting"}).expect(200)
    assert api.get(f"/api/v1/sims/{off}").expect(200)["state"] == "disabled"
    for identifier in batch(api, [{"to": number(i), "text": "on"} for i in range(10)]):
        api.wait_state(identifier, "delivered")
    assert {submit.iccid for submit in bank.air.submits()} == {on}
    api.patch(f"/api/v1/sims/{off}", {"enabled": True}).expect(200)
    api.wait_state(api.send(number(1), "back", sender=f"sim:{off}")["id"], "delivered")
