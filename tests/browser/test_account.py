"""A user's own account: the password, the second factor, the sessions."""

import base64
import hashlib
import hmac
import struct
import time

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
