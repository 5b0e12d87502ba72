"""The slots of a bank on the web page, with the firmware's own program behind them."""

from browser.conftest import AXE, chromium, complaints, set_up, visit  # noqa: F401
from harness import eventually
from test_daemon import boards, imei_of, levels, wired  # noqa: F401


def findings(page):
    page.evaluate(AXE.read_text())
    return page.evaluate("async () => (await axe.run()).violations.map((one) => one.id)")


def test_slots_are_seen_and_switched_on_the_page(wired, visit):  # noqa: F811
    _, _, board, daemon = wired(2)
    imei = imei_of(daemon.api(), 1)
    page = set_up(daemon, visit)
    page.goto(f"http://127.0.0.1:{daemon.port}/settings/bank")
    page.get_by_text("Firmware 0.1.0").wait_for()
    cards = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Slot"))
    assert cards.count() == 8
    second = cards.nth(1)
    second.get_by_text("on", exact=True).wait_for()
    assert second.get_by_role("link").get_attribute("href") == f"/modems/{imei}"
    cards.nth(7).get_by_text("No modem is configured here.").wait_for()
    assert findings(page) == []

    second.get_by_role("button", name="Switch off").click()
    page.get_by_role("dialog", name="Switch slot 2 off?").get_by_role("button", name="Switch off").click()
    eventually(lambda: levels(board, 1)[-1][1] is False)
    second.get_by_text("off", exact=True).wait_for()
    second.get_by_text("Somebody has switched it off.").wait_for()
    second.get_by_label("SIM holder").select_option("2")
    eventually(lambda: daemon.api().get("/api/v1/bank").expect(200)["slots"][1]["sim"] == 2)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    second.get_by_role("button", name="Switch on").click()
    second.get_by_text("on", exact=True).wait_for()
    assert levels(board, 1)[-1][1] is True
    assert findings(page) == []
