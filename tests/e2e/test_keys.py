"""API keys: who may do what, from where, and for how long."""

import json
import time

import pytest
from harness import Api, eventually, number

MESSAGE = {"to": number(1), "text": "hello"}


@pytest.fixture
def daemon(start_daemon):
    return start_daemon()


def test_without_a_key_nothing_is_answered(daemon):
    for path in ("/api/v1/messages", "/api/v1/sims", "/api/v1/modems", "/api/v1/keys", "/api/v1/conversations"):
        answer = Api(daemon.port).get(path)
        answer.problem(401)
        assert "www-authenticate" in answer.headers
        Api(daemon.port, "wrong").get(path).problem(401)
        Api(daemon.port, daemon.key[:-1] + ("x" if daemon.key[-1] != "x" else "y")).get(path).problem(401)
    for path in ("/healthz", "/metrics", "/api/v1/openapi.json"):
        assert Api(daemon.port).get(path).status == 200


def test_basic_authentication_takes_the_key_as_password(daemon):
    Api(daemon.port, daemon.key, basic=True).get("/api/v1/messages").expect(200)
    Api(daemon.port, "wrong", basic=True).get("/api/v1/messages").problem(401)


@pytest.mark.parametrize(
    "scope, allowed",
    [
        # Of what it sends, an application sees what becomes of it.
        ("send", {"send", "own", "cancel"}),
        ("read:own", {"own"}),
        ("cancel:own", {"cancel"}),
        ("read", {"own", "read"}),
        ("operate", {"operate", "cancel"}),
        ("admin", {"admin"}),
    ],
)
def test_each_scope_opens_its_own_doors(daemon, scope, allowed):
    api = daemon.api(daemon.create_key(scope, scope))
    doors = {
        "send": [("POST", "/api/v1/messages", MESSAGE), ("POST", "/api/v1/messages/preview", MESSAGE)],
        "own": [("GET", "/api/v1/messages", None), ("GET", "/api/v1/conversations", None)],
        "cancel": [("DELETE", "/api/v1/messages/0192f0c4-7b1e-7c3a-9fbb-012345678901", None)],
        "read": [("GET", "/api/v1/sims", None), ("GET", "/api/v1/modems", None), ("GET", "/api/v1/routes", None)],
        "operate": [("PATCH", "/api/v1/sims/89840000000000000000", {"label": "x"})],
        "admin": [("GET", "/api/v1/keys", None), ("POST", "/api/v1/modems/350000000000000/at", {"command": "AT"})],
    }
    for needed, requests in doors.items():
        for method, path, body in requests:
            status = api.request(method, path, body).status
            # 404: past the door, and there is no such SIM or modem.
            expected = {200, 202, 204, 404} if needed in allowed else {403}
            assert status in expected, (scope, method, path, status)


def test_a_change_is_done_and_not_shown_to_a_key_that_does_not_read(daemon):
    operator = daemon.create_key("operator", "operate")
    iccid = "89840000000000000000"
    answer = daemon.api(operator).patch(f"/api/v1/sims/{iccid}", {"number": "+84911111111"})
    assert (answer.status, answer.body) == (204, b"")
    # The command line says so, and does not stumble.
    done = daemon.cli("sims", "set", iccid, "--label", "shop", key=operator)
    assert (done.returncode, done.stdout) == (0, f"{iccid}  done\n"), done.stderr
    sim = daemon.api().get(f"/api/v1/sims/{iccid}").expect(200)
    assert (sim["number"], sim["label"]) == ("+84911111111", "shop")
    taken = daemon.cli("sims", "set", "89840000000000000017", "--number", "091 111 11 11", key=operator)
    assert taken.returncode == 1 and "another SIM has this number" in taken.stderr, taken.stderr
    taken = daemon.cli("sims", "set", "89840000000000000017", "--number", "+84911111111")
    assert taken.returncode == 1 and iccid in taken.stderr, taken.stderr


def test_keys_are_made_listed_and_revoked_over_http(daemon):
    api = daemon.api()
    made = api.post("/api/v1/keys", {"name": "crm", "scopes": ["send", "read"]})
    assert made.status == 201, made.body
    key = made.json["key"]
    client = daemon.api(key)
    client.get("/api/v1/messages").expect(200)

    listed = api.get("/api/v1/keys")
    names = {item["name"]: item for item in listed.expect(200)["items"]}
    assert {"tests", "crm"} <= set(names)
    assert key not in listed.body.decode() and daemon.key not in listed.body.decode()
    assert names["crm"]["scopes"] == ["send", "read"]

    api.post("/api/v1/keys", {"name": "crm", "scopes": ["send"]}).problem(409)
    assert api.delete("/api/v1/keys/crm").status == 204
    client.get("/api/v1/messages").problem(401)


