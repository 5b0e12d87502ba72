"""What an admin sets and looks up: opt-outs, uplinks, webhooks, the audit, backups."""

import sqlite3
from contextlib import closing

from conftest import set_up
from harness import eventually, number


def at(page, path):
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)


def test_numbers_are_entered_imported_exported_and_let_go(start_daemon, visit, complaints, tmp_path):
    page = set_up(start_daemon(), visit)
    at(page, "/settings/opt-outs")
    page.get_by_text("Nobody has asked for no more messages.").wait_for()
    page.get_by_role("button", name="Enter a number").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Number", exact=True).fill("12x4")
    form.get_by_role("button", name="Send it nothing").click()
    form.locator("[aria-invalid=true]").wait_for()
    complaints.expect("422")
    form.get_by_label("Number", exact=True).fill(number(1))
    form.get_by_label("What shows it").fill("letter of 1 November")
    form.get_by_role("button", name="Send it nothing").click()
    page.get_by_role("row", name=number(1)).get_by_text("letter of 1 November").wait_for()

    sheet = tmp_path / "known.csv"
    sheet.write_text(f"number,since,evidence\n{number(1)},,\n{number(2)},2026-11-01,web form\nnobody,,\n")
    page.get_by_role("button", name="Import").click()
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(sheet)
    page.get_by_role("dialog").get_by_role("button", name="Import").click()
    page.get_by_text("1 number gets no messages from now on. 1 got none before; 1 rows were left out.").wait_for()
    page.get_by_text("Row 4:").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    page.get_by_role("row", name=number(2)).get_by_text("web form").wait_for()

    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    kept = download.value.path().read_text()
    assert number(1) in kept and number(2) in kept

    page.get_by_label("Numbers that begin with").fill(number(2))
    page.get_by_label("Numbers that begin with").press("Enter")
    page.get_by_role("row", name=number(1)).wait_for(state="detached")
    page.get_by_role("row", name=number(2)).get_by_role("button", name="Allow again").click()
    page.get_by_role("dialog").get_by_role("button", name="Allow again").click()
    page.get_by_text("No such number has asked for no messages.").wait_for()


def test_the_audit_is_searched(start_daemon, visit, complaints):
    page = set_up(start_daemon(), visit)
    at(page, "/settings/keys")
    for name in ("shop", "crm"):
        page.get_by_role("button", name="New key").click()
        page.get_by_role("dialog").get_by_label("Name").fill(name)
        page.get_by_role("button", name="Make the key").click()
        page.get_by_role("cell", name=name, exact=True).wait_for()
    at(page, "/settings/audit")
    page.get_by_role("row", name="made the API key shop").wait_for()
    page.get_by_label("What").fill("KEY CRM")
    page.get_by_label("What").press("Enter")
    page.get_by_role("row", name="made the API key shop").wait_for(state="detached")
    page.get_by_role("row", name="made the API key crm").get_by_text("fields").click()
    page.get_by_role("definition").filter(has_text="crm").first.wait_for()
    page.get_by_label("Who").select_option("key crm")
    page.get_by_text("No change fits these filters.").wait_for()
    page.reload()
    assert page.get_by_label("Who").input_value() == "key crm"
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("row", name="made the API key shop").wait_for()


def test_an_uplink_is_made_and_changed_with_all_its_fields(start_daemon, visit, complaints):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    at(page, "/settings/uplinks")
    page.get_by_role("link", name="New uplink").click()
    page.get_by_label("Name").fill("primary")
    page.get_by_label("Host").fill("127.0.0.1")
    page.get_by_label("Port").fill("1")
    page.get_by_label("System id").fill("shop")
    page.get_by_label("Password").fill("secret")
    page.get_by_label("Sender").fill("Shop")
    page.locator("summary", has_text="Encrypted (TLS)").click()
    page.get_by_label("Over TLS").check()
    page.get_by_label("Certificate authorities").fill("no certificate")
    page.get_by_role("button", name="Connect").click()
    page.locator("textarea[aria-invalid=true]").wait_for()
    complaints.expect("422")
    page.get_by_label("Certificate authorities").fill("")
    page.get_by_label("Name in the certificate").fill("smsc.example.net")
    page.locator("summary", has_text="Speed and times").click()
    page.get_by_label("Most parts a second").fill("20")
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("heading", name="primary").wait_for()

    page.locator("summary", has_text="Receipts").click()
    page.get_by_label("What the operator calls its results").fill("0 = delivered\n9 = expired")
    page.get_by_label("Password").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).wait_for()
    [uplink] = daemon.api().get("/api/v1/uplinks").expect(200)["items"]
    assert (uplink["port"], uplink["source_addr"], uplink["ton"], uplink["rate_per_second"]) == (1, "Shop", 5, 20)
    assert uplink["tls"]["enabled"] and uplink["tls"]["server_name"] == "smsc.example.net"
    assert uplink["password_set"] and uplink["receipt_states"] == {"0": "delivered", "9": "expired"}

    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.get_by_text("There are no uplinks.").wait_for()


