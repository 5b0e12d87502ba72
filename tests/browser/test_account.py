"""A user's own account: the password, the second factor, the sessions."""

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from conftest import PASSWORD, set_up


def code_of(secret, at=None):
    """What an authenticator app shows for the secret (RFC 6238)."""
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.new(key, struct.pack(">Q", int(at or time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def open_account(page):
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="My account").click()
    page.get_by_role("heading", name="Second factor").wait_for()


def log_in(page, password=PASSWORD):
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_a_second_factor_is_switched_on_used_and_switched_off(start_daemon, visit, complaints):
    page = set_up(start_daemon(), visit)
    open_account(page)
    factor = page.get_by_role("region", name="Second factor")
    factor.get_by_role("button", name="Switch on").click()
    factor.get_by_label("Present password").fill("not this one")
    factor.get_by_role("button", name="Next").click()
    factor.locator("[aria-invalid=true]").wait_for()
    complaints.expect("422")
    factor.get_by_label("Present password").fill(PASSWORD)
    factor.get_by_role("button", name="Next").click()
    picture = factor.get_by_role("img", name="Picture for the authenticator app")
    picture.wait_for()
    # The three corners of a QR code, within its margin.
    assert picture.locator("path").get_attribute("d").startswith("M4 4h1v1h-1z")
    factor.get_by_label("Code of the app").fill(code_of(factor.locator("code").inner_text()))
    factor.get_by_role("button", name="Switch it on").click()
    listed = factor.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    listed.first.wait_for()
    codes = listed.all_inner_texts()
    assert len(set(codes)) == len(codes) >= 8
    factor.get_by_role("button", name="I have kept them").click()
    factor.get_by_text("on", exact=True).wait_for()
    assert codes[0] not in page.content()

    page.get_by_role("button", name="Log out", exact=True).click()
    log_in(page)
    page.get_by_label("Code of the second factor").fill(codes[0])
    complaints.expect("401")
    page.get_by_role("button", name="Log in").click()
    factor.get_by_role("button", name="Switch off").click()
    factor.get_by_label("Present password").fill(PASSWORD)
    factor.get_by_role("button", name="Switch off").click()
    factor.get_by_text("off", exact=True).wait_for()


def test_who_logs_out_everywhere_is_logged_out_everywhere(start_daemon, visit, complaints):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    other = visit(f"http://127.0.0.1:{daemon.port}/login")
    log_in(other)
    other.get_by_role("heading", name="Overview").wait_for()
    open_account(page)
    page.get_by_role("button", name="Log out everywhere").click()
    page.get_by_role("heading", name="Log in").wait_for()
    # The other page learns it by itself; what it had asked at the same time is refused too.
    other.get_by_role("heading", name="Log in").wait_for()
    other.close()
    complaints.expect("401")


def test_one_session_of_several_is_ended(start_daemon, visit, complaints):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    other = visit(f"http://127.0.0.1:{daemon.port}/login")
    log_in(other)
    other.get_by_role("heading", name="Overview").wait_for()
    open_account(page)
    sessions = page.get_by_role("region", name="Sessions").get_by_role("listitem")
    sessions.nth(1).wait_for()
    assert sessions.count() == 2
    assert sessions.filter(has_text="this one").count() == 1
    assert "127.0.0.1" in sessions.first.inner_text()
    sessions.filter(has_not_text="this one").get_by_role("button", name="Log out").click()
    sessions.nth(1).wait_for(state="detached")
    assert "this one" in sessions.inner_text()
    # The other page learns it by itself; what it had asked at the same time is refused too.
    other.get_by_role("heading", name="Log in").wait_for()
    other.close()
    complaints.expect("401")
    page.reload()
    page.get_by_role("heading", name="My account").wait_for()


def test_a_password_is_changed(start_daemon, visit, complaints):
    page = set_up(start_daemon(), visit)
    open_account(page)
    form = page.locator("form").filter(has_text="New password")
    form.get_by_label("Present password").fill(PASSWORD)
    form.get_by_label("New password").fill("battery staple")
    form.get_by_role("button", name="Change password").click()
    page.get_by_text("The password is changed.").wait_for()
    page.get_by_role("button", name="Log out", exact=True).click()
    log_in(page, "battery staple")
    page.get_by_role("heading", name="My account").wait_for()


@pytest.mark.parametrize("language, sentence", [("en", r"Wait \d+ (seconds?|minutes?), then try again\."), ("vi", r"Hãy chờ \d+ (giây|phút) rồi thử lại\.")])
def test_who_has_failed_too_often_is_told_how_long_to_wait(start_daemon, visit, complaints, language, sentence):
    daemon = start_daemon()
    page = visit(f"http://127.0.0.1:{daemon.port}/login", locale=language)
    told = page.get_by_role("alert").get_by_text(re.compile(sentence))
    # Each failure makes the time longer, however slow this machine is.
    for _ in range(20):
        page.locator("[autocomplete=username]").fill("nobody")
        page.locator("[autocomplete=current-password]").fill("not the password")
        with page.expect_response("**/api/v1/session") as answer:
            page.locator("[type=submit]").click()
        if answer.value.status == 429:
            break
    told.wait_for()
    complaints.expect("401|429")


def test_a_program_in_between_that_refuses_is_told_in_words_too(look, complaints):
    page = look("/")
    base = page.url.rstrip("/")
    page.route("**/api/v1/audit*", lambda route: route.fulfill(status=429, body="<h1>Slow down</h1>", headers={"Retry-After": "120", "Content-Type": "text/html"}))
    page.goto(base + "/settings/audit")
    page.get_by_role("alert").get_by_text("Too many requests came.").wait_for()
    page.get_by_role("alert").get_by_text("Wait 2 minutes, then try again.").wait_for()
    assert "429" not in page.get_by_role("alert").inner_text()
    complaints.expect("429")
