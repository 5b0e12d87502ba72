"""The first day of a gateway: from nothing to the first message, and what an admin does next."""

import http.server
import json
import re
import subprocess
import threading

import pytest
from conftest import PASSWORD, set_up
from harness import eventually, number


def test_from_nothing_to_the_first_message(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(2), ready=2)
    page = set_up(daemon, visit)
    page.get_by_text("2 of 2 SIMs are ready").wait_for()

    page.get_by_role("link", name="Send").click()
    page.get_by_label("To", exact=True).fill(number(1))
    page.get_by_label("Text").fill("The first one")
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_role("heading", name=f"Message with {number(1)}").wait_for()
    page.get_by_text("delivered", exact=True).first.wait_for()

    page.get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="Log in").wait_for()
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill("wrong horses")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").get_by_text("Name, password or code is wrong.").wait_for()
    complaints.expect(r"401")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Settings").wait_for()


def test_a_pin_is_entered_where_the_sim_asks_for_it(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(1, options=["--pin", "4711"]), ready=0)
    page = set_up(daemon, visit)
    page.get_by_role("link", name="locked").click()
    page.get_by_text("3 tries are left.").wait_for()
    page.get_by_label("PIN").fill("1093")
    page.get_by_role("button", name="Unlock").click()
    page.get_by_text("2 tries are left.").wait_for()
    complaints.expect(r"422")
    page.get_by_label("PIN").fill("4711")
    page.get_by_role("button", name="Unlock").click()
    page.get_by_text("ready", exact=True).first.wait_for()


def test_what_needs_a_person_is_said_in_the_persons_language_with_what_helps(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(1, options=["--pin", "4711"]), ready=0)
    page = set_up(daemon, visit)
    wish = page.get_by_role("listitem").filter(has_text="the SIM asks for its PIN.")
    wish.get_by_role("link", name="Enter the code").click()
    page.get_by_role("heading", name="This SIM asks for its PIN").wait_for()
    page.evaluate("localStorage.setItem('simgate.language', 'vi')")
    page.goto(f"http://127.0.0.1:{daemon.port}/")
    page.get_by_role("listitem").filter(has_text="SIM đòi mã PIN.").get_by_role("link", name="Nhập mã").wait_for()


def test_a_key_is_shown_once_and_its_line_works(start_daemon, visit, complaints):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    page.goto(f"http://127.0.0.1:{daemon.port}/settings/keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_role("dialog").get_by_label("Name").fill("shop")
    page.get_by_role("button", name="Make the key").click()
    line = page.get_by_test_id("curl").inner_text()
    done = subprocess.run(["bash", "-c", line.replace("curl", "curl -sf", 1)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["segments"] == 1
    key = re.search(r"Bearer (\S+)'", line).group(1)
    page.reload()
    page.get_by_role("cell", name="shop").wait_for()
    assert key not in page.content()
    page.get_by_role("row", name="shop").get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    page.get_by_role("row", name="shop").get_by_text("Revoked").wait_for()
    assert subprocess.run(["bash", "-c", line.replace("curl", "curl -sf", 1)], capture_output=True, check=False).returncode == 22


def test_a_viewer_sees_no_button_that_would_be_refused(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(1), ready=1)
    admin = set_up(daemon, visit)
    base = f"http://127.0.0.1:{daemon.port}"
    admin.goto(f"{base}/settings/users")
    admin.get_by_role("button", name="New user").click()
    form = admin.get_by_role("dialog")
    form.get_by_label("Name").fill("vera")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_label("Role").select_option("viewer")
    form.get_by_role("button", name="Make the user").click()
    admin.get_by_role("cell", name="vera", exact=True).wait_for()

    page = visit(f"{base}/login?to=/sims")
    page.get_by_label("Name").fill("vera")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="+84").first.click()
    page.get_by_role("heading", name="Details").wait_for()
    assert page.get_by_role("button", name=re.compile("Save|Switch off|Ask|Unlock")).count() == 0
    page.goto(f"{base}/settings")
    page.get_by_role("link", name="Routes").wait_for()
    assert page.get_by_role("link", name="API keys").count() == 0
    # Neither does one who keeps an address, or guesses it.
    assert page.get_by_role("navigation").get_by_role("link", name="Send").count() == 0
    for path in ("/send", "/settings/keys", "/settings/users", "/settings/uplinks", "/settings/webhooks", "/settings/audit"):
        page.goto(base + path)
        page.get_by_role("heading", name="Not for your role").wait_for()
        assert page.get_by_role("main").get_by_role("button").count() == 0, path
    assert complaints == []
    page.goto(f"{base}/nowhere")
    page.get_by_role("heading", name="No such page").wait_for()
    complaints.expect("Not found: /nowhere")
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("heading", name="Overview").wait_for()
    # The API refuses it all the same.
    status = page.evaluate(
        """async () => {
            const me = await (await fetch('/api/v1/session')).json();
            const headers = {'X-CSRF-Token': me.csrf_token, 'Content-Type': 'application/json'};
            const body = JSON.stringify({name: 'x', scopes: ['admin']});
            return (await fetch('/api/v1/keys', {method: 'POST', headers, body})).status;
        }"""
    )
    assert status == 403
    complaints.expect(r"403")


def test_a_restart_is_bridged(start_bank, start_daemon, visit, complaints):
    bank = start_bank(1)
    daemon = start_daemon(bank, ready=1)
    page = set_up(daemon, visit)
    page.goto(f"http://127.0.0.1:{daemon.port}/inbox/{number(7)}")
    page.get_by_label("Write a message").fill("half a thou")
    daemon.kill()
    page.get_by_text("The connection to the gateway is broken").wait_for()
    daemon.start()
    daemon.wait_ready(1)
    page.get_by_text("The connection to the gateway is broken").wait_for(state="detached")
    bank.inject("Are you there?", number(7))
    page.get_by_role("log").get_by_text("Are you there?").wait_for()
    assert page.get_by_label("Write a message").input_value() == "half a thou"
    page.reload()
    assert page.get_by_label("Write a message").input_value() == "half a thou"
    complaints.clear()
    eventually(lambda: daemon.api().messages(direction="inbound"))


@pytest.fixture
def receiver():
    """Answers every post."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"thanks")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()


def test_a_webhook_is_made_and_its_test_shows_the_answer(start_daemon, visit, receiver):
    daemon = start_daemon(extra='[webhooks]\nallow = ["127.0.0.0/8"]\n')
    page = set_up(daemon, visit)
    page.goto(f"http://127.0.0.1:{daemon.port}/settings/webhooks")
    page.get_by_role("button", name="New webhook").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("crm")
    form.get_by_label("Address").fill(receiver)
    form.get_by_role("button", name="Make the webhook").click()
    page.get_by_role("heading", name="crm").wait_for()
    page.get_by_role("button", name="Post a test").click()
    page.get_by_text("The receiver answered 200").wait_for()
    page.get_by_text("thanks").wait_for()