def test_a_webhooks_secret_is_shown_once_and_rotated_with_an_overlap(start_daemon, visit, complaints):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    at(page, "/settings/webhooks")
    page.get_by_role("button", name="New webhook").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("crm")
    form.get_by_label("Address").fill("http://192.168.0.9/hook")
    form.get_by_role("button", name="Make the webhook").click()
    page.get_by_text("It is shown this once.").wait_for()
    first = page.get_by_text("whsec_").inner_text()
    page.locator("summary", has_text="Secret").click()
    page.get_by_label("The old secret also signs").select_option("for an hour")
    page.get_by_role("button", name="Make a new secret").click()
    page.get_by_text(first).wait_for(state="detached")
    second = page.get_by_text("whsec_").inner_text()
    page.locator("summary", has_text="The old one signs too until").wait_for()
    page.locator("summary", has_text="Settings").click()
    page.get_by_label("Events", exact=True).fill("message.*, sim.state")
    page.get_by_label("Fingerprint of the receiver").fill("ab" * 32)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).wait_for()
    webhook = daemon.api().get("/api/v1/webhooks/crm").expect(200)
    assert webhook["events"] == ["message.*", "sim.state"]
    assert webhook["tls"]["fingerprint"] and webhook["old_secret_until"]
    at(page, "/settings/webhooks/crm")
    page.get_by_role("heading", name="crm").wait_for()
    assert second not in page.content()


def test_a_backup_is_made_and_the_system_tells_what_runs(start_daemon, visit, complaints):
    page = set_up(start_daemon(extra="[backup]\ndownload = true\n"), visit)
    at(page, "/settings/system")
    page.get_by_text("There is no backup yet.").wait_for()
    page.get_by_role("button", name="Back up now").click()
    kept = page.get_by_role("region", name="Backups")
    kept.get_by_role("link", name="Download").wait_for()
    with page.expect_download() as download:
        kept.get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes().startswith(b"SQLite format 3")
    page.get_by_text("served without TLS").wait_for()
    page.get_by_role("region", name="What is kept for how long").get_by_text("90 days").wait_for()
    with page.expect_download() as download:
        page.get_by_role("region", name="File for support").get_by_role("link", name="Download").click()
    assert b'"uptime_seconds"' in download.value.path().read_bytes()


def test_why_an_uplink_is_down_is_said_in_the_readers_language(start_daemon, visit, complaints):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    body = {"host": "127.0.0.1", "port": 1, "system_id": "shop", "password": "x"}
    daemon.api().request("PUT", "/api/v1/uplinks/primary", body).expect(201)
    page.get_by_role("row", name="primary").get_by_text("The operator's server cannot be reached.").wait_for()
    page.evaluate("localStorage.setItem('simgate.language', 'vi')")
    at(page, "/settings/uplinks")
    page.get_by_role("row", name="primary").get_by_text("Không kết nối được tới máy chủ của nhà mạng.").wait_for()


def test_the_deliveries_of_a_webhook_are_looked_through_by_state(start_daemon, visit):
    daemon = start_daemon(extra='[webhooks]\nallow = ["127.0.0.0/8"]\n')
    api = daemon.api()
    # Nobody listens there.
    api.request("PUT", "/api/v1/webhooks/crm", {"url": "http://127.0.0.1:9/hook", "events": ["message.*"]}).expect(201)
    message = api.send("+84900000001", text="Hello")
    page = set_up(daemon, visit)
    at(page, "/settings/webhooks/crm")
    page.get_by_role("cell", name="message.").first.wait_for()
    page.get_by_label("What became of it").select_option("delivered")
    page.get_by_text("No event is in this state.").wait_for()
    page.reload()
    page.get_by_text("No event is in this state.").wait_for()
    page.get_by_label("What became of it").select_option("waiting")
    assert page.get_by_role("link", name="its message").first.get_attribute("href") == f"/messages/{message['id']}"
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("listitem").get_by_text("waiting", exact=True).first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_is_parked_is_discarded_one_by_one_and_all_at_once(start_daemon, visit, complaints):
    daemon = start_daemon(extra='[webhooks]\nallow = ["127.0.0.0/8"]\n')
    api = daemon.api()
    # Nobody listens there.
    hook = {"url": "http://127.0.0.1:9/hook", "events": ["message.queued"]}
    api.request("PUT", "/api/v1/webhooks/crm", hook).expect(201)
    for n in range(3):
        api.send(number(n), text="Hello")
    waiting = "/api/v1/webhooks/crm/deliveries?state=waiting"
    eventually(lambda: len(api.get(waiting).expect(200)["items"]) == 3)
    page = set_up(daemon, visit)
    # Their day is over.
    daemon.stop()
    with closing(sqlite3.connect(daemon.data / "simgate.db")) as database, database:
        database.execute("UPDATE deliveries SET since = since - 90000000, next_at = 0")
    daemon.start()
    eventually(lambda: daemon.api().get("/api/v1/webhooks/crm").expect(200)["parked"] == 3)
    at(page, "/settings/webhooks/crm")
    page.get_by_text("3 events were not taken for a day and are parked.").wait_for()
    page.get_by_role("row").filter(has_text="parked").first.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog", name="Discard this event?").get_by_role("button", name="Discard").click()
    page.get_by_text("2 events were not taken for a day and are parked.").wait_for()
    page.get_by_role("button", name="Discard all").click()
    page.get_by_role("dialog", name="Discard all parked events?").get_by_role("button", name="Discard").click()
    page.get_by_text("are parked").wait_for(state="detached")
    assert daemon.api().get("/api/v1/webhooks/crm/deliveries?state=parked").expect(200)["items"] == []
    at(page, "/settings/audit")
    page.get_by_text("discarded parked deliveries of the webhook crm").wait_for()
    # While it was stopped.
    complaints.expect("ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING")
