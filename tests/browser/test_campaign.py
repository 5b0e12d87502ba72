"""A sending to many, once it is under way."""

import datetime
import re

from harness import fated, number
from test_everyone import findings


def send(page, numbers, text, at=None):
    page.get_by_label("To", exact=True).fill("\n".join(numbers))
    page.get_by_role("textbox", name="Text").fill(text)
    if at:
        page.get_by_label("Send at").fill(at.strftime("%Y-%m-%dT%H:%M"))
    many = f"Send {len(numbers)} messages"
    page.get_by_role("button", name=many).click()
    if len(numbers) > 50:
        page.get_by_role("dialog").get_by_role("button", name=many).click()
    page.get_by_role("heading", name="Sending").wait_for()


def test_the_rest_is_cancelled_by_one_request(look):
    page = look("/send")
    asked = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url.split('/api/v1/')[-1].split('?')[0]}"))
    tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
    send(page, [number(6000 + at) for at in range(60)], "Later", tomorrow)
    page.get_by_role("button", name="Cancel the 60 that wait").click()
    page.get_by_text("60 of 60 messages are through.").wait_for()
    assert asked.count("POST messages/cancel") == 1
    assert [request for request in asked if request.startswith("DELETE")] == []
    assert "GET messages/summary" in asked
    assert "GET messages" not in asked, "the counts alone are read"
    page.get_by_role("link", name="These messages as a list").click()
    page.get_by_text("Only the messages of one sending.").wait_for()
    page.get_by_role("cell", name="cancelled").first.wait_for()


def test_the_rest_is_paused_and_goes_on(look):
    page = look("/send")
    numbers = [number(6200 + at) for at in range(300)]
    send(page, numbers, "Slowly")
    page.get_by_role("button", name="Pause", exact=True).click()
    notice = page.get_by_role("status").filter(has_text="paused")
    notice.wait_for()
    page.get_by_role("button", name="Pause", exact=True).wait_for(state="detached")
    page.reload()
    notice.wait_for()
    page.get_by_role("link", name="These messages as a list").click()
    page.get_by_role("row").filter(has_text="waiting").first.get_by_role("link").first.click()
    page.get_by_text("It waits because somebody has paused it.").wait_for()
    page.get_by_text("Paused", exact=True).wait_for()
    page.go_back()
    page.go_back()
    assert findings(page) == []
    page.get_by_role("button", name=re.compile(r"Let the .* go on")).click()
    page.get_by_text("300 of 300 messages are through.").wait_for(timeout=120_000)


def test_what_failed_is_sent_again(look):
    page = look("/send")
    gone = fated("reported", 67)
    send(page, [number(6100), gone], "Are you there?")
    page.get_by_role("heading", name="Not sent").wait_for()
    page.get_by_role("link", name=gone).wait_for()
    page.get_by_role("button", name="Send the failed one again").click()
    page.get_by_role("heading", name="Send", exact=True).wait_for()
    assert page.get_by_label("To", exact=True).input_value() == gone
    assert page.get_by_role("textbox", name="Text").input_value() == "Are you there?"


def test_what_failed_of_a_file_keeps_its_texts(look, tmp_path):
    sheet = tmp_path / "guests.csv"
    sheet.write_text(f"phone,name\n{fated('reported', 67, 1)},Anna\n{fated('reported', 68, 1)},Bert\n")
    page = look("/send")
    page.locator("input[type=file]").set_input_files(sheet)
    page.get_by_role("textbox", name="Text").fill("Dear {{name}}")
    page.get_by_role("button", name="Send 2 messages").click()
    page.get_by_role("button", name="Send the 2 failed ones again").click()
    page.get_by_text("Dear Anna", exact=True).wait_for()
    page.get_by_text("Dear Bert", exact=True).wait_for()
    page.get_by_role("button", name="Send 2 messages").wait_for()
