"""What clients without a key can take away from the others."""

import re
import resource
import socket
import time

import pytest
from harness import eventually, number

HALF_OPEN = 1_100
# What a health check waits before it takes the gateway for dead.
HEALTH_WITHIN = 5


def half_open(port, count):
    """Connections whose request has no end, each as far as the gateway takes it."""
    sockets = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        try:
            connection.sendall(b"GET /api/v1/messages HTTP/1.1\r\nhost: x\r\n")
        except OSError:
            pass  # closed for a later one already
        sockets.append(connection)
    return sockets


def test_half_open_connections_keep_nobody_out_and_take_no_modem_its_port(gateway):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    sockets = []
    try:
        # What systems give a process that asks for no more, fewer than there will be connections.
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
        bank, daemon, api = gateway(4)
        # Room for this side of them.
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(HALF_OPEN + 400, hard), hard))
        with api.events() as events:
            sockets = half_open(daemon.port, HALF_OPEN)
            metrics = api.clone().get("/metrics").body.decode()
            evicted = int(re.search(r"\nsimgate_http_connections_evicted_total (\d+)", metrics)[1])
            assert evicted >= HALF_OPEN - 1024, evicted
            asked = time.monotonic()
            assert api.clone().request("GET", "/healthz", timeout=HEALTH_WITHIN).status == 200
            assert time.monotonic() - asked < HEALTH_WITHIN
            client = api.clone()
            sent = [client.send(number(i), f"message {i}")["id"] for i in range(8)]
            for identifier in sent:
                client.wait_state(identifier, "delivered")
            assert len(bank.air.accepted()) == 8
            # A stream that was open before is none of those that make room.
            events.wait("message.delivered", lambda data: data["id"] == sent[-1])
            states = [sim["state"] for sim in client.sims()]
            assert states == ["ready"] * 4, states
            for modem in client.modems():
                assert client.get(f"/api/v1/modems/{modem['imei']}/incidents").expect(200)["items"] == []
    finally:
        for connection in sockets:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def greedy(port):
    """A client without a key that asks for much and takes nothing of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", port))
    connection.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 40)
    return connection


def unfinished(port, key):
    """A client whose request has a body without an end."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    head = f"POST /api/v1/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
    rest = 'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"to": "'
    connection.sendall((head + rest).encode())
    return connection


@pytest.mark.parametrize("how", ["greedy", "unfinished"])
def test_clients_that_take_or_send_nothing_keep_nobody_out(gateway, how):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    sockets = []
    try:
        _, daemon, api = gateway(1)
        key = daemon.create_key("sender", scopes="send")
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(HALF_OPEN + 400, hard), hard))
        for _ in range(HALF_OPEN):
            try:
                sockets.append(greedy(daemon.port) if how == "greedy" else unfinished(daemon.port, key))
            except OSError:
                pass  # refused, as all others stall too shortly
        for _ in range(4):
            eventually(lambda: is_well(api), within=30, what="a newcomer gets a place")
        eventually(lambda: "all connections were in use" in daemon.log(), within=30)
    finally:
        for connection in sockets:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def is_well(api):
    try:
        return api.clone().request("GET", "/healthz", timeout=HEALTH_WITHIN).status == 200
    except OSError:
        return False
