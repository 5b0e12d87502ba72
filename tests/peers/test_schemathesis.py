"""schemathesis, which invents requests from the OpenAPI document, good ones and bad ones."""

import subprocess
import sys
from pathlib import Path

import pytest

# The stream of events does not end by itself, and has a table of its own in the end-to-end tests; /readyz answers 503
# while the modems recover from what the invented requests did to them, as it should; and so does a restart of the radio
# 502 where such a modem refuses.
LEFT_OUT = ["/api/v1/events", "/readyz", "/api/v1/modems/{imei}/restart"]


@pytest.mark.timeout(1500)
def test_no_request_makes_a_server_error(gateway, tmp_path):
    _, daemon, api = gateway(2)
    schemathesis = Path(sys.executable).parent / "schemathesis"
    done = subprocess.run(
        [
            str(schemathesis), "run", f"http://127.0.0.1:{daemon.port}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {daemon.key}",
            *(word for path in LEFT_OUT for word in ("--exclude-path", path)),
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            "--mode", "all",
            "--max-examples", "40",
            "--seed", "20261122",
            "--generation-deterministic",
            "--request-timeout", "60",
            "--no-color",
        ],
        capture_output=True, text=True, cwd=tmp_path, timeout=1400, check=False,
    )
    print(done.stdout[-12_000:])
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2000:]
    # And it has done the gateway no harm.
    api.get("/api/v1/messages").expect(200)
    assert "panicked" not in daemon.log()
