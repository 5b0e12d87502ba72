"""What the API does with a message before it goes out: batches, previews, idempotency, cancelling, lists."""

import datetime

import pytest
from harness import eventually, number


def soon(seconds):
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def test_a_batch_takes_the_good_ones_and_names_the_bad_ones(gateway):
    bank, _, api = gateway(1)
    batch = [
        {"to": number(1), "text": "one"},
        {"to": "not a number", "text": "two"},
        {"to": number(3), "text": "three", "reference": "third"},
        {"to": number(4)},
    ]
    items = api.post("/api/v1/messages/batch", {"messages": batch}).expect(202)["items"]
    assert [set(item) & {"id", "problem"} for item in items] == [{"id"}, {"problem"}, {"id"}, {"problem"}]
    assert items[1]["problem"]["status"] == 422
    assert items[1]["problem"]["errors"][0]["pointer"].endswith("/to")
    for index in (0, 2):
        api.wait_state(items[index]["id"], "delivered")
    assert sorted(submit.text for submit in bank.air.accepted()) == ["one", "three"]
    assert api.message(items[2]["id"])["reference"] == "third"


def test_a_batch_of_thousands_is_taken_at_once(start_daemon):
    api = start_daemon().api()
    batch = [{"to": number(i), "text": f"message {i}"} for i in range(10_000)]
    items = api.post("/api/v1/messages/batch", {"messages": batch}).expect(202)["items"]
    assert len({item["id"] for item in items}) == 10_000
    assert api.message(items[-1]["id"])["text"] == "message 9999"
    too_many = batch + [{"to": number(1), "text": "one more"}]
    api.post("/api/v1/messages/batch", {"messages": too_many}).problem(422)


def test_a_preview_counts_and_sends_nothing(gateway):
    bank, _, api = gateway(1)

    def preview(**fields):
        return api.post("/api/v1/messages/preview", {"to": number(1), **fields}).expect(200)

    short = preview(text="hello €")
    assert short["encoding"] == "gsm7"
    assert (short["segments"], short["characters"], short["remaining"]) == (1, 8, 152)
    assert short["text"] == "hello €"
    unicode = preview(text="ệ" * 71)
    assert (unicode["encoding"], unicode["segments"], unicode["remaining"]) == ("ucs2", 2, 63)
    assert preview(text="Mã số", transliterate=True)["text"] == "Ma so"
    api.post("/api/v1/messages/preview", {"to": number(1), "text": "ệ", "encoding": "gsm7"}).problem(422)
    assert api.messages() == []
    assert bank.air.submits() == []


def test_the_same_idempotency_key_gives_the_first_answer_again(gateway):
    bank, daemon, api = gateway(1)
    body = {"to": number(1), "text": "only once"}
    first = api.post("/api/v1/messages", body, Idempotency_Key="order-1")
    again = api.post("/api/v1/messages", body, Idempotency_Key="order-1")
    assert again.expect(202)["id"] == first.expect(202)["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["location"] == first.headers["location"]

    other = {"to": number(1), "text": "another text"}
    assert api.post("/api/v1/messages", other, Idempotency_Key="order-1").problem(409)

    api.wait_state(first.json["id"], "delivered")
    daemon.kill()
    daemon.start()
    restarted = daemon.api().post("/api/v1/messages", body, Idempotency_Key="order-1")
    assert restarted.expect(202)["id"] == first.json["id"]

    batch = {"messages": [{"to": number(2), "text": "in a batch"}]}
    one = daemon.api().post("/api/v1/messages/batch", batch, Idempotency_Key="batch-1").expect(202)
    two = daemon.api().post("/api/v1/messages/batch", batch, Idempotency_Key="batch-1").expect(202)
    assert one == two
    daemon.api().wait_state(one["items"][0]["id"], "delivered")
    assert sorted(submit.text for submit in bank.air.accepted()) == ["in a batch", "only once"]


def test_idempotency_keys_of_two_api_keys_are_apart(start_daemon):
    daemon = start_daemon()
    other = daemon.api(daemon.create_key("other", "send,read"))
    first = daemon.api().post("/api/v1/messages", {"to": number(1), "text": "a"}, Idempotency_Key="k").expect(202)
    second = other.post("/api/v1/messages", {"to": number(1), "text": "b"}, Idempotency_Key="k").expect(202)
    assert first["id"] != second["id"]


def test_a_waiting_message_can_be_cancelled(start_daemon):
    api = start_daemon().api()
    queued = api.send(number(1), "no SIM yet")
    scheduled = api.send(number(2), "later", send_at=soon(3600))
    assert api.message(scheduled["id"])["state"] == "scheduled"
    for message in (queued, scheduled):
        assert api.delete(f"/api/v1/messages/{message['id']}").status in (200, 204)
        assert api.message(message["id"])["state"] == "cancelled"
        api.delete(f"/api/v1/messages/{message['id']}").problem(409)
    api.delete("/api/v1/messages/019356f0-0000-7000-8000-000000000000").problem(404)


def test_a_sent_message_cannot_be_cancelled(gateway):
    bank, _, api = gateway(1)
    message = api.send(number(1), "gone")
    api.wait_state(message["id"], "delivered")
    api.delete(f"/api/v1/messages/{message['id']}").problem(409)
    cancelled = api.send(number(2), "never", send_at=soon(3))
    api.delete(f"/api/v1/messages/{cancelled['id']}")
    marker = api.send(number(3), "after it", send_at=soon(3.5))
    api.wait_state(marker["id"], "delivered")
    assert [submit.text for submit in bank.air.accepted()] == ["gone", "after it"]


def test_a_scheduled_message_waits_for_its_time(gateway):
    bank, daemon, api = gateway(1)
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=3)
    message = api.send(number(1), "later", send_at=at.isoformat())
    assert message["state"] == "scheduled"
    # The wait goes on over a restart.
    assert daemon.stop() == 0
    daemon.start()
    api = daemon.api()
    api.wait_state(message["id"], "delivered")
    [submit] = bank.air.accepted()
    assert submit.record["command_us"] >= at.timestamp() * 1e6


