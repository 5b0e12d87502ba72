"""HTTPS: certificates, protocol versions, redirects, and the commands as clients."""

import json
import re
import signal
import socket
import subprocess
import time

import pytest
from harness import Daemon, eventually
from harness.paths import free_port
from harness.tls import Authority, fingerprint, shake_hands


def curl(*arguments):
    """curl without a web proxy; its exit code is the test's business."""
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


class Secured(Daemon):
    """A gateway with HTTPS; tests speak to it with curl, and the harness asks for nothing but whether it is there."""

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"simgate ended with {self.process.returncode}: {self.log()[-2000:]}")
        return curl("--insecure", f"https://127.0.0.1:{self.port}/healthz").returncode == 0

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def shown(self):
        return fingerprint(self.port)

    def check(self):
        return self.cli("check", "--config", str(self.config))


@pytest.fixture
def secured(tmp_path):
    """secured(tls, http) -> Secured, started; ended after the test."""
    started = []

    def start(tls='certificate = "self-signed"', http=""):
        started.append(Secured(tmp_path / "gateway", [], f"[http.tls]\n{tls}\n", http))
        return started[-1].start()

    yield start
    for daemon in started:
        daemon.close()


@pytest.fixture
def issued(tmp_path):
    """A CA, and a certificate of it with its key."""
    authority = Authority(tmp_path / "ca")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    authority.issue(certificate, key)
    return authority, certificate, key


def test_only_tls_1_2_and_1_3_are_spoken(secured):
    daemon = secured()
    for version, cipher in (("-tls1_2", "ECDHE"), ("-tls1_3", "TLS_AES")):
        done = shake_hands(daemon.port, version)
        assert done.returncode == 0, done.stderr
        assert re.search(rf"Cipher is {cipher}", done.stdout), done.stdout
    # The server chooses.
    weaker_first = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    chosen = shake_hands(daemon.port, "-tls1_2", "-cipher", weaker_first).stdout
    assert "Cipher is ECDHE-ECDSA-AES256-GCM-SHA384" in chosen, chosen
    # Security level 0: openssl itself would offer them.
    for version in ("-tls1", "-tls1_1"):
        done = shake_hands(daemon.port, version, "-cipher", "ALL:@SECLEVEL=0")
        assert done.returncode != 0
        assert re.search("alert (protocol version|handshake failure)", done.stderr), done.stderr
    # An address as a name is against the rules, and no news: whoever comes by could fill the log with it.
    assert shake_hands(daemon.port, "-servername", "127.0.0.1").returncode == 0
    assert "SNI" not in daemon.log(), daemon.log()
    for weak in ("AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "NULL", "RC4", "3DES"):
        assert shake_hands(daemon.port, "-tls1_2", "-cipher", f"{weak}:@SECLEVEL=0").returncode != 0, weak


def test_a_self_signed_certificate_is_for_this_machine_and_told_by_its_fingerprint(secured):
    daemon = secured()
    own = daemon.data / "tls" / "certificate.pem"
    assert (daemon.data / "tls" / "key.pem").stat().st_mode & 0o777 == 0o600
    host = socket.gethostname().lower()
    for name in ("127.0.0.1", "[::1]", "localhost", host, f"{host.partition('.')[0]}.local"):
        done = curl("--cacert", str(own), "--connect-to", f"::127.0.0.1:{daemon.port}", f"https://{name}:{daemon.port}/healthz")
        assert done.returncode == 0, (name, done.stderr)
    shown = daemon.shown()
    assert shown in daemon.log()
    told = daemon.check()
    assert shown in told.stdout and "self-signed" in told.stdout and "localhost" in told.stdout, told
    # It is kept over a restart.
    daemon.stop()
    daemon.start()
    assert daemon.shown() == shown


def test_every_answer_has_its_headers_and_hsts_only_where_somebody_vouches(secured, issued):
    authority, certificate, key = issued
    daemon = secured(f'certificate = "{certificate}"\nkey = "{key}"')
    done = curl("--include", "--cacert", str(authority.certificate), f"{daemon.url}/api/v1/sims")
    head = done.stdout.lower()
    assert head.startswith("http/1.1 401"), done
    for header in (
        "strict-transport-security: max-age=31536000", "content-security-policy: default-src 'self'", "x-frame-options: deny",
        "x-content-type-options: nosniff", "referrer-policy: no-referrer", "cache-control: no-store", "permissions-policy: ",
    ):
        assert f"\n{header}" in head, (header, head)
    daemon.close()
    daemon.config.write_text(daemon.config.read_text().replace(f'certificate = "{certificate}"', 'certificate = "self-signed"').replace(f'key = "{key}"', ""))
    daemon.start()
    head = curl("--include", "--insecure", f"{daemon.url}/healthz").stdout.lower()
    assert "x-frame-options: deny" in head and "strict-transport-security" not in head


def test_plain_http_is_redirected(secured):
    port = free_port()
    daemon = secured(http=f'redirect_listen = "127.0.0.1:{port}"')
    done = curl("--include", "--request", "POST", "--data", "{}", f"http://127.0.0.1:{port}/api/v1/messages?a=b")
    assert done.stdout.startswith("HTTP/1.1 308 "), done
    assert f"\nlocation: https://127.0.0.1:{daemon.port}/api/v1/messages?a=b\n" in done.stdout
    followed = curl("--location", "--insecure", f"http://127.0.0.1:{port}/healthz")
    assert '"ok"' in followed.stdout, followed
    # Whoever speaks plain HTTP to the port of HTTPS is told so.
    told = curl(f"http://127.0.0.1:{daemon.port}/healthz")
    assert "https://" in told.stdout, told


def test_new_files_and_sighup_bring_a_new_certificate_and_bad_ones_do_not(secured, issued, tmp_path):
    authority, certificate, key = issued
    daemon = secured(f'certificate = "{certificate}"\nkey = "{key}"')
    first = daemon.shown()
    authority.issue(certificate, key, kind=("ec", "ec_paramgen_curve:P-256"))
    second = eventually(lambda: (shown := daemon.shown()) != first and shown)
    # A key that is another certificate's.
    good = key.read_text()
    authority.issue(tmp_path / "other.pem", key)
    eventually(lambda: "is not the key of" in daemon.log())
    assert str(key) in daemon.log()
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: "reading the certificate again" in daemon.log())
    assert daemon.shown() == second
    key.write_text(good)
    # One that has ended.
    authority.issue(certificate, key, days=-1)
    eventually(lambda: "the certificate ended at" in daemon.log())
    assert daemon.shown() == second
    failed = daemon.check()
    assert failed.returncode == 1 and "the certificate ended at" in failed.stderr, failed
    assert re.search(r"\nsimgate_tls_certificate_expires_timestamp_seconds [1-9]", curl("--insecure", f"{daemon.url}/metrics").stdout)


