"""A small HTTP client for simgate's API, on the standard library alone."""

import base64
import http.client
import json
import socket
import threading
import time
from urllib.parse import quote, urlencode

from .wait import eventually


class Answer:
    """One HTTP answer: status, headers and body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def media_type(self):
        return self.headers.get("content-type", "").split(";")[0].strip()

    def expect(self, status):
        """The body as JSON (None when there is none); fails unless the status is `status`."""
        assert self.status == status, f"{self.status} instead of {status}: {self.body[:2000]!r}"
        return json.loads(self.body) if self.body else None

    def problem(self, status):
        """The RFC 9457 problem document that this answer must be."""
        assert self.status == status, f"{self.status} instead of {status}: {self.body[:2000]!r}"
        assert self.media_type == "application/problem+json", self.headers
        document = json.loads(self.body)
        assert document["status"] == status, document
        assert document["title"], document
        assert "type" in document, document
        return document


class Api:
    """Keeps one connection; not for several threads at once: take `clone()` for each."""

    # What looks at each answer: check(port, method, path, answer). Tests set it.
    check = None

    def __init__(self, port, key=None, basic=False):
        self.port = port
        self.key = key
        self.basic = basic
        self._connection = None

    def clone(self, key=None):
        return Api(self.port, key or self.key, self.basic)

    def _headers(self):
        if self.key is None:
            return {}
        if self.basic:
            return {"Authorization": "Basic " + base64.b64encode(f"any:{self.key}".encode()).decode()}
        return {"Authorization": f"Bearer {self.key}"}

    def request(self, method, path, body=None, headers=None, timeout=60):
        """`body`: bytes as they are, anything else as JSON."""
        wanted = self._headers()
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            wanted["Content-Type"] = "application/json"
        wanted.update(headers or {})
        for attempt in (1, 2):
            fresh = self._connection is None
            if fresh:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
            try:
                self._connection.request(method, path, body, wanted)
                response = self._connection.getresponse()
                data = response.read()
                break
            except (http.client.BadStatusLine, ConnectionError, BrokenPipeError):
                self.close()
                # The daemon may close a connection that was idle: ask once more, on a new one.
                if fresh or attempt == 2:
                    raise
            except OSError:
                self.close()
                raise
        if response.will_close:
            self.close()
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, data)
        if Api.check is not None:
            Api.check(self.port, method, path, answer)
        return answer

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path, **query):
        if query:
            path += "?" + urlencode(query)
        return self.request("GET", path)

    def post(self, path, body=None, **headers):
        return self.request("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def patch(self, path, body):
        return self.request("PATCH", path, body)

    def delete(self, path):
        return self.request("DELETE", path)

    # The calls that most tests make.

    def send(self, to, text=None, **fields):
        """Accepts one message and returns it; `sender` stands for the field `from`."""
        body = {"to": to, **fields}
        if text is not None:
            body["text"] = text
        if "sender" in body:
            body["from"] = body.pop("sender")
        return self.post("/api/v1/messages", body).expect(202)

    def message(self, identifier):
        return self.get(f"/api/v1/messages/{identifier}").expect(200)

    def wait_state(self, identifier, *states):
        """The message, once its state is one of `states`."""

        def reached():
            message = self.message(identifier)
            assert message["state"] in states, f"{states} wanted: {message}"
            return message

        return eventually(reached)

    def history(self, identifier):
        return self.get(f"/api/v1/messages/{identifier}/events").expect(200)["items"]

    def messages(self, **query):
        """One page of the list."""
        return self.get("/api/v1/messages", **query).expect(200)["items"]

    def every(self, path, **query):
        """All items of a list, page by page."""
        items, cursor = [], None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {})).expect(200)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    def sims(self):
        return self.get("/api/v1/sims").expect(200)["items"]

    def modems(self):
        return self.get("/api/v1/modems").expect(200)["items"]

    def conversation(self, number, **query):
        return self.get("/api/v1/conversations/" + quote(number, safe=""), **query)

    def events(self, last_event_id=None):
        return Events(self.port, self.key, last_event_id)


class Events:
    """A reader of the server-sent events, in a thread of its own."""

    # What looks at each event: check(port, kind, data). Tests set it.
    check = None

    def __init__(self, port, key, last_event_id=None):
        self.port = port
        self.wrong = []
        headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self._connection.request("GET", "/api/v1/events", headers=headers)
        self._socket = self._connection.sock
        # Once these headers are here the subscription stands: nothing that happens later is missed.
        self.response = self._connection.getresponse()
        assert self.response.status == 200, self.response.read()
        assert self.response.getheader("content-type").startswith("text/event-stream")
        self.seen = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        event = {}
        try:
            for raw in self.response:
                line = raw.decode().rstrip("\r\n")
                if line == "":
                    if "data" in event:
                        event["data"] = json.loads(event["data"])
                        self._look(event)
                        with self._changed:
                            self.seen.append(event)
                            self._changed.notify_all()
                    event = {}
                elif not line.startswith(":"):
                    field, _, value = line.partition(":")
                    event[field] = value.removeprefix(" ")
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass  # closed, here or there

    def _look(self, event):
        if Events.check is not None:
            try:
                Events.check(self.port, event.get("event"), event["data"])
            except Exception as error:  # whatever it is, the test hears of it at the end
                self.wrong.append(f"{event}: {error}")

    def wait(self, kind, where=lambda data: True, within=60):
        """The first event of this kind whose data satisfies `where`."""
        end = time.monotonic() + within
        with self._changed:
            while True:
                for event in self.seen:
                    if event.get("event") == kind and where(event["data"]):
                        return event
                left = end - time.monotonic()
                assert left > 0, f"no {kind} within {within} s; seen: {[e.get('event') for e in self.seen]}"
                self._changed.wait(left)

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the daemon was first
        self._thread.join(10)
        self._connection.close()
        assert not self.wrong, self.wrong

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
