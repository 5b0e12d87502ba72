"""Templates on the page: written, tried, chosen for a message, brought back, deleted."""

from harness import number


def write(page, name, text):
    page.get_by_role("button", name="New template").click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("dialog").get_by_role("button", name="Write it").click()
    page.get_by_role("heading", name=name).wait_for()
    page.get_by_role("textbox", name="Text").fill(text)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).wait_for()


def test_a_template_is_written_tried_brought_back_and_deleted(look, complaints):
    page = look("/settings/templates")
    page.get_by_text("There are no templates yet.").or_(page.get_by_role("table")).wait_for()
    write(page, "reminder", "Dear {{ name }}, we expect you at {{ at }}.")
    tried = page.get_by_role("region", name="As it will be read")
    tried.get_by_text("Dear name, we expect you at at.").wait_for()
    tried.get_by_label("name").fill("Đặng")
    tried.get_by_text("Dear Đặng, we expect you at at.").first.wait_for()
    assert tried.locator("mark").all_inner_texts() == ["Đặ"]

    page.get_by_role("textbox", name="Text").fill("Dear {{ name")
    page.get_by_text("line 1:").wait_for()
    assert page.get_by_role("button", name="Save").is_disabled()
    complaints.expect("422")
    page.get_by_role("textbox", name="Text").fill("Hi {{ name | upper }}")
    page.get_by_text("Show as API call").click()
    assert "/api/v1/templates/reminder" in page.locator("pre").inner_text()
    # What was written is still there after a reload.
    page.reload()
    page.get_by_text("Hi NAME").first.wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Version 2,").wait_for()
    page.get_by_role("row").filter(has_text="we expect you").get_by_role("button", name="Take this text").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Version 3,").wait_for()
    assert page.get_by_role("textbox", name="Text").input_value() == "Dear {{ name }}, we expect you at {{ at }}."

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Templates").wait_for()
    assert page.get_by_role("link", name="reminder").count() == 0


def test_two_who_change_one_are_told(look, complaints):
    page = look("/settings/templates")
    write(page, "shared", "First")
    colleague = look("/settings/templates/shared")
    colleague.get_by_text("Version 1,").wait_for()
    page.get_by_role("textbox", name="Text").fill("Second")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Version 2,").wait_for()
    colleague.get_by_role("textbox", name="Text").fill("Third")
    colleague.get_by_role("button", name="Save").click()
    colleague.get_by_text("made version 2 meanwhile").wait_for()
    complaints.expect("409")


def test_messages_are_made_of_a_template(look, tmp_path):
    page = look("/settings/templates")
    write(page, "parcel", "Dear {{ name }}, your parcel {{ order-id }} is here.")
    page.goto(page.url.split("/settings")[0] + "/send")
    page.get_by_label("To", exact=True).fill(number(70))
    page.get_by_label("Template").select_option("parcel")
    page.get_by_label("name", exact=True).fill("An")
    page.get_by_label("order-id").fill("4711")
    page.get_by_text("Show as API call").click()
    assert '"template":"parcel","variables":{"name":"An","order-id":"4711"}' in page.locator("pre").inner_text()
    page.get_by_text("1 message, 1 part").wait_for()
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_role("heading", name=f"Message with {number(70)}").wait_for()
    page.get_by_text("Dear An, your parcel 4711 is here.").first.wait_for()

    sheet = tmp_path / "parcels.csv"
    sheet.write_text(f"phone,name\n{number(71)},Ba\n{number(72)},Cu\n", encoding="utf-8")
    page.goto(page.url.split("/messages")[0] + "/send")
    page.locator("input[type=file]").set_input_files(sheet)
    page.get_by_label("Template").select_option("parcel")
    page.get_by_label("order-id").fill("8")
    page.get_by_text("Dear Ba, your parcel 8 is here.").wait_for()
    page.get_by_text("Dear Cu, your parcel 8 is here.").wait_for()
    page.get_by_role("button", name="Send 2 messages").click()
    page.get_by_role("heading", name="Sending").wait_for()
    page.get_by_text("2 of 2 messages are through.").wait_for(timeout=60_000)


def test_an_answer_is_made_of_a_template(look):
    page = look("/settings/templates")
    write(page, "hours", "Dear {{ name }}, we are open from 9 to 17.")
    page.goto(page.url.split("/settings")[0] + "/inbox/+84909000111")
    page.get_by_label("Template").select_option("hours")
    page.get_by_label("name").fill("An")
    page.get_by_text("Dear An, we are open from 9 to 17.").wait_for()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("log").get_by_text("Dear An, we are open from 9 to 17.").wait_for()
    page.get_by_label("Write a message").wait_for()
