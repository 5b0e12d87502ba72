"""Server-sent events: what happens is told as it happens, and a client that was away misses nothing."""

from harness import eventually, number


def test_a_message_is_followed_from_queued_to_delivered(gateway):
    bank, _, api = gateway(1)
    with api.events() as events:
        message = api.send(number(1), "watched")
        for kind in ("message.queued", "message.sent", "message.delivered"):
            event = events.wait(kind, lambda data: data["id"] == message["id"])
            assert event["id"]
        bank.inject("answer", sender=number(1))
        received = events.wait("message.received")
        eventually(lambda: api.messages(direction="inbound"))
        assert received["data"]["id"] == api.messages(direction="inbound")[0]["id"]


def test_a_client_resumes_where_it_was(gateway):
    _, _, api = gateway(1)
    with api.events() as events:
        first = api.send(number(1), "seen")
        last = events.wait("message.delivered", lambda data: data["id"] == first["id"])["id"]
    missed = api.send(number(2), "missed")
    api.wait_state(missed["id"], "delivered")
    with api.events(last_event_id=last) as events:
        events.wait("message.delivered", lambda data: data["id"] == missed["id"])
        identifiers = [event["data"].get("id") for event in events.seen if event["event"].startswith("message.")]
        assert first["id"] not in identifiers
        kinds = [event["event"] for event in events.seen if event["data"].get("id") == missed["id"]]
        assert kinds[:3] == ["message.queued", "message.sent", "message.delivered"]
        assert len(set(event["id"] for event in events.seen)) == len(events.seen)


def test_states_of_sims_and_modems_are_told(gateway):
    bank, _, api = gateway(2)
    with api.events() as events:
        bank.unplug(0)
        events.wait("modem.state")
        event = events.wait("sim.state", lambda data: data["state"] == "absent")
        assert event["data"]["iccid"] in {sim["iccid"] for sim in api.sims()}
        bank.plug(0)
        events.wait("sim.state", lambda data: data["state"] == "ready")


def test_a_key_of_a_group_is_told_of_its_modem_to_the_end_and_from_the_beginning(gateway):
    bank, daemon, api = gateway(2)
    mine, other = (modem["imei"] for modem in bank.ask(command="stats")["modems"])
    sims = {sim["modem"]: sim["iccid"] for sim in api.sims()}
    api.patch(f"/api/v1/sims/{sims[mine]}", {"groups": ["a"]}).expect(200)
    group = daemon.api(daemon.create_key("group", "read", "--groups", "a"))
    with group.events() as events:
        bank.unplug(1)
        bank.unplug(0)
        for state in ("absent", "identifying", "ready"):
            event = events.wait("modem.state", lambda data, state=state: data["state"] == state)
            assert event["data"]["imei"] == mine
            if state == "absent":
                assert group.get(f"/api/v1/modems/{mine}").expect(200)["state"] == "absent"
                group.get(f"/api/v1/modems/{other}").problem(404)
                bank.plug(0)
        assert other not in {event["data"].get("imei") for event in events.seen}


def test_events_need_a_scope_that_shows_messages(gateway):
    _, daemon, _ = gateway(1)
    operator = daemon.api(daemon.create_key("operator", "operate"))
    operator.get("/api/v1/events").problem(403)
