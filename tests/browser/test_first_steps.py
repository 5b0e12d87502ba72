"""The first steps on a fresh gateway: its SIMs get a label and a PIN, and a test message goes to one's own phone."""

import pytest
from conftest import make_account
from harness import fated, number
from playwright.sync_api import expect
from test_everyone import findings

LOST = "The gateway does not answer."


@pytest.fixture
def fresh(start_bank, start_daemon):
    """A gateway that has just been installed, with a modem that asks for a PIN and one that does not."""
    banks = [start_bank(1, name="locked", options=["--pin", "4711"]), start_bank(1, name="open", seed=2)]
    return start_daemon(ports=[bank.pattern for bank in banks], ready=1), banks


def write_to(page, to):
    page.get_by_label("Number of your phone").fill(to)
    page.get_by_role("button", name="Send the test message").click()


def test_from_nothing_to_the_first_message_delivered(fresh, visit, complaints, losing):
    daemon, banks = fresh
    page = make_account(daemon, visit)
    page.get_by_text("2 modems are found, 1 of them ready to send.").wait_for()
    assert findings(page) == []

    page.get_by_label("PIN", exact=True).fill("4711")
    page.get_by_role("button", name="Unlock").click()
    page.get_by_text("2 modems are found, 2 of them ready to send.").wait_for()
    for label, pin in (("counter", ""), ("office", "1234")):
        card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="+84")).first
        form = card.get_by_role("form")
        form.get_by_label("Label").fill(label)
        form.get_by_label("PIN, if it has one").fill(pin)
        form.get_by_role("button", name="Save").click()
        page.get_by_role("heading", name=label).wait_for()
    assert {sim["label"] for sim in daemon.api().sims()} == {"counter", "office"}

    # As one dials it at home. The answer is lost on its way back: whoever presses again sends nothing twice.
    losing(page, "/api/v1/messages")
    write_to(page, "0" + number(1).removeprefix("+84"))
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    page.reload()
    assert page.get_by_label("Number of your phone").input_value() == "0" + number(1).removeprefix("+84")
    page.get_by_role("button", name="Send the test message").click()
    page.get_by_text(f"It has arrived on {number(1)}. The gateway can send.").wait_for()
    page.get_by_text("Delivered, as its report says").wait_for()
    assert findings(page) == []
    assert len(daemon.api().messages(direction="outbound")) == 1
    page.reload()
    page.get_by_text(f"It has arrived on {number(1)}.").wait_for()
    assert len(daemon.api().messages(direction="outbound")) == 1
    sent = [entry for bank in banks for entry in bank.air.accepted()]
    assert len(sent) == 1

    page.get_by_role("main").get_by_role("link", name="To the overview").last.click()
    page.get_by_text("2 of 2 SIMs are ready").wait_for()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="First steps").click()
    expect(page.get_by_role("form").first.get_by_label("Label")).to_have_value("counter")


def test_why_the_first_message_does_not_arrive(fresh, visit, complaints):
    daemon, _ = fresh
    page = make_account(daemon, visit)
    write_to(page, "12x4")
    page.get_by_role("alert").get_by_text("This is not a number that can be sent to.").wait_for()
    complaints.expect("422")
    gone = fated("refused", 1)
    write_to(page, gone)
    page.get_by_text(f"It did not reach {gone}.").wait_for()
    page.get_by_text("cms-1").first.wait_for()
    page.get_by_role("button", name="Send another test message").wait_for()
    page.evaluate("localStorage.setItem('simgate.language', 'vi')")
    page.reload()
    page.get_by_text(f"Tin không đến được {gone}.").wait_for()


def test_the_country_is_asked_for(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(1), ready=1, country=None)
    page = make_account(daemon, visit)
    national = "0" + number(2).removeprefix("+84")
    page.get_by_text("For shorter numbers set the country above.").wait_for()
    write_to(page, national)
    page.get_by_role("alert").get_by_text("This is not a number that can be sent to.").wait_for()
    page.get_by_text("Write the number with + and the country's code").wait_for()
    complaints.expect("422")
    form = page.get_by_role("form", name="Country")
    form.get_by_label("Country").select_option("VN")
    form.get_by_role("button", name="Save").click()
    form.get_by_text("Saved").wait_for()
    assert findings(page) == []
    write_to(page, national)
    page.get_by_text(f"It has arrived on {number(2)}.").wait_for()
    page.goto(f"http://127.0.0.1:{daemon.port}/settings/system")
    expect(page.get_by_role("form", name="Country").get_by_label("Country")).to_have_value("VN")
    assert findings(page) == []


def test_a_gateway_without_modems_says_what_to_do(start_daemon, visit, complaints):
    page = make_account(start_daemon(), visit)
    page.get_by_text("No modem is found yet.").wait_for()
    page.get_by_text("Plug a modem with a SIM in").wait_for()
    assert findings(page) == []
    write_to(page, number(3))
    page.get_by_text("No SIM is ready. The message waits until one is.").wait_for()
    page.get_by_text("waiting", exact=True).wait_for()
    page.get_by_role("link", name="To the overview").first.click()
    page.get_by_text("Nothing is there to send by").wait_for()
    page.get_by_role("main").get_by_role("link", name="First steps").click()
    page.get_by_role("heading", name="First steps").wait_for()


def test_many_sims_are_no_wall_of_forms(start_bank, start_daemon, visit):
    banks = [start_bank(1, name="locked", options=["--pin", "4711"]), start_bank(7, name="open", seed=2)]
    daemon = start_daemon(ports=[bank.pattern for bank in banks], ready=7)
    page = make_account(daemon, visit)
    page.get_by_text("8 modems are found, 7 of them ready to send.").wait_for()
    cards = page.get_by_role("listitem").filter(has=page.get_by_role("heading"))
    # What asks for a PIN comes first, with its form.
    cards.first.get_by_role("button", name="Unlock").wait_for()
    # It has a row of its own: beside it there would be a hole.
    assert cards.first.bounding_box()["width"] > 2 * cards.nth(1).bounding_box()["width"]
    openers = page.get_by_role("button", name="Label and PIN of")
    expect(openers).to_have_count(7)
    assert findings(page) == []
    openers.first.click()
    expect(openers).to_have_count(6)
    page.get_by_label("PIN, if it has one").wait_for()
    form = page.get_by_role("form").filter(has=page.get_by_label("PIN, if it has one"))
    form.get_by_label("Label").fill("counter")
    form.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="counter").wait_for()
