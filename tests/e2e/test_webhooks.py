"""Webhooks: signed, at least once, in order by message, over failures, restarts and kills; and nobody holds up another."""

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from harness import eventually, number
from harness.receiver import Deaf, Receiver
from harness.webhooks import LOCAL, Run, half_the_time, make


def test_a_message_is_told_of_from_queued_to_delivered_and_signed(start_bank, start_daemon, receiver):
    bank = start_bank(1)
    daemon = start_daemon(bank, extra=LOCAL)
    api, hook = daemon.api(), receiver()
    make(api, "crm", hook, "message.*", "sim.state")
    message = api.send(number(1), "watched")
    kinds = ["message.queued", "message.sending", "message.sent", "message.delivered"]
    eventually(lambda: hook.by_message()[message["id"]] == kinds)
    bank.inject("answer", sender=number(1))
    eventually(lambda: "message.received" in [event["type"] for event in hook.taken.values()])
    bank.unplug(0)
    states = lambda: [event["data"]["state"] for event in hook.taken.values() if event["type"] == "sim.state"]  # noqa: E731
    eventually(lambda: "absent" in states())
    assert not hook.wrong, hook.wrong
    for event in hook.taken.values():
        assert event["data"]["at"] == event["timestamp"], event


def test_a_callback_is_signed_once_there_is_a_secret(start_bank, start_daemon, receiver):
    bank = start_bank(1)
    daemon = start_daemon(bank, extra=LOCAL)
    api, hook = daemon.api(), receiver()
    first = api.send(number(1), "hello", callback_url=hook.url)
    eventually(lambda: hook.by_message()[first["id"]] == ["message.sent", "message.delivered"])
    made = api.request("PUT", "/api/v1/webhooks/callbacks", {}).expect(200)
    hook.secret = made["secret"]
    second = api.send(number(2), "hello", callback_url=hook.url, reference="order-42")
    eventually(lambda: hook.by_message()[second["id"]] == ["message.sent", "message.delivered"])
    assert not hook.wrong, hook.wrong
    assert "order-42" in [event["data"]["reference"] for event in hook.taken.values()]