@pytest.mark.slow
def test_what_is_too_old_expires(start_daemon):
    api = start_daemon().api()
    longer = api.send(number(1), "no SIM will come", validity_seconds=3600)
    # A minute is the shortest validity there is.
    shorter = api.send(number(1), "in time for nothing", validity_seconds=60)
    assert shorter["created_at"] < shorter["expires_at"] < longer["expires_at"]
    eventually(lambda: api.message(shorter["id"])["state"] == "expired", within=150)
    assert api.message(shorter["id"])["reason"]["code"] == "validity"
    assert api.message(longer["id"])["state"] == "queued"


def test_lists_are_paged_newest_first_and_filtered(start_daemon):
    api = start_daemon().api()
    batch = [{"to": number(i % 10), "text": f"text number{i}", "reference": f"r{i}"} for i in range(120)]
    sent = [item["id"] for item in api.post("/api/v1/messages/batch", {"messages": batch}).expect(202)["items"]]
    first = api.get("/api/v1/messages").expect(200)
    assert len(first["items"]) == 50
    assert [message["id"] for message in api.every("/api/v1/messages", limit=37)] == sent[::-1]

    # What comes in while a client pages moves nothing.
    page = api.get("/api/v1/messages", limit=100).expect(200)
    api.send(number(99), "later")
    rest = api.get("/api/v1/messages", limit=100, cursor=page["next_cursor"]).expect(200)
    assert [message["id"] for message in page["items"] + rest["items"]] == sent[::-1]
    assert rest["next_cursor"] is None

    assert len(api.every("/api/v1/messages", to=number(3))) == 12
    assert [m["reference"] for m in api.messages(reference="r17")] == ["r17"]
    assert len(api.every("/api/v1/messages", state="queued")) == 121
    assert api.messages(state="delivered") == []
    assert api.messages(direction="inbound") == []
    assert [m["text"] for m in api.messages(q="number57")] == ["text number57"]
    created = api.message(sent[60])["created_at"]
    assert len(api.every("/api/v1/messages", since=created)) >= 61
    assert api.messages(until="2020-01-01T00:00:00Z") == []


def test_a_202_outlives_a_kill(start_daemon):
    daemon = start_daemon()
    api = daemon.api()
    sent = [api.send(number(i), f"kept {i}")["id"] for i in range(50)]
    daemon.kill()
    daemon.start()
    kept = {message["id"] for message in daemon.api().every("/api/v1/messages")}
    assert kept == set(sent)
    eventually(lambda: all(daemon.api().message(i)["state"] == "queued" for i in sent[:3]))
