"""Running the gateway: health, metrics, the log, and every way to stop it."""

import sqlite3
from checker import compare
from harness import Api, eventually, number


def test_health_and_readiness(start_bank, start_daemon):
    daemon = start_daemon()
    api = Api(daemon.port)
    assert api.get("/healthz").status == 200
    not_ready = api.get("/readyz")
    assert not_ready.status == 503
    assert not_ready.json["reasons"], "it says why"

    bank = start_bank(1)
    ready = start_daemon(bank, name="second")
    assert Api(ready.port).get("/readyz").status == 200
    bank.unplug(0)
    eventually(lambda: Api(ready.port).get("/readyz").status == 503)


def test_metrics(gateway):
    _, _, api = gateway(1)
    api.wait_state(api.send(number(1), "measured")["id"], "delivered")
    answer = api.get("/metrics")
    assert answer.media_type == "text/plain"
    lines = answer.body.decode().splitlines()
    samples = [line for line in lines if line and not line.startswith("#")]
    assert sum(float(line.split()[-1]) for line in samples if line.startswith("simgate_messages_sent_total")) == 1
    assert any(line.startswith("simgate_queue_depth") for line in samples)
    assert any(line.startswith("simgate_send_seconds") for line in samples)
    for name in {line.split("{")[0].split()[0] for line in samples}:
        assert name.startswith("simgate_"), name
    assert number(1) not in answer.body.decode()


def test_the_openapi_document_describes_every_path(start_daemon):
    document = start_daemon().api().get("/api/v1/openapi.json").expect(200)
    assert document["openapi"].startswith("3.1")
    for path in (
        "/api/v1/messages", "/api/v1/messages/batch", "/api/v1/messages/preview", "/api/v1/messages/{id}",
        "/api/v1/messages/{id}/events", "/api/v1/conversations", "/api/v1/conversations/{number}", "/api/v1/sims",
        "/api/v1/sims/{iccid}", "/api/v1/sims/{iccid}/ussd", "/api/v1/modems", "/api/v1/modems/{imei}",
        "/api/v1/modems/{imei}/at", "/api/v1/modems/{imei}/trace", "/api/v1/modems/{imei}/restart", "/api/v1/keys",
        "/api/v1/events",
    ):
        assert path in document["paths"], path


def test_the_log_holds_no_texts_keys_or_numbers(gateway):
    bank, daemon, api = gateway(1)
    api.wait_state(api.send(number(1234567), "topsecret words")["id"], "delivered")
    bank.inject("private answer", sender=number(7654321))
    eventually(lambda: api.messages(direction="inbound"))
    assert daemon.stop() == 0
    log = daemon.log()
    assert log, "something is logged"
    for secret in ("topsecret", "private answer", daemon.key, number(1234567)[1:], number(7654321)[1:]):
        assert secret not in log, secret


def send_batch(api, count, text):
    items = [{"to": number(i), "text": text.format(i)} for i in range(count)]
    return [item["id"] for item in api.post("/api/v1/messages/batch", {"messages": items}).expect(202)["items"]]


def test_a_clean_stop_with_messages_in_flight_sends_all_once(gateway):
    bank, daemon, api = gateway(4, air_time=0.15)
    # A third of them long.
    sent = send_batch(api, 30, "stop {0} ") + [
        api.send(number(100 + i), f"long stop {i} " * 30)["id"] for i in range(10)
    ]
    for seen in (5, 20, 35):
        eventually(lambda seen=seen: len(bank.air.accepted()) >= seen)
        assert daemon.stop() == 0
        states = database_states(daemon)
        assert "sending" not in states or states["sending"] == 0, "a clean stop leaves nothing in doubt"
        assert states.get("uncertain", 0) == 0, states
        daemon.start()
    api = daemon.api()
    for identifier in sent:
        api.wait_state(identifier, "delivered")
    findings = compare([api.message(identifier) for identifier in sent], bank.air)
    assert not findings.wrong, str(findings)


def test_after_a_kill_nothing_is_lost_and_nothing_is_sent_twice(gateway):
    bank, daemon, api = gateway(4, air_time=0.15)
    sent = send_batch(api, 30, "kill {0}") + [
        api.send(number(100 + i), f"long kill {i} " * 30)["id"] for i in range(10)
    ]
    for seen in (6, 24, 36):
        eventually(lambda seen=seen: len(bank.air.accepted()) >= seen)
        daemon.kill()
        daemon.start()
    api = daemon.api()
    # What was on the air at a kill may have gone out: it is known as uncertain, and not sent again.
    settled = [api.wait_state(identifier, "delivered", "uncertain") for identifier in sent]
    uncertain = [message for message in settled if message["state"] == "uncertain"]
    # At most one part a SIM at each kill.
    assert len(uncertain) <= 3 * bank.modems
    for message in uncertain:
        assert any(row["step"] == "uncertain" for row in api.history(message["id"]))
    findings = compare([message for message in settled if message["state"] == "delivered"], bank.air)
    assert not findings.lost, str(findings)
    texts = [submit.record["pdu"] for submit in bank.air.accepted()]
    assert len(texts) == len(set(texts)), "a part went out twice"


def test_a_kill_when_modems_are_idle_costs_nothing(gateway):
    bank, daemon, api = gateway(2)
    sent = send_batch(api, 6, "before {0}")
    for identifier in sent:
        api.wait_state(identifier, "delivered")
    daemon.kill()
    daemon.start().wait_ready(2)
    api = daemon.api()
    later = send_batch(api, 6, "after {0}")
    for identifier in later:
        api.wait_state(identifier, "delivered")
    assert len(bank.air.accepted()) == 12


def test_a_second_daemon_on_the_same_data_is_refused(start_daemon):
    daemon = start_daemon()
    second = daemon.cli("serve", "--config", str(daemon.config))
    assert second.returncode != 0
    assert second.stderr
    assert Api(daemon.port).get("/healthz").status == 200


def test_the_data_is_not_readable_by_others(start_daemon):
    daemon = start_daemon()
    for path in daemon.data.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o007 == 0, path


def database_states(daemon):
    """state -> messages, straight from the database: the daemon is down."""
    [path] = [path for path in daemon.data.rglob("*") if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"]
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        columns = {row[1] for row in connection.execute("PRAGMA table_info(messages)")}
        assert "state" in columns, columns
        return dict(connection.execute("SELECT state, count(*) FROM messages GROUP BY state"))
    finally:
        connection.close()