def test_a_key_may_be_bound_to_addresses(daemon):
    near = daemon.create_key("near", "read", "--allow-from", "127.0.0.0/8")
    far = daemon.create_key("far", "read", "--allow-from", "10.1.0.0/16")
    daemon.api(near).get("/api/v1/messages").expect(200)
    daemon.api(far).get("/api/v1/messages").problem(403)


def test_a_key_may_have_a_rate(daemon):
    slow = daemon.api().post("/api/v1/keys", {"name": "slow", "scopes": ["read"], "rate_per_second": 2}).json["key"]
    api = daemon.api(slow)
    answers = [api.get("/api/v1/messages") for _ in range(12)]
    refused = [answer for answer in answers if answer.status != 200]
    assert refused, "12 requests at once, at 2 a second"
    refused[0].problem(429)
    assert int(refused[0].headers["retry-after"]) >= 1


def test_keys_made_and_revoked_by_the_command_line_count(daemon):
    key = daemon.create_key("shell", "read")
    daemon.api(key).get("/api/v1/messages").expect(200)
    listed = daemon.cli("key", "list", "--config", str(daemon.config))
    assert listed.returncode == 0 and "shell" in listed.stdout and key not in listed.stdout
    assert daemon.cli("key", "revoke", "shell", "--config", str(daemon.config)).returncode == 0
    # The daemon may hold a key in memory for a second.
    eventually(lambda: daemon.api(key).get("/api/v1/messages").status == 401, within=5)


def test_an_application_sees_its_own_messages_only(daemon):
    shop, billing = (daemon.api(daemon.create_key(name, "send")) for name in ("shop", "billing"))
    code = shop.post("/api/v1/messages", {"to": number(1), "text": "code 123456"}).expect(202)["id"]
    bill = billing.post("/api/v1/messages", {"to": number(1), "text": "bill 42"}).expect(202)["id"]
    for api, mine, other in ((shop, code, bill), (billing, bill, code)):
        assert [item["id"] for item in api.get("/api/v1/messages").expect(200)["items"]] == [mine]
        assert [item["last"]["id"] for item in api.get("/api/v1/conversations").expect(200)["items"]] == [mine]
        api.get(f"/api/v1/messages/{mine}/events").expect(200)
        for path in (f"/api/v1/messages/{other}", f"/api/v1/messages/{other}/events"):
            api.get(path).problem(404)
        api.delete(f"/api/v1/messages/{other}").problem(404)
    assert shop.delete(f"/api/v1/messages/{code}").status == 204
    audit = daemon.api().get("/api/v1/audit").expect(200)["items"]
    assert any(item["actor"] == "key shop" and code in item["what"] for item in audit)


def test_a_key_with_groups_that_no_sim_is_in_is_refused(daemon):
    made = daemon.cli("key", "create", "typo", "--groups", "viettle", "--config", str(daemon.config))
    assert made.returncode != 0 and "viettle" in made.stderr
    daemon.api().patch("/api/v1/sims/89840000000000000000", {"groups": ["viettel"]}).expect(200)
    daemon.create_key("right", "send,read", "--groups", "viettel")


def test_keys_are_hashed_at_rest_and_never_logged(daemon):
    daemon.api().get("/api/v1/messages").expect(200)
    assert daemon.stop() == 0
    for path in daemon.folder.rglob("*"):
        if path.is_file():
            assert daemon.key.encode() not in path.read_bytes(), path


def test_a_rotated_key_works_with_both_secrets_for_a_while(daemon):
    config = ["--config", str(daemon.config)]
    first = daemon.create_key("crm", "read")
    second = daemon.cli("key", "rotate", "crm", "--overlap", "3600", *config).stdout.strip()
    for key in (first, second):
        daemon.api(key).get("/api/v1/messages").expect(200)
    third = daemon.cli("key", "rotate", "crm", "--overlap", "0", *config).stdout.strip()

    def only_the_third():
        return [daemon.api(key).get("/api/v1/messages").status for key in (first, second, third)] == [401, 401, 200]

    eventually(only_the_third)
    # Clean stops write when keys were used.
    assert daemon.stop() == 0
    listed = [json.loads(line) for line in daemon.cli("key", "list", "--json", *config).stdout.splitlines()]
    assert next(key for key in listed if key["name"] == "crm")["last_used_at"].endswith(":00.000Z")


def test_an_expired_key_is_told_so(daemon):
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))
    key = daemon.create_key("short", "read", "--expires", soon)
    expired = eventually(lambda: (answer := daemon.api(key).get("/api/v1/messages")).status == 401 and answer)
    assert "has expired" in expired.json["detail"]
