"""The pages are for everyone: by keys alone, on a phone, in the dark, in another language, and by axe's rules."""

import json

import pytest
from conftest import AXE
from harness import number

PAGES = [
    "/", "/inbox", "/inbox/+84909000111", "/send", "/messages", "/sims", "/settings", "/settings/account", "/settings/keys",
    "/settings/users", "/settings/webhooks", "/settings/uplinks", "/settings/routes", "/settings/audit", "/settings/opt-outs",
    "/settings/system", "/settings/uplinks/edit", "/settings/templates", "/settings/templates/hello?new", "/settings/config", "/settings/bank", "/start",
]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def findings(page):
    """What axe-core finds, whatever its impact."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']} ({one['impact']}): {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(look, size, scheme):
    page = look("/", viewport=size, color_scheme=scheme)
    found = {}
    for path in PAGES:
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
        page.get_by_role("main").wait_for()
        page.get_by_text("Loading…").first.wait_for(state="detached")
        if said := findings(page):
            found[path] = said
    assert found == {}, json.dumps(found, indent=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_on_a_sims_page_unfolded(look, size, scheme):
    page = look("/sims", viewport=size, color_scheme=scheme)
    page.locator("main a[href^='/sims/']").first.click()
    page.get_by_role("heading", name="Modem").wait_for()
    for fold in page.locator("details > summary").all():
        fold.click()
    page.get_by_role("region", name="What is said on its port").get_by_text("OK", exact=True).first.wait_for()
    page.get_by_text("No failure of this modem is known.").wait_for()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("path, button", [("/settings/keys", "New key"), ("/settings/users", "New user"), ("/settings/routes", "New route"), ("/settings/templates", "New template")])
def test_axe_finds_nothing_in_dialogues(look, path, button):
    page = look(path)
    page.get_by_role("button", name=button).click()
    page.get_by_role("dialog").wait_for()
    assert findings(page) == []


def test_log_in_and_set_up_too(demo, visit):
    for path, heading in (("/login", "Log in"), ("/setup", "Set the gateway up")):
        page = visit(demo.url + path)
        page.get_by_role("heading", name=heading).wait_for()
        assert findings(page) == []


def test_a_whole_send_by_keys_alone(look):
    page = look("/")
    page.get_by_role("heading", name="Overview").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.get_by_role("heading", name="Send").wait_for()

    def tab_to(label):
        for _ in range(40):
            if page.evaluate("document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText") == label:
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"no key leads to {label}")

    tab_to("To")
    page.keyboard.type(number(50))
    tab_to("Text")
    page.keyboard.type("By keys")
    page.get_by_text("1 message, 1 part").wait_for()
    tab_to("Send 1 message")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Message with {number(50)}").wait_for()

    # And the reply: to the inbox, down the list, into the conversation.
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.get_by_role("link", name=number(50)).wait_for()
    for _ in range(60):
        page.keyboard.press("j")
        if number(50) in page.evaluate("document.activeElement.innerText"):
            break
    page.keyboard.press("Enter")
    page.get_by_label("Write a message").wait_for()
    for _ in range(200):
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("And again")
    page.keyboard.press("Enter")
    page.get_by_role("log").get_by_text("And again").wait_for()


def test_the_language_is_chosen_and_kept(look):
    page = look("/settings")
    page.get_by_label("Language").select_option("vi")
    page.get_by_role("heading", name="Cài đặt").wait_for()
    page.reload()
    page.get_by_role("heading", name="Cài đặt").wait_for()
    assert page.evaluate("document.documentElement.lang") == "vi"


def test_nothing_is_wider_than_a_phone(look):
    page = look("/", viewport=PHONE)
    base = page.url.rstrip("/")
    for path in PAGES:
        page.goto(base + path)
        page.get_by_role("main").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_the_page_asks_nobody_else(look, demo):
    page = look("/")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.get_by_role("heading", name="Overview").wait_for()
    assert asked
    assert [url for url in asked if not url.startswith(demo.url)] == []
