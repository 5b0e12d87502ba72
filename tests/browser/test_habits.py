"""What people expect of any page: Back, undo, printing, notifications, installing."""

import struct

from conftest import PASSWORD, set_up
from harness import eventually, number
from test_overview import send

# Stands in for the browser's own notifications, which no test can see.
NOTIFICATIONS = """
    window.notified = [];
    window.Notification = class {
        static permission = 'default';
        static requestPermission() {
            return Promise.resolve((this.permission = window.answer ?? 'granted'));
        }
        constructor(title, options) {
            window.notified.push([title, options.body]);
            window.shown = this;
        }
        close() {}
    };
    let hidden = false;
    window.hide = (now) => (hidden = now);
    Object.defineProperty(Document.prototype, 'hidden', {get: () => hidden});
"""


def test_a_list_stands_where_it_stood_after_back(look):
    page = look("/")
    send(page, 5000, 120)
    page.get_by_role("link", name="Messages").click()
    page.get_by_role("button", name="Show more").click()
    rows = page.locator("tbody tr")
    rows.nth(90).scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 200)")
    stood = page.evaluate("window.scrollY")
    assert stood > 1000
    link = rows.nth(90).get_by_role("link")
    to = link.inner_text()
    link.click()
    page.get_by_role("heading", name=f"Message with {to}").wait_for()
    page.go_back()
    rows.nth(99).wait_for()
    eventually(lambda: abs(page.evaluate("window.scrollY") - stood) < 5, what="it stands where it stood")
    assert rows.nth(90).get_by_role("link").inner_text() == to


