"""Inbound messages: stored, joined, and nothing lost while the gateway is away."""

from harness import eventually, number

LONG = "A long message from a phone comes in several parts, and the reader sees one text. " * 4


def inbound(api, count=1):
    """The inbound messages, oldest first, once there are `count`."""

    def there():
        found = api.every("/api/v1/messages", direction="inbound")
        assert len(found) >= count, found
        return found[::-1]

    return eventually(there)


def test_a_message_from_a_phone_can_be_read(gateway):
    bank, _, api = gateway(2)
    bank.inject("Xin chào \U0001f600", sender=number(7), slot=1)
    [message] = inbound(api)
    assert message["text"] == "Xin chào \U0001f600"
    assert message["from"] == number(7)
    assert message["direction"] == "inbound"
    assert message["state"] == "received"
    assert message["sim"] in {sim["iccid"] for sim in api.sims()}
    assert message["smsc_time"] and message["received_at"]
    assert message["complete"] is True
    assert api.message(message["id"])["text"] == message["text"]


def test_long_messages_are_joined(gateway):
    bank, _, api = gateway(1)
    unicode = "Tin nhắn rất dài với dấu tiếng Việt. " * 6
    bank.inject(LONG, sender=number(1))
    bank.inject(unicode, sender=number(2))
    found = {message["from"]: message for message in inbound(api, 2)}
    assert found[number(1)]["text"] == LONG
    assert found[number(2)]["text"] == unicode
    assert len(inbound(api)) == 2


def test_parts_out_of_order_are_joined_across_a_restart(gateway):
    bank, daemon, api = gateway(1)
    bank.inject(LONG, sender=number(1), parts=[3, 1], reference=77)
    eventually(lambda: len(bank.air.deliveries()) >= 2)
    assert api.messages(direction="inbound") == []
    assert daemon.stop() == 0
    daemon.start().wait_ready(1)
    bank.inject(LONG, sender=number(1), parts=[2], reference=77)
    [message] = inbound(daemon.api())
    assert message["text"] == LONG
    assert message["complete"] is True


def test_what_came_while_the_gateway_was_down_is_read_from_the_sim(gateway):
    bank, daemon, _ = gateway(1)
    assert daemon.stop() == 0
    for i in range(5):
        bank.inject(f"while away {i}", sender=number(i))
    daemon.start()
    found = inbound(daemon.api(), 5)
    assert sorted(message["text"] for message in found) == [f"while away {i}" for i in range(5)]


def test_a_kill_while_messages_come_in_loses_none_and_doubles_none(gateway):
    bank, daemon, _ = gateway(2)
    texts = [f"busy {i}" for i in range(40)]
    for i, text in enumerate(texts):
        bank.inject(text, sender=number(i), slot=i % 2)
        if i in (15, 30):
            daemon.kill()
            daemon.start()
    found = inbound(daemon.api(), len(texts))
    assert sorted(message["text"] for message in found) == sorted(texts)


def test_a_number_that_the_network_gives_without_its_country_is_the_same_one(gateway):
    bank, _, api = gateway(1)
    sent = api.send(number(7), "Are you there?")
    api.wait_state(sent["id"], "sent", "delivered")
    national = "0" + number(7).removeprefix("+84")
    bank.inject("Yes", sender=national)
    bank.inject("Balance: 5", sender="1414")
    found = {message["text"]: message["from"] for message in inbound(api, 2)}
    assert found == {"Yes": number(7), "Balance: 5": "1414"}
    assert {one["number"] for one in api.every("/api/v1/conversations")} == {number(7), "1414"}
    for written in (number(7), national):
        thread = api.conversation(written).expect(200)
        assert {message["text"] for message in thread["items"]} == {"Are you there?", "Yes"}


def test_a_conversation_holds_both_directions(gateway):
    bank, _, api = gateway(1)
    sent = api.send(number(5), "Are you there?")
    api.wait_state(sent["id"], "delivered")
    bank.inject("Yes", sender=number(5))
    inbound(api)
    bank.inject("Someone else", sender=number(6))
    inbound(api, 2)

    page = api.conversation(number(5)).expect(200)
    assert [(m["direction"], m["text"]) for m in page["items"]] == [("inbound", "Yes"), ("outbound", "Are you there?")]
    overview = api.get("/api/v1/conversations").expect(200)["items"]
    numbers = [entry["number"] for entry in overview]
    assert numbers == [number(6), number(5)]
