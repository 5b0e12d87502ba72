"""The page's types of the API are those of the document that the gateway serves."""

import subprocess
from pathlib import Path

import pytest

UI = Path(__file__).parents[2] / "web-ui"


def test_the_types_are_those_of_the_document(start_daemon, tmp_path):
    tool = UI / "node_modules/.bin/openapi-typescript"
    if not tool.exists():
        pytest.skip("openapi-typescript is missing: tests/run tools")
    made = tmp_path / "schema.d.ts"
    document = f"http://127.0.0.1:{start_daemon().port}/api/v1/openapi.json"
    subprocess.run([tool, document, "-o", made], check=True, capture_output=True)
    fresh = "The API has changed: (cd web-ui && npm run types -- http://127.0.0.1:8080/api/v1/openapi.json) against a running demo."
    assert made.read_text() == (UI / "src/lib/api/schema.d.ts").read_text(), fresh