def test_check_warns_of_a_key_that_all_may_read_and_of_an_end_that_is_near(tmp_path, issued):
    authority, certificate, key = issued
    daemon = Secured(tmp_path / "gateway", [], f'[http.tls]\ncertificate = "{certificate}"\nkey = "{key}"\n')
    assert "\nok    tls " in daemon.check().stdout
    key.chmod(0o644)
    warned = daemon.check()
    assert warned.returncode == 0 and re.search(r"\nwarn  tls .*chmod 640", warned.stdout), warned
    authority.issue(certificate, key, days=7)
    warned = daemon.check()
    assert warned.returncode == 0 and re.search(r"\nwarn  tls .*It ends in [67] days", warned.stdout), warned


def test_a_certificate_that_ends_needs_a_person_until_there_is_a_new_one(secured, issued):
    authority, certificate, key = issued
    authority.issue(certificate, key, days=7)
    daemon = secured(f'certificate = "{certificate}"\nkey = "{key}"')

    def listed():
        answer = curl("--insecure", "-H", f"Authorization: Bearer {daemon.key}", f"{daemon.url}/api/v1/attention")
        items = json.loads(answer.stdout)["items"]
        return [item for item in items if item["code"] == "certificate-ends"]

    [item] = eventually(listed)
    assert item["severity"] == "warning" and str(certificate) in item["sentence"], item
    authority.issue(certificate, key, days=90)
    eventually(lambda: not listed())
    # With one that has ended a start goes on, and clients refuse it.
    assert daemon.stop() == 0
    authority.issue(certificate, key, days=-1)
    daemon.start()
    [item] = eventually(listed)
    assert item["severity"] == "critical" and "ended at" in item["sentence"], item
    authority.issue(certificate, key, days=90)
    eventually(lambda: not listed())


def test_a_gateway_without_tls_lives_through_sighup(start_daemon):
    daemon = start_daemon()
    daemon.process.send_signal(signal.SIGHUP)
    eventually(lambda: "configuration read again" in daemon.log())
    assert daemon.api().get("/healthz").status == 200


