"""A day's work on the page of the demo: sending, answering, limits, routes, webhooks."""

import datetime

from harness import number


def test_many_by_a_file_with_variables(look, tmp_path):
    sheet = tmp_path / "guests.csv"
    rows = [f"{number(1000 + i)};Guest {i};{8 + i % 12}:00" for i in range(500)]
    sheet.write_text("\ufeffphone;name;at\n" + "\n".join(rows), encoding="utf-8")
    page = look("/send")
    page.locator("input[type=file]").set_input_files(sheet)
    assert page.get_by_label("Column with the numbers").input_value() == "phone"
    page.get_by_role("textbox", name="Text").fill("Dear {{nmae}}")
    page.get_by_text("The file has no column nmae.").wait_for()
    page.get_by_role("textbox", name="Text").fill("Dear {{name}}, we expect you at {{at}}.")
    page.get_by_text("Dear Guest 0, we expect you at 8:00.", exact=True).wait_for()
    page.get_by_text("500 messages, 500 parts").wait_for()
    page.get_by_role("button", name="Send 500 messages").click()
    page.get_by_role("dialog").get_by_role("button", name="Send 500 messages").click()
    page.get_by_role("heading", name="Sending").wait_for()
    page.get_by_text("500 of 500 messages are through.").wait_for(timeout=120_000)


def test_what_is_not_a_number_stays_and_says_why(look):
    page = look("/send")
    page.get_by_label("To", exact=True).fill(f"{number(20)}, 12x4\n{number(20)}")
    page.get_by_role("textbox", name="Text").fill("Hello")
    page.get_by_text("1 number stands there twice; it gets one message.").wait_for()
    page.get_by_role("button", name="Send 2 messages").click()
    page.get_by_text("1 message was not accepted:").wait_for()
    assert page.get_by_label("To", exact=True).input_value() == "12x4"


def test_costly_characters_are_shown_and_replaced(look):
    page = look("/send")
    text = "“Sale” – " + "a" * 100
    page.get_by_role("textbox", name="Text").fill(text)
    page.get_by_text("2 parts").first.wait_for()
    assert page.locator("mark").all_inner_texts() == ["“", "”", "–"]
    page.get_by_role("button", name="Replace look-alikes: 2 → 1 part").click()
    assert page.get_by_role("textbox", name="Text").input_value() == '"Sale" - ' + "a" * 100
    page.get_by_text("plain SMS alphabet").wait_for()


def test_two_people_have_one_conversation_open(look):
    first = look("/send")
    first.get_by_label("To", exact=True).fill(number(30))
    first.get_by_role("textbox", name="Text").fill("We open at nine")
    first.get_by_role("button", name="Send 1 message").click()
    first.get_by_role("heading", name=f"Message with {number(30)}").wait_for()
    second = look(f"/inbox/{number(30)}")
    second.get_by_role("log").get_by_text("We open at nine").wait_for()
    second.get_by_label("Write a message").fill("Bring the receipt")
    second.get_by_label("Write a message").press("Enter")
    first.get_by_role("link", name="Conversation").click()
    first.get_by_role("log").get_by_text("Bring the receipt").wait_for()
    second.get_by_role("log").get_by_text("delivered").first.wait_for()


def test_colleagues_share_the_inbox(look):
    page = look("/send")
    page.get_by_label("To", exact=True).fill(number(31))
    page.get_by_role("textbox", name="Text").fill("Your order is ready")
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_role("link", name="Conversation").click()
    page.get_by_role("button", name="I take it").wait_for()
    colleague = look(f"/inbox/{number(31)}")
    page.get_by_role("button", name="I take it").click()
    page.get_by_text("demo looks after it").first.wait_for()
    colleague.get_by_text("demo looks after it").first.wait_for()
    page.get_by_text("Notes", exact=True).click()
    page.get_by_label("Write a note").fill("Called, comes on Monday")
    page.get_by_role("button", name="Add").click()
    page.get_by_text("Called, comes on Monday").wait_for()
    page.get_by_role("button", name="Done", exact=True).last.click()
    page.get_by_role("button", name="Open again").wait_for()
    page.get_by_role("group", name="Which conversations").get_by_role("button", name="Done").click()
    page.get_by_role("link", name=number(31)).wait_for()


def test_a_limit_is_changed_and_shown_as_a_call(look):
    page = look("/sims")
    page.get_by_role("link", name="Office").click()
    page.get_by_label("Daily limit").fill("250")
    page.get_by_text("Show as API call").click()
    assert '{"quota":{"per_day":250}}' in page.locator("pre").inner_text()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).wait_for()
    page.reload()
    page.get_by_label("Daily limit").wait_for()
    assert page.get_by_label("Daily limit").input_value() == "250"


def test_routes_are_ordered_by_keys_and_by_drag_and_explained(look):
    page = look("/settings/routes")
    for name, prefix in (("home", "+84"), ("abroad", "+66")):
        page.get_by_role("button", name="New route").click()
        form = page.get_by_role("dialog")
        form.get_by_label("Name").fill(name)
        form.get_by_label("Numbers that begin with").fill(prefix)
        form.get_by_role("button", name="Take").click()
    page.get_by_role("button", name="Move abroad up").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The routes have been changed and not saved.").wait_for(state="detached")
    page.reload()
    names = page.get_by_role("listitem").filter(has_text="least busy first")
    names.first.wait_for()
    assert [text.split("\n")[1] for text in names.all_inner_texts()] == ["abroad", "home"]
    page.get_by_label("By what does a message").fill("+66812345678")
    page.get_by_role("button", name="Explain").click()
    page.get_by_text("The route abroad decides.").wait_for()

    # The same by the mouse.
    page.get_by_title("Drag to another place").nth(1).drag_to(names.first)
    page.get_by_text("The routes have been changed and not saved.").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The routes have been changed and not saved.").wait_for(state="detached")
    page.reload()
    names.first.wait_for()
    assert [text.split("\n")[1] for text in names.all_inner_texts()] == ["home", "abroad"]


def test_a_message_is_cancelled(look):
    page = look("/send")
    page.get_by_label("To", exact=True).fill(number(40))
    page.get_by_role("textbox", name="Text").fill("Later")
    tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
    page.get_by_label("Send at").fill(tomorrow.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_text("scheduled", exact=True).first.wait_for()
    page.get_by_role("button", name="Cancel the message").click()
    page.get_by_text("cancelled", exact=True).first.wait_for()


def test_a_message_tells_its_way_in_words_and_why(look):
    page = look("/send")
    page.get_by_label("To", exact=True).fill(number(41))
    page.get_by_role("textbox", name="Text").fill("By which way?")
    page.get_by_role("button", name="Send 1 message").click()
    steps = page.get_by_role("region", name="What happened").get_by_role("listitem")
    steps.filter(has_text="Accepted").wait_for()
    steps.filter(has_text="Given to SIM ").first.wait_for()
    steps.filter(has_text="Sent by SIM ").first.wait_for()
    steps.filter(has_text="Delivered, as its report says").first.wait_for()
    page.get_by_role("button", name="Explain").click()
    page.get_by_text("would be taken").wait_for()
