"""Pictures of every page, to be looked at: wide and on a phone, light and dark, in both languages, full, empty and refused.

They are in $SIMGATE_SHOTS, or else in the test's temporary folder, with an index.html that shows them side by side. The test fails where a page
does not come up, shows a text that is missing, or complains."""

import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import PASSWORD, Demo, set_up
from harness import Api, eventually, number

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKS = [(size, scheme, language) for size in (WIDE, PHONE) for scheme in ("light", "dark") for language in ("en", "vi")]
SETTINGS = ["", "/account", "/keys", "/users", "/webhooks", "/uplinks", "/uplinks/edit", "/routes", "/templates", "/opt-outs", "/audit", "/system", "/config"]
PAGES = {"overview": "/", "inbox": "/inbox", "send": "/send", "messages": "/messages", "sims": "/sims", "start": "/start"}
PAGES |= {"settings" + path.replace("/", "-"): "/settings" + path for path in SETTINGS}
# What no page says: a value that is not there, a text that is not in the catalogue, an object.
MISSING = re.compile(r"\bundefined\b|\bNaN\b|\[object |Invalid Date")


@pytest.fixture(scope="session")
def shots(tmp_path_factory):
    folder = Path(os.environ.get("SIMGATE_SHOTS") or tmp_path_factory.mktemp("shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    """A demo of its own, with one of each thing; it, and pages of single things."""
    demo = Demo(tmp_path_factory.mktemp("furnished"))
    api = Api(demo.port, re.search(r"Key\s+(\S+)", demo.printed).group(1))
    sims = eventually(lambda: [sim for sim in api.sims() if sim["state"] == "ready"])
    api.patch(f"/api/v1/sims/{sims[0]['iccid']}", {"label": "shop", "groups": ["front"], "quota": {"per_day": 500}})
    to = [number(70 + i) for i in range(30)]
    batch = [{"to": one, "text": f"Dear guest {i}, we expect you at {8 + i % 4}:00.", "reference": "guests"} for i, one in enumerate(to)]
    api.post("/api/v1/messages/batch", {"messages": batch}).expect(202)
    sent = api.send(to[0], text="Thank you for coming, and see you again. " * 6)
    api.request("PUT", "/api/v1/uplinks/primary", {"host": "127.0.0.1", "port": 1, "system_id": "shop", "password": "x"})
    api.request("PUT", "/api/v1/webhooks/crm", {"url": "http://192.168.77.77/hook", "events": ["message.*"]})
    api.request("PUT", f"/api/v1/suppressions/{quote(number(99))}", {"evidence": "letter of 1 November"})
    match = {"to_prefix": ["+84"], "priority": ["bulk"]}
    targets = [{"sims": {"group": "front"}, "strategy": "balance"}, {"uplink": "primary"}]
    route = {"name": "campaigns", "match": match, "targets": targets, "fall_back": {"after_wait_seconds": 60}}
    api.request("PUT", "/api/v1/routes", {"items": [route]}).expect(200)
    template = {"text": "Dear {{ name }}, we expect you at {{ at }}.", "description": "The day before"}
    api.request("PUT", "/api/v1/templates/reminder", template).expect(201)
    api.post("/api/v1/users", {"name": "anna", "password": PASSWORD, "role": "operator"})
    pages = {
        "inbox-thread": f"/inbox/{quote(to[0])}",
        "message": f"/messages/{sent['id']}",
        "send-progress": "/send/guests",
        "sim": f"/sims/{sims[0]['iccid']}",
        "modem": f"/modems/{sims[0]['modem']}",
        "settings-uplink": "/settings/uplinks/edit?name=primary",
        "settings-webhook": "/settings/webhooks/crm",
        "settings-template": "/settings/templates/reminder",
    }
    api.close()
    yield demo, pages
    demo.close()


@pytest.fixture(scope="module")
def inside(furnished, chromium):
    """The cookie of whoever followed that demo's link."""
    demo, _ = furnished
    context = chromium.new_context()
    page = context.new_page()
    page.goto(demo.link)
    page.wait_for_url(demo.url + "/")
    state = context.storage_state()
    context.close()
    return state


def ident(look):
    size, scheme, language = look
    return f"{size['width']}-{scheme}-{language}"


def picture(page, shots, state, look, name):
    size, _, _ = look
    page.get_by_role("heading", level=1).first.wait_for()
    if state == "refused":
        page.wait_for_timeout(300)
    else:
        page.get_by_text(re.compile("^(Loading…|Đang tải…)$")).first.wait_for(state="detached")
    said = page.locator("body").inner_text()
    assert not MISSING.search(said), f"{name}: {said}"
    path = shots / state / f"{name}-{ident(look)}.png"
    path.parent.mkdir(exist_ok=True)
    # A window as high as the page: what sticks to its edges stands where the page ends.
    page.set_viewport_size({**size, "height": max(size["height"], page.evaluate("document.documentElement.scrollHeight"))})
    page.screenshot(path=path)
    page.set_viewport_size(size)
    pictures = sorted(one.name for one in path.parent.glob("*.png"))
    figures = "".join(f'<figure><img src="{one}" width="320"><figcaption>{one}</figcaption></figure>' for one in pictures)
    (path.parent / "index.html").write_text(f'<body style="display: flex; flex-wrap: wrap; align-items: flex-start">{figures}</body>')


@pytest.mark.parametrize("look", LOOKS, ids=ident)
def test_full(furnished, inside, visit, shots, look):
    demo, more = furnished
    size, scheme, language = look
    page = visit(demo.url, storage_state=inside, viewport=size, color_scheme=scheme, locale=language)
    for name, path in (PAGES | more).items():
        page.goto(demo.url + path)
        picture(page, shots, "full", look, name)


@pytest.mark.parametrize("look", LOOKS, ids=ident)
def test_empty(start_daemon, visit, shots, look):
    size, scheme, language = look
    daemon = start_daemon()
    base = f"http://127.0.0.1:{daemon.port}"
    page = visit(f"{base}/setup", viewport=size, color_scheme=scheme, locale=language)
    picture(page, shots, "empty", look, "setup")
    page.goto(f"{base}/login")
    picture(page, shots, "empty", look, "login")
    state = set_up(daemon, visit).context.storage_state()
    page = visit(base, storage_state=state, viewport=size, color_scheme=scheme, locale=language)
    for name, path in PAGES.items():
        page.goto(base + path)
        picture(page, shots, "empty", look, name)


@pytest.mark.parametrize("look", LOOKS, ids=ident)
def test_refused(furnished, inside, visit, shots, look, complaints):
    """The gateway answers nothing of what the pages show, but who it is that looks."""
    demo, more = furnished
    size, scheme, language = look
    page = visit(demo.url, storage_state=inside, viewport=size, color_scheme=scheme, locale=language)
    problem = {"type": "urn:simgate:problem:unavailable", "title": "The gateway cannot take this now", "status": 503, "detail": "The database does not answer."}
    page.route(re.compile(r"/api/v1/(?!setup|session)"), lambda route: route.fulfill(status=503, json=problem, content_type="application/problem+json"))
    for name, path in (PAGES | more).items():
        page.goto(demo.url + path)
        picture(page, shots, "refused", look, name)
    page.close()
    complaints.expect("503")
