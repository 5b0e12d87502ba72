"""testssl.sh (Debian) looks at the TLS of a gateway on this machine."""

import json
import shutil
import subprocess

import pytest
from harness import Daemon
from harness.tls import Authority

# Of a CA that is a test's own it knows nothing, and it misses lists of revoked certificates: not the server's business.
OF_THE_CA = {"cert_chain_of_trust", "cert_revocation"}
BAD = {"LOW", "MEDIUM", "HIGH", "CRITICAL"}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_testssl_finds_nothing_to_mend(tmp_path):
    program = shutil.which("testssl") or shutil.which("testssl.sh")
    if program is None:
        pytest.skip("testssl.sh is not installed (tests/run tools)")
    authority = Authority(tmp_path / "ca")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    authority.issue(certificate, key, days=365, kind=("ec", "ec_paramgen_curve:P-256"))
    daemon = Daemon(tmp_path / "gateway", [], f'[http.tls]\ncertificate = "{certificate}"\nkey = "{key}"\n')
    # The harness speaks plain HTTP: what the port of HTTPS says to that is answer enough.
    daemon._answers = lambda: "HTTPS is spoken" in daemon.log()
    daemon.start()
    report = tmp_path / "report.json"
    try:
        done = subprocess.run(
            [
                program, "--quiet", "--color", "0", "--warnings", "batch", "--nodns", "none", "--jsonfile", str(report),
                "--protocols", "--server-defaults", "--server-preference", "--headers", "--vulnerable", "--fs",
                "--connect-timeout", "10", "--openssl-timeout", "10", f"https://127.0.0.1:{daemon.port}",
            ],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=500, check=False,
        )
    finally:
        daemon.close()
    findings = json.loads(report.read_text())
    protocols = {finding["id"]: finding["finding"] for finding in findings}
    for protocol, offered in {"SSLv2": False, "SSLv3": False, "TLS1": False, "TLS1_1": False, "TLS1_2": True, "TLS1_3": True}.items():
        assert protocols[protocol].startswith("offered") == offered, (protocol, protocols[protocol], done.stdout)
    bad = [
        finding
        for finding in findings
        if finding["severity"] in BAD and finding["id"].split(" ")[0] not in OF_THE_CA
    ]
    assert not bad, bad
