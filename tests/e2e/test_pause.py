"""A campaign is paused and goes on: nothing is lost, nothing is sent twice, and what is paused stays so over a kill."""

from collections import Counter

import pytest
from harness import eventually, number
from harness.wait import stays

SPRING = {"reference": "spring"}


def summary(api):
    return api.get("/api/v1/messages/summary", reference="spring").expect(200)


def counted(api, *states):
    return sum(one["messages"] for one in summary(api)["states"] if one["state"] in states)


def test_a_paused_campaign_waits_over_a_kill_while_others_go(start_bank, start_daemon):
    bank = start_bank(2, air_time=0.1)
    daemon = start_daemon(bank)
    api = daemon.api()
    to = [number(index) for index in range(60)]
    batch = [{"to": one, "text": f"Sale {at}", "priority": "bulk", **SPRING} for at, one in enumerate(to)]
    api.post("/api/v1/messages/batch", {"messages": batch}).expect(202)
    eventually(lambda: counted(api, "sent", "delivered") >= 5, what="some of it is out")

    paused = api.post("/api/v1/messages/pause", SPRING).expect(200)["paused"]
    assert paused > 0
    eventually(lambda: counted(api, "sending") == 0, what="what was in hand is done")
    before = len(bank.air.submits())
    assert before + paused == len(to)
    [item] = eventually(lambda: [one for one in api.every("/api/v1/attention") if one["code"] == "paused"])
    assert item["params"] == {"messages": paused}
    waiting = api.messages(state="queued", **SPRING)[0]
    assert waiting["waiting_for"]["code"] == "paused"
    stays(lambda: len(bank.air.submits()) == before, during=1)

    daemon.kill()
    daemon.start()
    daemon.wait_ready(2)
    api = daemon.api()
    assert summary(api)["paused"] == paused
    code = api.send(number(999), "Your code is 123456", priority="otp")
    api.wait_state(code["id"], "delivered")
    after = api.send(number(998), "Not of the campaign", priority="bulk")
    api.wait_state(after["id"], "delivered")
    assert len(bank.air.submits()) == before + 2

    done = daemon.cli("messages", "resume", "spring")
    assert (done.stdout, done.returncode) == (f"{paused} resumed\n", 0)
    eventually(lambda: counted(api, "delivered") == len(to), what="all of it has arrived")
    sent = Counter(submit.to for submit in bank.air.accepted())
    assert sent == Counter([*to, number(999), number(998)])
    eventually(lambda: not [one for one in api.every("/api/v1/attention") if one["code"] == "paused"])


@pytest.mark.slow
def test_what_is_paused_expires_and_is_cancelled_as_ever(start_daemon):
    daemon = start_daemon()
    api = daemon.api()
    brief = api.send(number(1), "brief", validity_seconds=60, **SPRING)
    kept = api.send(number(2), "kept", **SPRING)
    given_up = api.send(number(3), "given up", **SPRING)
    assert daemon.cli("messages", "pause", "spring").stdout == "3 paused\n"
    api.delete(f"/api/v1/messages/{given_up['id']}").expect(204)
    counts = {one["state"]: one["messages"] for one in summary(api)["states"]}
    assert (counts, summary(api)["paused"]) == ({"queued": 2, "cancelled": 1}, 2)
    eventually(lambda: api.message(brief["id"])["state"] == "expired", within=120)
    assert api.message(brief["id"])["reason"]["code"] == "validity"
    assert api.message(kept["id"])["waiting_for"]["code"] == "paused"
    assert api.post("/api/v1/messages/cancel", SPRING).expect(200) == {"cancelled": 1}
