"""An answer is lost on its way back: whoever presses again sends nothing twice."""

from harness import eventually, number
from harness.wait import stays
from playwright.sync_api import expect

LOST = "The gateway does not answer."
# Who writes to the demo's shop.
REGULAR = "+84909000111"


def accepted(page, demo, **filters):
    """What the gateway has of it."""
    answer = page.request.get(f"{demo.url}/api/v1/messages", params={"direction": "outbound", "limit": "500", **filters})
    return [message["text"] for message in answer.json()["items"]]


def write(page, to, text):
    page.get_by_label("To", exact=True).fill(to)
    page.get_by_role("textbox", name="Text").fill(text)


def test_a_message_is_sent_once(look, demo, losing):
    page = look("/send")
    write(page, number(700), "Once only")
    page.get_by_label("Priority").select_option("bulk")
    losing(page, "/api/v1/messages")
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    page.reload()
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_role("heading", name=f"Message with {number(700)}").wait_for()
    assert accepted(page, demo, to=number(700)) == ["Once only"]

    # It has been answered: the same again is meant.
    page.goto(f"{demo.url}/send")
    write(page, number(700), "Once only")
    page.get_by_label("Priority").select_option("bulk")
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_role("heading", name=f"Message with {number(700)}").wait_for()
    assert accepted(page, demo, to=number(700)) == ["Once only"] * 2


def test_what_was_changed_is_another_message(look, demo, losing):
    page = look("/send")
    write(page, number(701), "First wording")
    losing(page, "/api/v1/messages")
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    page.get_by_role("textbox", name="Text").fill("Second wording")
    page.get_by_role("button", name="Send 1 message").click()
    page.get_by_role("heading", name=f"Message with {number(701)}").wait_for()
    assert accepted(page, demo, to=number(701)) == ["Second wording", "First wording"]


def test_a_file_is_sent_once(look, demo, losing, tmp_path):
    sheet = tmp_path / "guests.csv"
    sheet.write_text("phone,name\n" + "".join(f"{number(2000 + i)},Guest {i}\n" for i in range(60)))
    page = look("/send")

    def send():
        page.get_by_role("button", name="Send 60 messages").click()
        page.get_by_role("dialog").get_by_role("button", name="Send 60 messages").click()

    page.get_by_role("textbox", name="Text").fill("Dear {{name}}, once")
    page.locator("input[type=file]").set_input_files(sheet)
    losing(page, "/api/v1/messages/batch")
    send()
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    page.reload()
    send()
    page.get_by_text("60 of 60 messages are through.").wait_for(timeout=60_000)
    assert sorted(accepted(page, demo, q="once Dear")) == sorted(f"Dear Guest {i}, once" for i in range(60))


def test_a_reply_is_sent_once(look, demo, losing):
    page = look(f"/inbox/{number(702)}")
    page.get_by_label("Write a message").fill("On our way")
    losing(page, "/api/v1/messages")
    page.get_by_label("Write a message").press("Enter")
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    page.reload()
    assert page.get_by_label("Write a message").input_value() == "On our way"
    page.get_by_label("Write a message").press("Enter")
    page.get_by_role("log").get_by_text("On our way").wait_for()
    expect(page.get_by_label("Write a message")).to_have_value("")
    assert accepted(page, demo, to=number(702)) == ["On our way"]

    # A draft that was given up takes its key with it: the same words on another day are another reply.
    losing(page, "/api/v1/messages")
    page.get_by_label("Write a message").fill("Thank you")
    page.get_by_label("Write a message").press("Enter")
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    page.get_by_label("Write a message").fill("")
    page.get_by_label("Write a message").fill("Thank you")
    page.get_by_label("Write a message").press("Enter")
    expect(page.get_by_label("Write a message")).to_have_value("")
    assert accepted(page, demo, to=number(702)) == ["Thank you", "Thank you", "On our way"]


def test_a_key_is_made_once(look, losing):
    page = look("/settings/keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_role("dialog").get_by_label("Name").fill("lost-and-found")
    losing(page, "/api/v1/keys")
    page.get_by_role("button", name="Make the key").click()
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    page.get_by_role("button", name="Make the key").click()
    page.get_by_text("This is the key lost-and-found.").wait_for()
    page.get_by_role("cell", name="lost-and-found").wait_for()


def test_a_user_is_made_once(look, losing):
    page = look("/settings/users")
    page.get_by_role("button", name="New user").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("carla")
    form.get_by_label("Password").fill("correct horse")
    losing(page, "/api/v1/users")
    form.get_by_role("button", name="Make the user").click()
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.includes('once'))") == [], "of a password nothing stays"
    form.get_by_role("button", name="Make the user").click()
    page.get_by_role("cell", name="carla", exact=True).wait_for()


def test_a_note_is_added_once(look, losing, demo):
    page = look(f"/inbox/{REGULAR}")
    page.locator("summary").filter(has_text="ote").click()
    page.get_by_label("Write a note").fill("Wants the bill by post")
    losing(page, "/notes")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    page.reload()
    page.locator("summary").filter(has_text="ote").click()
    assert page.get_by_label("Write a note").input_value() == "Wants the bill by post"
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Write a note")).to_have_value("")
    notes = page.request.get(f"{demo.url}/api/v1/conversations/{REGULAR}/notes").json()["items"]
    assert [note["text"] for note in notes].count("Wants the bill by post") == 1


def test_a_backup_is_made_once(look, losing, demo):
    page = look("/settings/system")
    backups = page.get_by_role("region", name="Backups")
    made = lambda: len(page.request.get(f"{demo.url}/api/v1/backups").json()["items"])
    before = made()
    losing(page, "/api/v1/backup")
    backups.get_by_role("button", name="Back up now").click()
    page.get_by_role("alert").get_by_text(LOST).wait_for()
    page.reload()
    backups.get_by_role("button", name="Back up now").click()
    eventually(lambda: made() == before + 1, what="it is made")
    expect(backups.get_by_role("button", name="Back up now")).to_be_enabled()
    stays(lambda: made() == before + 1, during=1)


def test_some_of_many_are_refused(look, demo):
    page = look("/send")
    write(page, f"{number(703)}\n12x4\n{number(704)}", "To those who are there")
    page.get_by_role("button", name="Send 3 messages").click()
    page.get_by_text("1 message was not accepted:").wait_for()
    page.get_by_text("2 messages were accepted.").wait_for()
    assert page.get_by_label("To", exact=True).input_value() == "12x4"
    page.get_by_role("link", name="See how they go").click()
    page.get_by_text("2 of 2 messages are through.").wait_for(timeout=60_000)
    assert [*accepted(page, demo, to=number(703)), *accepted(page, demo, to=number(704))] == ["To those who are there"] * 2
