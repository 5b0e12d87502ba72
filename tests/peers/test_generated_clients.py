"""Clients that other people's generators make of the OpenAPI document: they send, list and set routes."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness import number

TYPESCRIPT = Path(__file__).resolve().parents[1] / "harness" / "typescript"


@pytest.fixture
def running(gateway, tmp_path):
    _, daemon, api = gateway(2)
    document = tmp_path / "openapi.json"
    document.write_bytes(api.get("/api/v1/openapi.json").body)
    return daemon, api, document


def test_a_python_client(running, tmp_path, monkeypatch):
    daemon, api, document = running
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "openapi-python-client"), "generate",
            "--path", str(document), "--output-path", str(tmp_path / "simgate_client"), "--meta", "none",
            "--config", str(without_formatter(tmp_path)),
        ],
        capture_output=True, text=True, check=False,
    )
    # It warns of everything that it cannot make a type of, and leaves that out. It knows no bodies of CSV.
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert re.findall(r"WARNING parsing (\S+ \S+)", said) == ["POST /api/v1/suppressions/import"], said

    monkeypatch.syspath_prepend(tmp_path)
    call = lambda name: importlib.import_module(f"simgate_client.api.{name}")  # noqa: E731
    models = importlib.import_module("simgate_client.models")
    client = importlib.import_module("simgate_client").AuthenticatedClient(
        base_url=f"http://127.0.0.1:{daemon.port}", token=daemon.key, raise_on_unexpected_status=True
    )

    wish = models.MessageRequest(to=number(1), text="by a generated client", priority=models.MessagePriority.OTP)
    message = call("messages.submit_message").sync(client=client, body=wish)
    assert isinstance(message, models.OutboundMessage), message
    api.wait_state(str(message.id), "delivered")
    message = call("messages.get_message").sync(str(message.id), client=client)
    assert message.state == models.MessageState.DELIVERED
    assert message.parts[0].state == models.MessagePartState.DELIVERED

    wish = models.MessageRequest(to=[number(1), "nobody"], text="to two")
    each = call("messages.submit_message").sync(client=client, body=wish)
    assert [type(item) for item in each.items] == [models.MessageBatchItemType0, models.MessageBatchItemType1]
    api.wait_state(str(each.items[0].id), "delivered")

    page = call("messages.list_messages").sync(client=client)
    assert [item.id for item in page.items] == [each.items[0].id, message.id]
    assert len(call("sims.list_sims").sync(client=client).items) == 2

    target = models.RouteTarget(sims=models.RouteSims())
    routes = models.Routes(items=[models.Route(name="all", targets=[target])])
    call("routes.put_routes").sync(client=client, body=routes)
    assert [route.name for route in call("routes.get_routes").sync(client=client).items] == ["all"]

    refused = call("messages.submit_message").sync(client=client, body=models.MessageRequest(to="nobody", text="x"))
    assert isinstance(refused, models.Problem) and refused.errors[0].pointer == "/to"


def without_formatter(folder):
    """The generator would call ruff to make the code pretty, which nobody reads here."""
    config = folder / "generator.json"
    config.write_text(json.dumps({"post_hooks": []}))
    return config


def test_a_typescript_client(running, tmp_path):
    daemon, _, document = running
    tools = TYPESCRIPT / "node_modules" / ".bin"
    for name in ("client.ts", "tsconfig.json"):
        shutil.copy(TYPESCRIPT / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for command in (
        [str(tools / "openapi-typescript"), str(document), "-o", "schema.d.ts"],
        # What a client must and may give, and what it gets, is checked by the compiler.
        [str(tools / "tsc"), "--project", "tsconfig.json"],
        ["node", "client.js", f"http://127.0.0.1:{daemon.port}", daemon.key, number(1)],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
    said = json.loads(done.stdout)
    assert said == {"state": "delivered", "listed": 1, "sims": 2, "routes": ["all"], "pointer": "/to"}
