"""SIMs first, and an uplink where they cannot or should not carry it: never both."""

import pytest

from harness import eventually, fated, number

ON = ["no-sim", "sim-failure", "quota"]


def set_routes(api, *targets, wait=2, on=ON):
    item = {"name": "main", "match": {}, "targets": list(targets), "fall_back": {"after_wait_seconds": wait, "on": on}}
    answer = api.request("PUT", "/api/v1/routes", {"items": [item]})
    assert answer.status in (200, 201), answer.body


SIMS = {"sims": {}, "strategy": "balance"}
PRIMARY = {"uplink": "primary"}


@pytest.fixture
def both(start_bank, start_daemon, connect, smsc):
    """both(modems, wait=...) -> (bank, uplink): SIMs first, then the uplink."""

    def start(modems=2, wait=2, on=ON, uplink=None, **options):
        bank = start_bank(modems, **options)
        daemon = start_daemon(bank)
        made = connect(smsc, daemon=daemon, **(uplink or {}))
        set_routes(daemon.api(), SIMS, PRIMARY, wait=wait, on=on)
        return bank, made

    return start


def carriers(bank, smsc):
    """recipient -> how often it was on the air and at the SMSC."""
    found = {}
    for submit in bank.air.accepted():
        found.setdefault(submit.to.removeprefix("+"), []).append("sim")
    for submit in smsc.taken():
        found.setdefault(submit.to, []).append("uplink")
    return found


def each_once(bank, smsc, count):
    """How many went by SIM and by uplink; none by both, none twice."""
    found = carriers(bank, smsc)
    assert len(found) == count
    assert all(len(ways) == 1 for ways in found.values()), found
    return [sum(ways == [way] for ways in found.values()) for way in ("sim", "uplink")]


def batch(api, first, count, **fields):
    bodies = [{"to": number(i), "text": f"message {i}", **fields} for i in range(first, first + count)]
    return [item["id"] for item in api.post("/api/v1/messages/batch", {"messages": bodies}).expect(202)["items"]]


def test_while_sims_can_send_the_uplink_gets_nothing(both, smsc):
    bank, uplink = both(wait=60)
    uplink.wait_all(batch(uplink.api, 0, 20), "delivered")
    assert each_once(bank, smsc, 20) == [20, 0]
    assert smsc.submits() == []


def test_all_sims_gone_and_back(both, smsc):
    bank, uplink = both()
    api = uplink.api
    uplink.wait_all(batch(api, 0, 10), "delivered")
    for slot in range(2):
        bank.unplug(slot)
    eventually(lambda: not [sim for sim in api.sims() if sim["state"] == "ready"])
    messages = uplink.wait_all(batch(api, 10, 10), "delivered")
    assert {message["route"] for message in messages} == {"uplink:primary"}
    assert each_once(bank, smsc, 20) == [10, 10]
    for slot in range(2):
        bank.plug(slot)
    uplink.daemon.wait_ready(2)
    messages = uplink.wait_all(batch(api, 20, 10), "delivered")
    assert all(message["route"].startswith("sim:") for message in messages)
    assert each_once(bank, smsc, 30) == [20, 10]


def test_sims_that_go_while_messages_are_sent(both, smsc):
    bank, uplink = both(air_time=0.1)
    identifiers = batch(uplink.api, 0, 60)
    eventually(lambda: len(bank.air.accepted()) >= 6)
    for slot in range(2):
        bank.unplug(slot)
    messages = uplink.wait_all(identifiers, "sent", "delivered", "uncertain")
    found = carriers(bank, smsc)
    assert all(len(ways) == 1 for ways in found.values()), found
    # Only what was on a SIM when it went can be in doubt, and that is not sent by the uplink too.
    doubtful = [message for message in messages if message["state"] == "uncertain"]
    assert len(doubtful) <= 4
    assert all(message["route"].startswith("sim:") for message in doubtful)
    assert len(found) >= 60 - len(doubtful)


@pytest.mark.within_an_hour
def test_a_full_bulk_overflows_and_an_otp_leaves_at_once(both, smsc):
    bank, uplink = both(uplink={"window": 1})
    api = uplink.api
    for sim in api.sims():
        api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_day": 5}}).expect(200)
    smsc.set(delay_milliseconds=100)
    bulk = batch(api, 0, 60, priority="bulk")
    eventually(lambda: len(smsc.submits()) >= 5)
    before = len(smsc.submits())
    otp = api.send(number(9000), "code 1", priority="otp")["id"]
    api.wait_state(otp, "sent", "delivered")
    position = [submit.text for submit in smsc.submits()].index("code 1")
    assert position <= before + 6, f"{position} after {before}"
    uplink.wait_all([*bulk, otp], "delivered")
    assert each_once(bank, smsc, 61) == [10, 51]


