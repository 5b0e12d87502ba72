"""Five thousand messages over sixteen modems: each sent once, in order, spread evenly, with its report."""

import pytest
from checker import compare
from harness import eventually
from harness.workload import messages

COUNT = 5000
MODEMS = 16


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_five_thousand_messages_over_sixteen_modems(gateway):
    bank, _, api = gateway(MODEMS)
    bodies = messages(COUNT)
    sent = []
    for start in range(0, COUNT, 1000):
        answer = api.post("/api/v1/messages/batch", {"messages": bodies[start : start + 1000]}).expect(202)
        sent += [item["id"] for item in answer["items"]]
    eventually(lambda: not api.messages(state="queued", limit=1), within=600)
    for identifier in sent:
        api.wait_state(identifier, "delivered")
    found = [api.message(identifier) for identifier in sent]
    long = [message for message in found if message["segments"] > 1]
    assert len(long) > COUNT / 4
    assert all(2 <= message["segments"] <= 5 for message in long)
    assert sum(message["encoding"] == "ucs2" for message in found) > COUNT / 10

    findings = compare(found, bank.air, [sim["iccid"] for sim in api.sims()])
    print(findings)
    assert not findings.wrong, str(findings)
    assert len(findings.per_sim) == MODEMS
    assert findings.spread <= 0.10, str(findings)
