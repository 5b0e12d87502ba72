"""Words of the gateway in the language of whoever reads them."""

import pytest
from conftest import PASSWORD, set_up
from harness import number
from playwright.sync_api import expect
from test_everyone import findings


@pytest.fixture
def vietnamese(start_bank, start_daemon, visit):
    """A gateway with two SIMs, and a page of its admin in Vietnamese."""
    bank = start_bank(2)
    daemon = start_daemon(bank, ready=2)
    page = set_up(daemon, visit)
    page.evaluate("localStorage.setItem('simgate.language', 'vi')")
    return daemon, page, f"http://127.0.0.1:{daemon.port}"


def test_what_is_wrong_with_a_field_is_said_in_vietnamese(vietnamese, complaints):
    daemon, page, base = vietnamese
    iccid = daemon.api().sims()[0]["iccid"]
    page.goto(f"{base}/sims/{iccid}")
    page.get_by_label("Nhóm").fill("a/b")
    page.get_by_role("button", name="Lưu").click()
    page.get_by_text("Tên nhóm có 1 đến 64 chữ, chữ số và các dấu - _ và .").wait_for()
    page.goto(f"{base}/settings/users")
    page.get_by_role("button", name="Người dùng mới").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Tên").fill("a b")
    form.get_by_label("Mật khẩu").fill(PASSWORD)
    form.get_by_role("button", name="Tạo người dùng").click()
    form.get_by_text("1 đến 64 chữ không dấu").wait_for()
    complaints.expect("422")


def test_a_self_test_is_told_in_vietnamese(vietnamese):
    daemon, page, base = vietnamese
    imei = daemon.api().get("/api/v1/modems").expect(200)["items"][0]["imei"]
    page.goto(f"{base}/modems/{imei}")
    page.locator("summary").filter(has_text="Tự kiểm tra").click()
    page.get_by_role("button", name="Bắt đầu").click()
    page.get_by_text("Ba phần đã đến thành một tin.").wait_for(timeout=60_000)
    page.get_by_text("Hai phần đã đến thành một tin.").wait_for(timeout=60_000)
    assert "arrived" not in page.get_by_role("main").inner_text()


def test_the_audit_names_things_as_people_do(vietnamese):
    daemon, page, base = vietnamese
    api, sims = daemon.api(), daemon.api().sims()
    api.patch(f"/api/v1/sims/{sims[0]['iccid']}", {"label": "quầy", "quota": {"per_day": 500}})
    api.request("PUT", "/api/v1/templates/reminder", {"text": "Hello {{ name }}"}).expect(201)
    api.post("/api/v1/keys", {"name": "shop", "scopes": ["send"]}).expect(201)
    page.goto(f"{base}/settings/audit")
    row = page.get_by_role("row").filter(has_text="sửa SIM quầy")
    row.get_by_text("khóa API tests").first.wait_for()
    row.locator("summary").click()
    row.get_by_text("Nhãn").wait_for()
    page.get_by_text("tạo mẫu tin reminder").wait_for()
    page.get_by_text("tạo khóa API shop với quyền send").wait_for()
    main = page.get_by_role("main")
    assert sims[0]["iccid"] not in main.inner_text()
    # What the page has no sentence for stands in the gateway's own language.
    assert main.locator("[lang=en]").count() == 0, main.locator("[lang=en]").all_inner_texts()
    assert findings(page) == []


def test_what_is_no_number_is_named_before_anything_is_sent(vietnamese, complaints):
    daemon, page, base = vietnamese
    page.evaluate("localStorage.setItem('simgate.language', 'en')")
    page.goto(f"{base}/send")
    page.get_by_label("To", exact=True).fill(f"{number(1)}\nhello\n+84{number(1)}12345")
    page.get_by_text("2 entries are no numbers:").wait_for()
    page.get_by_role("button", name="Leave them out").click()
    expect(page.get_by_label("To", exact=True)).to_have_value(number(1))
    page.get_by_role("textbox", name="Text").fill("Hello {{name}}")
    page.get_by_text("Without a file {{name}} goes out as it stands here.").wait_for()
    assert findings(page) == []
    assert complaints == []


def test_a_table_of_recipients_survives_a_reload(vietnamese, complaints, tmp_path):
    daemon, page, base = vietnamese
    page.evaluate("localStorage.setItem('simgate.language', 'en')")
    page.goto(f"{base}/send")
    table = tmp_path / "guests.csv"
    table.write_text("name,phone\n" + "".join(f"guest {at},{number(100 + at)}\n" for at in range(30)))
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_text("30 rows").wait_for()
    page.get_by_role("textbox", name="Text").fill("Dear {{name}}")
    daemon.kill()
    daemon.start()
    page.reload()
    page.get_by_text("30 rows").wait_for()
    page.get_by_text("Dear guest 0", exact=True).wait_for()
    page.get_by_role("button", name="Send 30 messages").click()
    page.get_by_role("heading", name="Sending").wait_for()
    page.goto(f"{base}/send")
    expect(page.get_by_role("textbox", name="Text")).to_have_value("")
    assert page.get_by_text("30 rows").count() == 0
    complaints.clear()