@pytest.mark.parametrize("modems", [1, 2])
def test_sims_that_fail_hand_over(both, smsc, modems):
    bank, uplink = both(modems, wait=30)
    refused = fated("refused", 38)
    identifier = uplink.api.send(refused, "nobody takes this but the SMSC")["id"]
    message = uplink.api.wait_state(identifier, "delivered")
    assert message["route"] == "uplink:primary"
    assert bank.air.accepted(refused) == []
    assert len(smsc.submits(refused)) == 1


def test_what_is_on_the_air_is_not_handed_over(both, smsc):
    """The radio takes longer than the wait: the one that is sending stays, those behind it go up."""
    bank, uplink = both(modems=1, wait=1, air_time=6)
    identifiers = batch(uplink.api, 0, 8)
    messages = uplink.wait_all(identifiers, "sent", "delivered")
    by_sim, by_uplink = each_once(bank, smsc, 8)
    assert by_sim >= 1 and by_uplink >= 5
    assert sum(message["route"].startswith("sim:") for message in messages) == by_sim


def test_a_long_message_stays_where_it_began(both, smsc):
    bank, uplink = both(modems=1, wait=1, air_time=1)
    text = " ".join(f"{i:03} all of this text must arrive;" for i in range(16))
    identifiers = [uplink.api.send(number(i), text)["id"] for i in range(3)]
    messages = uplink.wait_all(identifiers, "sent", "delivered")
    for message in messages:
        assert len({part["route"] for part in message["parts"]}) == 1, message
    assert all(found.complete and found.text == text for found in smsc.messages())
    on_air = {submit.to.removeprefix("+") for submit in bank.air.accepted()}
    assert not on_air & {found.to for found in smsc.messages()}
    assert len(bank.air.accepted()) == 4 * len(on_air)


@pytest.mark.within_an_hour
def test_without_a_reason_to_fall_back_it_waits(both, smsc):
    bank, uplink = both(modems=1, wait=None, on=["no-sim"])
    api = uplink.api
    [sim] = api.sims()
    api.patch(f"/api/v1/sims/{sim['iccid']}", {"quota": {"per_day": 1}}).expect(200)
    identifiers = batch(api, 0, 2)
    eventually(lambda: len(bank.air.accepted()) == 1)
    eventually(lambda: sorted(api.message(identifier)["state"] for identifier in identifiers) == ["delivered", "queued"])
    bank.unplug(0)
    uplink.wait_all(identifiers, "delivered")
    assert each_once(bank, smsc, 2) == [1, 1]


def test_a_backup_uplink(start_smsc, start_daemon, connect):
    first, second = start_smsc("first"), start_smsc("second")
    uplink = connect(first)
    connect(second, "backup", daemon=uplink.daemon)
    set_routes(uplink.api, PRIMARY, {"uplink": "backup"}, wait=1)
    uplink.wait_all(batch(uplink.api, 0, 5), "delivered")
    assert second.submits() == []
    first.stop()
    eventually(lambda: uplink.shown()["state"] != "bound")
    messages = uplink.wait_all(batch(uplink.api, 5, 5), "delivered")
    assert {message["route"] for message in messages} == {"uplink:backup"}
    first.start()
    uplink.wait_bound(binds=2)
    uplink.wait_all(batch(uplink.api, 10, 5), "delivered")
    assert (len(first.taken()), len(second.taken())) == (10, 5)


def test_a_message_for_sims_or_for_the_uplink_alone_does_not_change_over(both, smsc):
    bank, uplink = both(modems=1)
    api = uplink.api
    [sim] = api.sims()
    up = uplink.send(number(1))
    api.wait_state(up, "delivered")
    assert len(smsc.submits(number(1))) == 1
    bank.unplug(0)
    eventually(lambda: api.sims()[0]["state"] != "ready")
    pinned = api.send(number(2), "for this SIM", sender=f"sim:{sim['iccid']}")["id"]
    # One that came later has gone up: the first could have too, if it was to.
    api.wait_state(api.send(number(3), "any way")["id"], "delivered")
    assert api.message(pinned)["state"] == "queued"
    assert smsc.submits(number(2)) == []
    bank.plug(0)
    api.wait_state(pinned, "delivered")
    assert each_once(bank, smsc, 3) == [1, 2]
