"""A receiver of webhooks that believes nothing: each post is verified by the reference library."""

import json
import threading
import time
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

from .paths import free_port


class Receiver:
    """`status(webhook_id, tries)`: what it answers to the n-th try of an event. `stop` and `start` keep what came."""

    def __init__(self, status=lambda webhook_id, tries: 204, secret=None):
        self.port = free_port()
        self.status = status
        self.secret = secret
        self.tries = Counter()
        # Events that it took, in the order in which they came for the first time; how often each was taken.
        self.taken = {}
        self.repeated = Counter()
        # From when an event happened until it was taken, in seconds.
        self.waited = {}
        self.wrong = []
        self._lock = threading.Lock()
        self._server = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def start(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take(self.headers, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def take(self, headers, body):
        try:
            event = self.verified(headers, body)
        except Exception as error:  # whatever it is, the test hears of it at the end
            self.wrong.append(repr(error))
            return 400
        webhook_id = headers["webhook-id"]
        with self._lock:
            self.tries[webhook_id] += 1
            status = self.status(webhook_id, self.tries[webhook_id])
            if 200 <= status < 300:
                self.repeated[webhook_id] += 1
                if webhook_id not in self.taken:
                    self.taken[webhook_id] = event
                    self.waited[webhook_id] = time.time() - seconds(event["timestamp"])
        return status

    def verified(self, headers, body):
        if self.secret is None:
            return json.loads(body)
        return Webhook(self.secret).verify(body, dict(headers.items()))

    def by_message(self):
        """The kinds that each message was told by, in the order in which they were first taken."""
        with self._lock:
            told = defaultdict(list)
            for event in self.taken.values():
                told[event["data"]["id"]].append(event["type"])
            return told


def seconds(timestamp):
    """A time of the API since 1970."""
    from datetime import datetime

    return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


class Deaf:
    """Takes connections and never answers; counts them."""

    def __init__(self):
        import socket

        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self._held = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._held.append(connection)
            self.connections += 1

    def close(self):
        self._listener.close()
        for connection in self._held:
            connection.close()
