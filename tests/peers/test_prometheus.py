"""Prometheus (Debian): the alerts, and whether alerts and dashboard go by metrics that there are."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import eventually, fated, number

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "packaging/prometheus/simgate.rules.yml"
DASHBOARD = ROOT / "packaging/grafana/simgate.json"
# What this test does not bring about; the end-to-end tests do.
ELSEWHERE = {
    "simgate_uplink_parts_sent_total", "simgate_modem_recoveries_total", "simgate_incidents_total",
    "simgate_tls_certificate_expires_timestamp_seconds",
}


@pytest.mark.parametrize("arguments", [("check", "rules", RULES), ("test", "rules", RULES.with_suffix(".test.yml"))])
def test_promtool_takes_the_alerts(arguments):
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (tests/run tools)")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "SUCCESS" in done.stdout, done.stdout + done.stderr


def named(text):
    """The metrics that queries name."""
    names = set(re.findall(r"\bsimgate_[a-z_]+", text))
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


def queries():
    """Those of the dashboard, and the expressions of the alerts."""
    dashboard = json.loads(DASHBOARD.read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    chosen = [variable["definition"] for variable in dashboard["templating"]["list"] if "definition" in variable]
    alerts = re.findall(r"expr:(.*?)\n *(?:for|labels):", RULES.read_text(), re.DOTALL)
    assert len(shown) > 30 and len(chosen) == 1 and len(alerts) == 14
    return [*shown, *chosen, *alerts]


def test_dashboard_and_alerts_name_metrics_that_there_are(start_bank, start_daemon):
    api = start_daemon(start_bank(1), extra='[webhooks]\nallow = ["loopback"]\n').api()
    assert 'simgate_reports_matched_total 0\n' in api.get("/metrics").body.decode(), "a counter is there before it counts"
    api.request("PUT", "/api/v1/uplinks/up", {"host": "127.0.0.1", "port": 9, "system_id": "x"}).expect(201)
    api.request("PUT", "/api/v1/webhooks/crm", {"url": "http://127.0.0.1:9/", "events": ["message.*"]}).expect(201)
    api.wait_state(api.send(number(1), "measured")["id"], "delivered")
    api.wait_state(api.send(fated("refused", 1), "refused")["id"], "failed")

    def exposed():
        lines = api.get("/metrics").body.decode().splitlines()
        return {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE ")}

    wanted = named(" ".join(queries()))
    eventually(lambda: wanted - ELSEWHERE <= set(exposed()), within=30, what=lambda: wanted - ELSEWHERE - set(exposed()))
    kinds = exposed()
    for query in queries():
        for name in named(query):
            if name in ELSEWHERE:
                continue
            rises = name.endswith("_total")
            assert (kinds[name] == "counter") == rises, name
            # Of a counter only its rise tells something; the damage that there was is the exception.
            if rises and name != "simgate_store_damage_total":
                assert re.search(rf"(rate|increase)\({name}", query), query
    help_of = {line.split()[2] for line in api.get("/metrics").body.decode().splitlines() if line.startswith("# HELP ")}
    assert set(kinds) <= help_of, set(kinds) - help_of
