"""A phone's window: what one does there is in reach, and nothing is cut off."""

import pytest
from conftest import set_up
from harness import number
from playwright.sync_api import expect
from test_everyone import PHONE, findings

VIETNAMESE = "Kính gửi quý khách, cửa hàng xin hẹn giao đơn trà sen vào sáng thứ Bảy tuần này. " * 6
TABLES = ["/sims", "/settings/keys", "/settings/users", "/settings/webhooks", "/settings/uplinks", "/settings/audit", "/settings/opt-outs", "/settings/templates"]


def above_the_places(page, thing):
    """Whether it is wholly in the window, and not behind the bar at its end."""
    expect(thing).to_be_in_viewport(ratio=1)
    box, bar = thing.bounding_box(), page.get_by_role("navigation", name="Places").bounding_box()
    return box["y"] + box["height"] <= bar["y"]


def test_a_long_text_leaves_the_button_in_reach(look):
    page = look("/send", viewport=PHONE)
    page.get_by_label("To", exact=True).fill(number(1))
    page.get_by_role("textbox", name="Text").fill(VIETNAMESE)
    page.get_by_text("and 2 more").wait_for()
    button = page.get_by_role("button", name="Send 1 message")
    for place in (0, 200, 10_000):
        page.evaluate(f"scrollTo(0, {place})")
        assert above_the_places(page, button)
    assert findings(page) == []

    # What was chosen is seen where the options are folded away.
    options = page.get_by_role("group", name="Options")
    expect(page.get_by_label("Priority")).to_have_count(0)
    options.locator("summary").click()
    page.get_by_label("Priority").select_option("bulk")
    options.locator("summary").click()
    expect(options).to_contain_text("Bulk: after all others")
    page.reload()
    expect(options).to_contain_text("Bulk: after all others")
    page.get_by_role("button", name="Discard").click()


def test_a_long_reply_leaves_the_thread_in_sight(look):
    page = look("/inbox/+84909000111", viewport=PHONE)
    page.get_by_label("Write a message").fill(VIETNAMESE)
    page.get_by_text("and 2 more").wait_for()
    composer = page.locator("form", has=page.get_by_label("Write a message"))
    assert composer.bounding_box()["height"] < PHONE["height"] / 2
    page.get_by_label("Write a message").fill("")


def test_the_limits_of_a_sim_are_folded_away_until_one_is_wrong(look, complaints):
    page = look("/sims", viewport=PHONE)
    page.get_by_role("link", name="Prepaid").click()
    limits = page.locator("summary", has_text="Limits")
    expect(limits).to_contain_text("3/3")
    expect(page.get_by_label("Hourly limit")).to_have_count(0)
    # What is so stands before what can be set.
    assert page.get_by_text("ICCID").bounding_box()["y"] < limits.bounding_box()["y"]
    limits.click()
    page.get_by_label("Hourly limit").wait_for()
    assert findings(page) == []


@pytest.mark.parametrize("language", ["en", "vi"])
def test_no_table_is_wider_than_the_window(start_bank, start_daemon, visit, language):
    daemon = start_daemon(start_bank(1), ready=1)
    state, base = set_up(daemon, visit).context.storage_state(), f"http://127.0.0.1:{daemon.port}"
    api = daemon.api()
    api.request("PUT", "/api/v1/webhooks/customer-relations", {"url": "https://192.168.77.77/hooks/of/the/shop?token=abcdefgh", "events": ["message.*"]}).expect(201)
    api.request("PUT", "/api/v1/uplinks/operator-in-town", {"host": "smpp.operator.example", "port": 2775, "system_id": "shop", "password": "x", "enabled": False}).expect(201)
    api.request("PUT", "/api/v1/templates/reminder-of-the-day-before", {"text": "Dear {{ name }}, we expect you at {{ at }}."}).expect(201)
    page = visit(base, storage_state=state, viewport=PHONE, locale=language)
    for path in TABLES:
        page.goto(base + path)
        page.get_by_role("heading", level=1).wait_for()
        page.get_by_text({"en": "Loading…", "vi": "Đang tải…"}[language]).first.wait_for(state="detached")
        for sheet in page.locator("[role=region][tabindex]").all():
            assert sheet.evaluate("one => one.scrollWidth - one.clientWidth") == 0, path
