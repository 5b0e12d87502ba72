"""Every request with bad input gets the problem document that names it. The table is the test."""

import json
import socket
import subprocess

import pytest
from harness import Bank, Daemon, number

TO = number(1)
GOOD = {"to": TO, "text": "hello"}
MESSAGES = "/api/v1/messages"
# Stand for the SIM and the modem that are there.
SIM = "/api/v1/sims/{iccid}"
MODEM = "/api/v1/modems/{imei}"
NO_SIM = "/api/v1/sims/89840000000000000000"
NO_MODEM = "/api/v1/modems/350000000000006"
NOBODY = "/api/v1/messages/019356f0-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad-input")
    bank = Bank(folder / "bank", 1)
    daemon = Daemon(folder / "gateway", [bank.pattern])
    yield daemon.start().wait_ready(1)
    daemon.close()
    bank.close()


def message(**fields):
    return {**GOOD, **fields}


# What is wrong -> the body of POST /messages, and where the fault is.
FIELDS = {
    "unknown field": (message(txt="hello"), "/txt"),
    "unknown field with a likely name": (message(message="hello"), "/message"),
    "no recipient": ({"text": "hello"}, "/to"),
    "empty recipient": (message(to=""), "/to"),
    "recipient not a number": (message(to="call me"), "/to"),
    "recipient too short": (message(to="+84"), "/to"),
    "recipient too long": (message(to="+849012345678901234567890"), "/to"),
    "recipient of the wrong type": (message(to=84901234567), "/to"),
    "recipient null": (message(to=None), "/to"),
    "no recipient in a list": (message(to=[]), "/to"),
    "a recipient of the wrong type in a list": (message(to=[TO, 84901234567]), "/to/1"),
    "more parts than by default": (message(text="x" * 1531), "/text"),
    "more parts than it may": (message(text="x" * 161, max_segments=1), "/text"),
    "no parts": (message(max_segments=0), "/max_segments"),
    "more parts than there are": (message(max_segments=256), "/max_segments"),
    "from a number that is not ours": (message(**{"from": TO}), "/from"),
    "no body": ({"to": TO}, "/text"),
    "empty text": (message(text=""), "/text"),
    "text of the wrong type": (message(text=123456), "/text"),
    "text too long": (message(text="x" * 39_016), "/text"),
    "unicode text too long": (message(text="ệ" * 17_086), "/text"),
    "not in the alphabet that was asked for": (message(text="ệ", encoding="gsm7"), "/text"),
    "text and data": (message(data="AAEC", port=2948), "/text"),
    "data not base64": ({"to": TO, "data": "***", "port": 2948}, "/data"),
    "empty data": ({"to": TO, "data": "", "port": 2948}, "/data"),
    "data without a port": ({"to": TO, "data": "AAEC"}, "/port"),
    "flash data": ({"to": TO, "data": "AAEC", "port": 2948, "flash": True}, "/flash"),
    "port out of range": ({"to": TO, "data": "AAEC", "port": 70_000}, "/port"),
    "negative port": ({"to": TO, "data": "AAEC", "port": -1}, "/port"),
    "port without data": (message(port=2948), "/port"),
    "unknown priority": (message(priority="urgent"), "/priority"),
    "priority of the wrong type": (message(priority=1), "/priority"),
    "unknown encoding": (message(encoding="utf8"), "/encoding"),
    "flash not a boolean": (message(flash="yes"), "/flash"),
    "status_report not a boolean": (message(status_report=1), "/status_report"),
    "transliterate not a boolean": (message(transliterate="no"), "/transliterate"),
    "from not a sender": (message(**{"from": "nonsense:1"}), "/from"),
    "from a bad ICCID": (message(**{"from": "sim:12"}), "/from"),
    "from an empty group": (message(**{"from": "group:"}), "/from"),
    "validity zero": (message(validity_seconds=0), "/validity_seconds"),
    "validity negative": (message(validity_seconds=-5), "/validity_seconds"),
    "validity for ever": (message(validity_seconds=10**12), "/validity_seconds"),
    "validity not a number": (message(validity_seconds="1 day"), "/validity_seconds"),
    "send_at not a time": (message(send_at="tomorrow"), "/send_at"),
    "send_at without a zone": (message(send_at="2027-01-01T10:00:00"), "/send_at"),
    "send_at of the wrong type": (message(send_at=1_800_000_000), "/send_at"),
    "send_at too far away": (message(send_at="9999-01-01T00:00:00Z"), "/send_at"),
    "reference of the wrong type": (message(reference={}), "/reference"),
    "reference too long": (message(reference="r" * 1000), "/reference"),
    "metadata not an object": (message(metadata=[1, 2]), "/metadata"),
    "metadata too large": (message(metadata={"k": "v" * 100_000}), "/metadata"),
    "callback_url not a URL": (message(callback_url="not a url"), "/callback_url"),
    "callback_url not HTTP": (message(callback_url="file:///etc/passwd"), "/callback_url"),
    "callback_url with a port that cannot be": (message(callback_url="http://h:99999/"), "/callback_url"),
    "callback_url with a password": (message(callback_url="http://u:p@h/"), "/callback_url"),
    "text without its variable": ({"to": TO, "text": "Code {{code}}", "variables": {}}, "/variables/code"),
    "variable without a place": ({"to": TO, "text": "Hello", "variables": {"code": "1"}}, "/variables/code"),
    "placeholder without an end": ({"to": TO, "text": "Code {{code", "variables": {"code": "1"}}, "/text"),
    "template that is not there": ({"to": TO, "template": "welcome", "variables": {}}, "/template"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_fields_of_a_message(daemon, name):
    body, pointer = FIELDS[name]
    for path in (MESSAGES, MESSAGES + "/preview"):
        problem = daemon.api().post(path, body).problem(422)
        pointers = [error["pointer"] for error in problem["errors"]]
        assert pointer in pointers, f"{path}: {problem}"
        assert all(error["detail"] for error in problem["errors"])
    # In a batch the fault carries the index.
    [item] = daemon.api().post(MESSAGES + "/batch", {"messages": [body]}).expect(202)["items"]
    pointers = [error["pointer"] for error in item["problem"]["errors"]]
    assert any(found.endswith(pointer) for found in pointers), item


def test_several_faults_are_named_together(daemon):
    problem = daemon.api().post(MESSAGES, {"to": "x", "text": "", "validity_seconds": 0}).problem(422)
    assert {"/to", "/text", "/validity_seconds"} <= {error["pointer"] for error in problem["errors"]}, problem


# What is wrong -> method, path, body as octets, content type, and the status.
RAW = {
    "malformed JSON": ("POST", MESSAGES, b'{"to": "+84', "application/json", 400),
    "no JSON at all": ("POST", MESSAGES, b"to=1&text=2", "application/json", 400),
    "empty body": ("POST", MESSAGES, b"", "application/json", 400),
    "two documents": ("POST", MESSAGES, json.dumps(GOOD).encode() * 2, "application/json", 400),
    "not UTF-8": ("POST", MESSAGES, b'{"to": "+84901234567", "text": "\xff\xfe"}', "application/json", 400),
    "half a surrogate pair": ("POST", MESSAGES, b'{"to": "+84901234567", "text": "\\ud83d"}', "application/json", 400),
    "a list instead of an object": ("POST", MESSAGES, b"[1]", "application/json", 422),
    "a bare string": ("POST", MESSAGES, b'"hello"', "application/json", 422),
    "nested without end": ("POST", MESSAGES, b'{"metadata": ' + b"[" * 100_000, "application/json", 400),
    "form instead of JSON": ("POST", MESSAGES, b"to=1&text=2", "application/x-www-form-urlencoded", 415),
    "text instead of JSON": ("POST", MESSAGES, json.dumps(GOOD).encode(), "text/plain", 415),
    "no content type": ("POST", MESSAGES, json.dumps(GOOD).encode(), None, 415),
    "huge body": ("POST", MESSAGES, b'{"to": "' + b"1" * (17 << 20) + b'"}', "application/json", 413),
    "huge batch": ("POST", MESSAGES + "/batch", b'{"messages": [' + b" " * (17 << 20) + b"]}", "application/json", 413),
    "batch of nothing": ("POST", MESSAGES + "/batch", b'{"messages": []}', "application/json", 422),
    "batch not a list": ("POST", MESSAGES + "/batch", b'{"messages": {}}', "application/json", 422),
    "batch with an unknown field": ("POST", MESSAGES + "/batch", b'{"messages": [], "dry_run": true}', "application/json", 422),
}


@pytest.mark.parametrize("name", RAW)
def test_bodies(daemon, tmp_path, name):
    method, path, body, content_type, status = RAW[name]
    if len(body) > 1 << 20:
        problem = json.loads(by_curl(daemon, path, body, tmp_path, status))
        assert problem["status"] == status
    else:
        headers = {"Content-Type": content_type} if content_type else {}
        problem = daemon.api().request(method, path, body, headers).problem(status)
    assert problem["detail"]


def by_curl(daemon, path, body, folder, status):
    """curl asks before it sends a large body (`Expect: 100-continue`), and so reads the refusal in any case."""
    (folder / "body").write_bytes(body)
    done = subprocess.run(
        [
            "curl", "-s", "-w", "%{stderr}%{http_code} %{content_type}", "--data-binary", f"@{folder / 'body'}",
            "-H", f"Authorization: Bearer {daemon.key}", "-H", "Content-Type: application/json",
            f"http://127.0.0.1:{daemon.port}{path}",
        ],
        capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.stderr == f"{status} application/problem+json", done
    return done.stdout


# What is wrong -> method, path, JSON body, status, and the pointer (`?name` for a parameter of the query), or None where
# no field is at fault.
REQUESTS = {
    "limit zero": ("GET", MESSAGES + "?limit=0", None, 422, "?limit"),
    "limit too large": ("GET", MESSAGES + "?limit=501", None, 422, "?limit"),
    "limit not a number": ("GET", MESSAGES + "?limit=many", None, 422, "?limit"),
    "cursor that is none": ("GET", MESSAGES + "?cursor=nonsense", None, 422, "?cursor"),
    "unknown query parameter": ("GET", MESSAGES + "?stat=queued", None, 422, "?stat"),
    "unknown state": ("GET", MESSAGES + "?state=lost", None, 422, "?state"),
    "unknown direction": ("GET", MESSAGES + "?direction=sideways", None, 422, "?direction"),
    "since not a time": ("GET", MESSAGES + "?since=yesterday", None, 422, "?since"),
    "sim not an ICCID": ("GET", MESSAGES + "?sim=1", None, 422, "?sim"),
    "identifier that is none": ("GET", MESSAGES + "/42", None, 404, None),
    "no such message": ("GET", NOBODY, None, 404, None),
    "no history of no message": ("GET", NOBODY + "/events", None, 404, None),
    "cancel no such message": ("DELETE", NOBODY, None, 404, None),
    "no such path": ("GET", "/api/v1/nothing", None, 404, None),
    "wrong method": ("PUT", MESSAGES, GOOD, 405, None),
    "no such SIM": ("GET", NO_SIM, None, 404, None),
    # With something to set it is set up ahead.
    "set nothing of no such SIM": ("PATCH", NO_SIM, {}, 404, None),
    "ICCID that is none": ("GET", "/api/v1/sims/12", None, 404, None),
    "unknown field of a SIM": ("PATCH", SIM, {"labl": "x"}, 422, "/labl"),
    "negative gap": ("PATCH", SIM, {"min_gap_ms": -1}, 422, "/min_gap_ms"),
    "quota of the wrong type": ("PATCH", SIM, {"quota": {"per_day": "many"}}, 422, "/quota/per_day"),
    "unknown quota": ("PATCH", SIM, {"quota": {"per_week": 1}}, 422, "/quota/per_week"),
    "window with a bad time": ("PATCH", SIM, {"window": {"from": "25:00", "to": "26:00", "timezone": "UTC"}}, 422, "/window/from"),
    "window without a zone": ("PATCH", SIM, {"window": {"from": "08:00", "to": "20:00"}}, 422, "/window/timezone"),
    "PIN of letters": ("PATCH", SIM, {"pin": "secret"}, 422, "/pin"),
    "empty USSD code": ("POST", SIM + "/ussd", {"code": ""}, 422, "/code"),
    "USSD without a code": ("POST", SIM + "/ussd", {}, 422, "/code"),
    "no such modem": ("GET", NO_MODEM, None, 404, None),
    "restart in an unknown way": ("POST", MODEM + "/restart", {"how": "kick"}, 422, "/how"),
    "two commands in one": ("POST", MODEM + "/at", {"command": "AT\rAT"}, 422, "/command"),
    "key without a name": ("POST", "/api/v1/keys", {"scopes": ["send"]}, 422, "/name"),
    "key without a scope": ("POST", "/api/v1/keys", {"name": "x", "scopes": []}, 422, "/scopes"),
    "key with an unknown scope": ("POST", "/api/v1/keys", {"name": "x", "scopes": ["fly"]}, 422, "/scopes/0"),
    "key with a bad network": ("POST", "/api/v1/keys", {"name": "x", "scopes": ["send"], "allowed_from": ["10.0.0.0/99"]}, 422, "/allowed_from/0"),
    "revoke no such key": ("DELETE", "/api/v1/keys/no-such", None, 404, None),
    "conversation with no number": ("GET", "/api/v1/conversations?limit=0", None, 422, "?limit"),
    "event position that is none": ("GET", "/api/v1/events?topic=x", None, 422, "?topic"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_requests(daemon, name):
    method, path, body, status, pointer = REQUESTS[name]
    api = daemon.api()
    path = path.format(iccid=api.sims()[0]["iccid"], imei=api.modems()[0]["imei"])
    problem = api.request(method, path, body).problem(status)
    if pointer is not None:
        assert pointer in [error["pointer"] for error in problem["errors"]], problem


@pytest.mark.parametrize("key", ["", "x" * 300, "schlüssel\n", "two words"])
def test_idempotency_keys_that_are_none(daemon, key):
    headers = {"Idempotency-Key": key.encode("utf-8").decode("latin-1").strip("\n") or " ", "Content-Type": "application/json"}
    answer = daemon.api().request("POST", MESSAGES, json.dumps(GOOD).encode(), headers)
    # Any printable key of reasonable length is as good as another; what is not is refused by name.
    if answer.status != 202:
        answer.problem(422)


def test_what_is_not_http_does_not_hurt(daemon):
    for rubbish in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), b"GET\r\n\r\n", b"A" * 100_000):
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as connection:
            try:
                connection.sendall(rubbish)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
            except OSError:
                pass  # closed on us, as it may be
    daemon.api().get(MESSAGES).expect(200)