def test_a_stranger_cannot_sign(start_daemon, receiver):
    api, hook = start_daemon(extra=LOCAL).api(), receiver()
    make(api, "crm", hook, "*")
    hook.secret = "whsec_" + "A" * 44
    tested = api.post("/api/v1/webhooks/crm/test").expect(200)
    assert (tested["delivered"], tested["status"]) == (False, 400)
    assert len(hook.wrong) == 1
    with pytest.raises(WebhookVerificationError):
        Webhook(hook.secret).verify(b"{}", {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,x"})


def test_by_default_nothing_is_posted_to_this_machine(start_daemon, receiver):
    api, hook = start_daemon().api(), receiver()
    for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "[::ffff:127.0.0.1]"):
        url = hook.url.replace("127.0.0.1", host)
        refused = api.request("PUT", "/api/v1/webhooks/crm", {"url": url}).problem(422)
        assert refused["errors"][0]["pointer"] == "/url", refused
        refused = api.post("/api/v1/messages", {"to": number(1), "text": "x", "callback_url": url}).problem(422)
        assert refused["errors"][0]["pointer"] == "/callback_url", refused
    assert not hook.tries


def test_the_gateway_is_not_made_to_post_to_itself(start_daemon):
    daemon = start_daemon(extra=LOCAL)
    api = daemon.api()
    own = {"url": f"http://localhost:{daemon.port}/api/v1/keys"}
    refused = api.request("PUT", "/api/v1/webhooks/crm", own).problem(422)
    assert "own API" in refused["errors"][0]["detail"], refused


def test_both_secrets_verify_while_the_old_one_works_on(start_daemon, receiver):
    daemon = start_daemon(extra=LOCAL)
    api, hook = daemon.api(), receiver()
    old = make(api, "crm", hook, "*")["secret"]
    done = daemon.cli("webhooks", "set", "crm", "--new-secret", "--secret-overlap", "3600")
    assert done.returncode == 0, done.stderr
    new = next(line.split()[-1] for line in done.stdout.splitlines() if line.startswith("secret "))
    for secret, works in ((old, True), (new, True), ("whsec_" + "A" * 44, False)):
        hook.secret = secret
        assert api.post("/api/v1/webhooks/crm/test").expect(200)["delivered"] == works, secret
    at_once = {"url": hook.url, "secret": "new", "secret_overlap_seconds": 0}
    newest = api.request("PUT", "/api/v1/webhooks/crm", at_once).expect(200)["secret"]
    for secret, works in ((new, False), (newest, True)):
        hook.secret = secret
        assert api.post("/api/v1/webhooks/crm/test").expect(200)["delivered"] == works, secret


@pytest.mark.slow
def test_none_is_lost_and_each_message_keeps_its_order_over_failures_restarts_and_kills(start_daemon, receiver):
    daemon = start_daemon(extra=LOCAL)
    hook = receiver(status=half_the_time(2))
    make(daemon.api(), "crm", hook, "message.queued", "message.cancelled")
    run = Run(daemon, hook, events=2000, kills=2, restarts=1)
    ids = run.go()
    eventually(lambda: len(hook.taken) >= 2000, within=240)
    run.check(ids)
    waiting = lambda: daemon.api().get("/api/v1/webhooks/crm").expect(200)["waiting"]  # noqa: E731
    eventually(lambda: waiting() == 0)


def test_a_host_that_does_not_answer_holds_up_no_other(start_daemon, receiver):
    daemon = start_daemon(extra=LOCAL)
    api, hook, deaf = daemon.api(), receiver(), Deaf()
    make(api, "deaf", deaf_receiver(deaf), "message.*")
    make(api, "live", hook, "message.*")
    run = Run(daemon, hook, events=400)
    ids = run.go()
    eventually(lambda: len(hook.taken) >= 400)
    run.check(ids)
    # Four at first, and then one after each rest, of which the first is five seconds.
    assert deaf.connections < 12, deaf.connections
    waiting = lambda name: api.get(f"/api/v1/webhooks/{name}").expect(200)["waiting"]  # noqa: E731
    # The receiver has a post before the daemon has its answer.
    eventually(lambda: waiting("live") == 0)
    assert waiting("deaf") == 400
    deaf.close()


def deaf_receiver(deaf):
    """What `make` needs of a receiver."""
    receiver = Receiver()
    receiver.port = deaf.port
    return receiver


def test_what_is_parked_is_listed_and_sent_again_from_the_command_line(start_daemon, receiver):
    daemon = start_daemon(extra=LOCAL)
    answers = [500]
    hook = receiver(status=lambda *_: answers[0])
    done = daemon.cli("webhooks", "set", "crm", "--post-to", hook.url, "--event", "message.queued")
    assert done.returncode == 0, done.stderr
    hook.secret = next(line.split()[-1] for line in done.stdout.splitlines() if line.startswith("secret "))
    failed = daemon.cli("webhooks", "test", "crm")
    assert failed.returncode == 1 and "500" in failed.stderr, failed
    daemon.api().send(number(1), "hello")
    eventually(lambda: sum(hook.tries.values()) >= 2)
    listed = daemon.cli("webhooks", "deliveries", "crm", "--state", "waiting")
    assert "message.queued" in listed.stdout and "the answer was 500" in listed.stdout, listed
    answers[0] = 204
    identifier = listed.stdout.splitlines()[1].split()[0]
    assert daemon.cli("webhooks", "resend", "crm", "--id", identifier).returncode == 0
    eventually(lambda: len(hook.taken) == 1)
    again = daemon.cli("webhooks", "resend", "crm", "--state", "delivered")
    assert again.stdout.strip().endswith(": 1"), again
    eventually(lambda: max(hook.repeated.values()) == 2)
    assert not hook.wrong, hook.wrong
    assert "crm" in daemon.cli("webhooks", "list").stdout
    assert daemon.cli("webhooks", "delete", "crm").returncode == 0
