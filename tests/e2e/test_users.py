"""People log in: the first one by a code, the others with a password, as curl and a cookie jar see it."""

import base64
import hashlib
import hmac
import json
import re
import struct
import subprocess
import time

import pytest
from harness import eventually, number

PASSWORD = "correct horse"


@pytest.fixture
def daemon(start_daemon):
    return start_daemon()


class Browser:
    """curl with a cookie jar."""

    def __init__(self, daemon, jar):
        self.base, self.jar, self.csrf = f"http://127.0.0.1:{daemon.port}/api/v1", jar, None

    def ask(self, method, path, body=None, *headers):
        command = ["curl", "-s", "-X", method, "-b", str(self.jar), "-c", str(self.jar), "-w", "\n%{http_code}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        if self.csrf:
            command += ["-H", f"X-CSRF-Token: {self.csrf}"]
        for header in headers:
            command += ["-H", header]
        answer = subprocess.run([*command, self.base + path], capture_output=True, text=True, check=True).stdout
        text, status = answer.rsplit("\n", 1)
        return int(status), json.loads(text) if text.strip() else None

    def log_in(self, name, password=PASSWORD):
        status, body = self.ask("POST", "/session", {"name": name, "password": password})
        if status == 201:
            self.csrf = body["csrf_token"]
        return status


def setup_code(daemon):
    """As the log tells it."""
    told = eventually(lambda: re.search(r'there is no user yet.*?code="?([a-z0-9-]{19})|code="?([a-z0-9-]{19}).*?there is no user yet', daemon.log()))
    return told.group(1) or told.group(2)


def test_the_first_user_comes_by_the_code_in_the_log(daemon, tmp_path):
    browser = Browser(daemon, tmp_path / "jar")
    first = {"code": setup_code(daemon), "name": "anna", "password": PASSWORD}
    assert browser.ask("POST", "/setup", {**first, "code": "abcd-abcd-abcd-abcd"})[0] == 422
    status, body = browser.ask("POST", "/setup", first)
    assert (status, body["role"]) == (201, "admin"), body
    browser.csrf = body["csrf_token"]
    assert browser.ask("POST", "/setup", first)[0] == 409
    assert "users already" in daemon.cli("setup-code", "--config", str(daemon.config)).stderr

    # She makes another one, who may less.
    bert = {"name": "bert", "role": "viewer", "password": PASSWORD}
    assert browser.ask("POST", "/users", bert)[0] == 201
    other = Browser(daemon, tmp_path / "other")
    assert other.log_in("bert") == 201
    assert other.ask("GET", "/sims")[0] == 200
    assert other.ask("GET", "/users")[0] == 403
    assert other.ask("POST", "/messages", {"to": number(1), "text": "hello"})[0] == 403
    sent = browser.ask("POST", "/messages", {"to": number(1), "text": "hello"})
    assert sent[0] == 202, sent
    assert browser.ask("DELETE", "/users/anna")[0] == 409


def test_a_session_outlives_a_restart_and_ends_when_it_is_left(daemon, tmp_path):
    code = daemon.cli("setup-code", "--config", str(daemon.config)).stdout.strip()
    browser = Browser(daemon, tmp_path / "jar")
    status, body = browser.ask("POST", "/setup", {"code": code, "name": "anna", "password": PASSWORD})
    assert status == 201, body
    browser.csrf = body["csrf_token"]
    daemon.kill()
    daemon.start()
    assert browser.ask("GET", "/session")[1]["name"] == "anna"
    stolen = browser.jar.read_text()
    assert browser.ask("DELETE", "/session")[0] == 204
    browser.jar.write_text(stolen)
    assert browser.ask("GET", "/session")[0] == 401


def test_the_command_line_makes_users_while_the_daemon_runs(daemon, tmp_path):
    config = ["--config", str(daemon.config)]
    done = daemon.cli("user", "add", "anna", "--role", "admin", "--password-file", "-", *config, stdin=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    browser = Browser(daemon, tmp_path / "jar")
    assert browser.log_in("anna", "wrong horse") == 401
    assert browser.log_in("ANNA") == 201
    assert daemon.cli("user", "set", "anna", "--role", "viewer", *config).returncode == 1
    assert daemon.cli("user", "password", "anna", "--password-file", "-", *config, stdin="another horse\n").returncode == 0
    # At once, though it was another process.
    assert browser.ask("GET", "/session")[0] == 401
    assert browser.log_in("anna") == 401
    assert browser.log_in("anna", "another horse") == 201


def test_another_site_s_page_does_nothing_with_a_session(daemon, tmp_path):
    daemon.cli("user", "add", "anna", "--role", "admin", "--password-file", "-", "--config", str(daemon.config), stdin=f"{PASSWORD}\n")
    browser = Browser(daemon, tmp_path / "jar")
    assert browser.log_in("anna") == 201
    message = {"to": number(1), "text": "hello"}
    assert browser.ask("POST", "/messages", message, "Sec-Fetch-Site: cross-site")[0] == 403
    assert browser.ask("POST", "/messages", message, "Origin: http://evil.example")[0] == 403
    token, browser.csrf = browser.csrf, None
    assert browser.ask("POST", "/messages", message)[0] == 403
    browser.csrf = token
    assert browser.ask("POST", "/messages", message, f"Origin: http://127.0.0.1:{daemon.port}")[0] == 202


def totp(secret, steps):
    """What an authenticator app shows (RFC 6238), so many steps from now: written without simgate's own code."""
    moment = struct.pack(">q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), moment, hashlib.sha1).digest()
    start = digest[-1] & 0xF
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_a_second_factor_and_what_helps_who_has_lost_it(daemon, tmp_path):
    config = ["--config", str(daemon.config)]
    daemon.cli("user", "add", "anna", "--role", "admin", "--password-file", "-", *config, stdin=f"{PASSWORD}\n")
    browser = Browser(daemon, tmp_path / "jar")
    assert browser.log_in("anna") == 201
    status, offered = browser.ask("POST", "/session/totp", {"current_password": PASSWORD})
    assert status == 200 and f"secret={offered['secret']}" in offered["uri"], offered
    status, on = browser.ask("PUT", "/session/totp", {"code": totp(offered["secret"], 0)})
    assert status == 200 and len(on["recovery_codes"]) == 10, on

    other = Browser(daemon, tmp_path / "other")
    shown = {"name": "anna", "password": PASSWORD}
    assert other.ask("POST", "/session", shown)[1]["type"] == "urn:simgate:problem:code-needed"
    used = {**shown, "code": totp(offered["secret"], 1)}
    assert other.ask("POST", "/session", used)[0] == 201
    # Not even a kill brings a used code back.
    daemon.kill()
    daemon.start()
    assert other.ask("POST", "/session", used)[0] == 401
    recovery = {**shown, "code": on["recovery_codes"][3].upper()}
    assert other.ask("POST", "/session", recovery)[0] == 201
    assert other.ask("POST", "/session", recovery)[0] == 401
    assert daemon.cli("user", "totp-off", "anna", *config).returncode == 0
    assert other.log_in("anna") == 201
    assert offered["secret"] not in daemon.log() and PASSWORD not in daemon.log()