@pytest.mark.parametrize("what, said", [("missing", "cannot read"), ("empty", "no certificate in it"), ("swapped", "no certificate in it")])
def test_a_certificate_that_cannot_be_used_is_told_at_the_start(tmp_path, issued, what, said):
    _, certificate, key = issued
    if what == "missing":
        certificate.unlink()
    elif what == "empty":
        certificate.write_text("")
    else:
        certificate, key = key, certificate
    daemon = Secured(tmp_path / "gateway", [], f'[http.tls]\ncertificate = "{certificate}"\nkey = "{key}"\n')
    done = daemon.cli("serve", "--config", str(daemon.config))
    assert done.returncode == 1
    assert said in done.stderr and str(certificate) in done.stderr, done.stderr
    assert said in daemon.check().stderr


def test_the_commands_trust_a_ca_or_a_fingerprint_and_nothing_else(secured, issued):
    authority, certificate, key = issued
    daemon = secured(f'certificate = "{certificate}"\nkey = "{key}"')
    shown = daemon.shown()

    def sims(*options, url=daemon.url, **environment):
        return daemon.cli("sims", "list", *options, environment={"SIMGATE_URL": url, **environment})

    for done in (
        sims("--ca", str(authority.certificate)),
        sims(SIMGATE_CA=str(authority.certificate)),
        sims("--fingerprint", shown),
        sims(SIMGATE_FINGERPRINT=shown.replace(":", "").lower()),
        # What is typed wins over what is exported.
        sims("--fingerprint", shown, SIMGATE_CA="/nowhere"),
    ):
        assert done.returncode == 0, done
    other = shown[:-2] + ("00" if shown[-2:] != "00" else "11")
    for done in (sims(), sims("--fingerprint", other)):
        assert done.returncode == 3 and "is not trusted" in done.stderr, done
    for done in (
        sims("--fingerprint", "12"),
        sims("--ca", str(key)),
        sims("--ca", "/nowhere"),
        sims("--fingerprint", shown, url=f"http://127.0.0.1:{daemon.port}"),
        sims("--fingerprint", shown, "--ca", str(authority.certificate)),
    ):
        assert done.returncode == 2, done
    # A CA vouches for names, a fingerprint for the certificate whatever its names are.
    authority.issue(certificate, key, names="DNS:elsewhere.example")
    renamed = eventually(lambda: (now := daemon.shown()) != shown and now)
    misnamed = sims("--ca", str(authority.certificate))
    assert misnamed.returncode == 3 and "is not trusted" in misnamed.stderr, misnamed
    pinned = sims("--fingerprint", renamed)
    assert pinned.returncode == 0, pinned


def test_half_open_handshakes_hold_nobody_up_and_end(secured):
    daemon = secured()
    halves = [socket.create_connection(("127.0.0.1", daemon.port)) for _ in range(300)]
    for half in halves[::2]:
        half.sendall(b"\x16\x03\x01\x02\x00\x01")
    begun = time.monotonic()
    assert curl("--insecure", f"{daemon.url}/healthz").returncode == 0
    for half in halves:
        half.settimeout(60)
        # An alert before the end is allowed.
        while half.recv(100):
            pass
        half.close()
    assert time.monotonic() - begun < 60
    failed = r'\nsimgate_tls_handshakes_failed_total\{why="slow"\} [1-9]'
    assert re.search(failed, curl("--insecure", f"{daemon.url}/metrics").stdout)
    # Only that of the question is left.
    eventually(lambda: "\nsimgate_http_connections 1\n" in curl("--insecure", f"{daemon.url}/metrics").stdout)


def test_a_log_in_sets_a_cookie_that_goes_by_tls_alone(secured, tmp_path):
    daemon, jar = secured(), str(tmp_path / "jar")
    made = daemon.cli(
        "user", "add", "anna", "--role", "admin", "--password-file", "-", "--config", str(daemon.config), stdin="correct horse\n"
    )
    assert made.returncode == 0, made.stderr
    session = f"{daemon.url}/api/v1/session"
    body = '{"name": "anna", "password": "correct horse"}'
    answer = curl("--insecure", "-i", "-c", jar, "-H", "Content-Type: application/json", "-d", body, session).stdout
    cookie = re.search(r"(?i)^set-cookie: (.*)$", answer, re.MULTILINE).group(1).strip()
    assert cookie.startswith("__Host-simgate=") and cookie.endswith("; HttpOnly; SameSite=Strict; Secure"), cookie
    assert '"name":"anna"' in curl("--insecure", "-b", jar, session).stdout
    # The name that plain HTTP could set counts for nothing here.
    token = cookie.split(";")[0].partition("=")[2]
    assert '"status":401' in curl("--insecure", "-H", f"Cookie: simgate={token}", session).stdout
