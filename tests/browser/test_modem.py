"""A SIM's page down to its modem: limits, self-test, failures, what is said on the port, AT commands, restart."""

import re

from conftest import set_up
from harness import eventually


def open_sim(daemon, visit, number=0):
    page = set_up(daemon, visit)
    page.get_by_role("link", name="SIMs").click()
    page.get_by_role("link", name="+84").nth(number).click()
    page.get_by_role("heading", name="Modem").wait_for()
    return page


def test_a_modem_is_tested_from_its_page(start_bank, start_daemon, visit, complaints):
    page = open_sim(start_daemon(start_bank(2), ready=2), visit)
    page.get_by_text("Self-test", exact=True).click()
    page.get_by_role("button", name="Start the test").click()
    page.get_by_text("Network: works").wait_for(timeout=60_000)
    page.get_by_text(re.compile("All of it works|It works, with limits")).wait_for(timeout=180_000)
    page.get_by_text("A long message, in two parts: works").wait_for()
    page.reload()
    page.get_by_text("Self-test", exact=True).click()
    page.get_by_text(re.compile("All of it works|It works, with limits")).wait_for()


def test_at_commands_are_run_found_again_and_audited(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(1), ready=1)
    page = open_sim(daemon, visit)
    page.get_by_text("AT commands", exact=True).click()
    line = page.get_by_label("Command", exact=True)
    said = page.get_by_role("log", name="AT commands")
    line.fill("AT+CSQ")
    line.press("Enter")
    said.get_by_text("+CSQ: ").wait_for()
    line.fill("AT+CMGS=10")
    line.press("Enter")
    said.get_by_text("opens a prompt").wait_for()
    complaints.expect("422")
    for key, shown in (("ArrowUp", "AT+CMGS=10"), ("ArrowUp", "AT+CSQ"), ("ArrowDown", "AT+CMGS=10"), ("ArrowDown", "AT")):
        line.press(key)
        assert line.input_value() == shown
    page.get_by_text("What is said on its port", exact=True).click()
    page.get_by_role("region", name="What is said on its port").get_by_text("AT+CSQ", exact=True).last.wait_for()
    audit = eventually(lambda: [row for row in daemon.api().get("/api/v1/audit").expect(200)["items"] if "AT+CSQ" in row["what"]])
    assert audit[0]["actor"] == "user anna"


def test_a_modem_is_restarted_and_its_failures_are_told(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(1), ready=1)
    page = open_sim(daemon, visit)
    page.get_by_text("Failures", exact=True).click()
    page.get_by_text("No failure of this modem is known.").wait_for()
    page.get_by_role("button", name="Restart").click()
    page.get_by_role("dialog").get_by_role("radio", name="Radio off and on").check()
    page.get_by_role("dialog").get_by_role("button", name="Restart the modem").click()
    page.get_by_role("dialog").wait_for(state="detached")
    daemon.wait_ready(1)
    page.get_by_text("ready", exact=True).first.wait_for()


def test_a_sim_gets_hours_and_a_limit_that_tells_its_use(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(1), ready=1)
    page = open_sim(daemon, visit)
    page.get_by_label("Daily limit").fill("250")
    page.locator("summary", has_text="Hours").click()
    page.get_by_label("Sends in these hours only").check()
    page.get_by_label("From", exact=True).fill("00:00")
    page.get_by_label("Time zone").fill("Nowhere/Land")
    page.get_by_role("button", name="Save").click()
    page.locator("[aria-invalid=true]").wait_for()
    complaints.expect("422")
    page.get_by_label("Time zone").fill("Asia/Ho_Chi_Minh")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).wait_for()
    page.get_by_text(re.compile("0 used, full again")).first.wait_for()
    sim = daemon.api().sims()[0]
    assert sim["quota"]["per_day"] == 250
    assert sim["window"] == {"from": "00:00", "to": "20:00", "timezone": "Asia/Ho_Chi_Minh"}


def test_a_modem_whose_sim_hides_has_a_page_too(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(1, options=["--pin", "4711"]), ready=0)
    page = set_up(daemon, visit)
    modem = eventually(lambda: daemon.api().modems())[0]
    page.goto(f"http://127.0.0.1:{daemon.port}/modems/{modem['imei']}")
    page.get_by_role("heading", name="This SIM asks for its PIN").wait_for()
    page.get_by_text(modem["imei"]).wait_for()