def test_done_is_taken_back_by_the_button_and_by_a_key(look):
    page = look("/send")
    page.get_by_label("To", exact=True).fill(number(50_001))
    page.get_by_role("textbox", name="Text").fill("Your table is free")
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_role("link", name="Conversation").click()
    page.get_by_role("button", name="I take it").click()
    page.get_by_text(f"You look after {number(50_001)}.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="I take it").wait_for()
    page.get_by_role("button", name="Done", exact=True).last.click()
    page.get_by_text(f"The conversation with {number(50_001)} is done.").wait_for()
    page.get_by_role("heading", name=number(50_001)).click()
    page.keyboard.press("z")
    page.get_by_role("button", name="Open again").wait_for(state="detached")
    page.get_by_role("button", name="Done", exact=True).last.wait_for()


def test_a_draft_is_discarded_and_comes_back(look):
    page = look("/send")
    page.get_by_label("To", exact=True).fill(number(50_002))
    page.get_by_role("textbox", name="Text").fill("Half a thought")
    page.get_by_label("Priority").select_option("otp")
    page.get_by_role("button", name="Discard").click()
    assert page.get_by_role("textbox", name="Text").input_value() == ""
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_role("textbox", name="Text").input_value() == "Half a thought"
    assert page.get_by_label("Priority").input_value() == "otp"


def test_routes_come_back(look, demo):
    page = look("/settings/routes")
    page.get_by_role("button", name="New route").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("undone")
    form.get_by_label("Numbers that begin with").fill("+670")
    form.get_by_role("button", name="Take").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The routes are saved.").wait_for()

    def kept():
        return [route["name"] for route in page.request.get(f"{demo.url}/api/v1/routes").json()["items"]]

    assert "undone" in kept()
    page.get_by_role("button", name="Undo").last.click()
    page.get_by_text("Messages to +670").wait_for(state="detached")
    assert "undone" not in kept()


def test_the_browser_tells_of_new_messages_where_it_was_asked_to(look, demo):
    page = look("/settings")
    page.add_init_script(NOTIFICATIONS)
    page.reload()
    box = page.get_by_label("Tell me of new messages")
    assert not box.is_checked()
    page.evaluate("window.answer = 'denied'")
    box.click()
    page.get_by_text("The browser does not allow it.").wait_for()
    assert not box.is_checked()
    page.evaluate("window.answer = 'granted'")
    box.click()
    eventually(lambda: page.evaluate("localStorage['simgate.notify']") == "on", what="the wish is kept")
    # Nothing is told of what is looked at.
    page.evaluate("hide(true)")
    title, _ = eventually(lambda: page.evaluate("notified[0]"), what="something is told")
    page.evaluate("hide(false); shown.onclick()")
    page.get_by_role("heading", name=title.removeprefix("Message from "), level=1).wait_for()
    box_after = look("/settings").get_by_label("Tell me of new messages")
    assert not box_after.is_checked(), "another browser was not asked"


def test_lists_are_printed_without_what_only_a_screen_can_do(look):
    page = look("/messages", color_scheme="dark")
    page.locator("tbody tr").first.wait_for()
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in (page.get_by_role("navigation"), page.get_by_role("search")):
        assert not hidden.is_visible()
    assert page.locator("tbody tr").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_it_can_be_installed(look, demo):
    page = look("/")
    assert page.locator("link[rel=manifest]").count() == 1
    manifest = page.request.get(f"{demo.url}/manifest.webmanifest").json()
    kinds = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= kinds
    for icon in manifest["icons"]:
        answer = page.request.get(demo.url + icon["src"])
        assert answer.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            assert "%dx%d" % struct.unpack(">II", answer.body()[16:24]) == icon["sizes"]
    assert page.request.get(f"{demo.url}/apple-touch-icon.png").headers["content-type"] == "image/png"


def test_the_inbox_scrolls_within_itself_and_the_window_does_not(look):
    page = look("/inbox", viewport={"width": 1280, "height": 400})
    # One that is not read, further down than the window reaches.
    page.locator("[data-row]", has=page.locator(".sr-only")).nth(9).wait_for()
    assert page.evaluate("document.documentElement.scrollHeight") == 400


def test_an_answer_that_fails_is_asked_for_again(look, complaints):
    page = look("/")
    page.get_by_text("SIMs are ready").wait_for()
    problem = {"type": "urn:simgate:problem:unavailable", "title": "x", "status": 503, "detail": "The database does not answer."}
    page.route("**/api/v1/sims?*", lambda route: route.fulfill(status=503, json=problem, content_type="application/problem+json"))
    page.get_by_text("The connection to the gateway is broken").wait_for()
    page.unroute("**/api/v1/sims?*")
    page.get_by_text("The connection to the gateway is broken").wait_for(state="detached")
    complaints.expect("503")


def test_who_is_logged_out_elsewhere_while_writing_loses_no_letter(start_bank, start_daemon, visit, complaints):
    daemon = start_daemon(start_bank(1), ready=1)
    page = set_up(daemon, visit)
    base = f"http://127.0.0.1:{daemon.port}"
    other = visit(f"{base}/login")
    log_in(other)
    other.get_by_role("heading", name="Overview").wait_for()
    page.goto(f"{base}/inbox/{number(9)}")
    text = "A long answer, of which nothing may be lost. " * 8
    page.get_by_label("Write a message").fill(text)
    other.goto(f"{base}/settings/account")
    other.get_by_role("button", name="Log out everywhere").click()
    other.get_by_role("heading", name="Log in").wait_for()
    # Whatever breaks the connection: the page finds out by itself that nobody is logged in any more.
    daemon.kill()
    daemon.start()
    page.get_by_role("heading", name="Log in").wait_for()
    log_in(page)
    page.get_by_role("heading", name=number(9)).wait_for()
    assert page.get_by_label("Write a message").input_value() == text
    complaints.clear()


def log_in(page):
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_texts_are_read_in_their_own_direction(look):
    page = look("/inbox/%2B971501234567")
    text = page.locator("p", has_text="مرحبا").last
    text.wait_for()
    assert text.evaluate("one => getComputedStyle(one).direction") == "rtl"
    page.get_by_label("Write a message").fill("نعم، غدا.")
    assert page.get_by_label("Write a message").evaluate("one => getComputedStyle(one).direction") == "rtl"
    page.get_by_label("Write a message").fill("Yes, tomorrow.")
    assert page.get_by_label("Write a message").evaluate("one => getComputedStyle(one).direction") == "ltr"
    page.get_by_label("Write a message").fill("")
