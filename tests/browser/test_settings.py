"""What an admin sets and looks up: opt-outs, audit."""

from conftest import set_up
from harness import number


def at(page, path):
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)


def test_numbers_are_entered_imported_exported_and_let_go(start_daemon, visit, complaints, tmp_path):
    page = set_up(start_daemon(), visit)
    at(page, "/settings/opt-outs")
    page.get_by_text("Nobody has asked for no more messages.").wait_for()
    page.get_by_role("button", name="Enter a number").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Number", exact=True).fill("12x4")
    form.get_by_role("button", name="Send it nothing").click()
    form.locator("[aria-invalid=true]").wait_for()
    complaints.expect("422")
    form.get_by_label("Number", exact=True).fill(number(1))
    form.get_by_label("What shows it").fill("letter of 1 November")
    form.get_by_role("button", name="Send it nothing").click()
    page.get_by_role("row", name=number(1)).get_by_text("letter of 1 November").wait_for()

    sheet = tmp_path / "known.csv"
    sheet.write_text(f"number,since,evidence\n{number(1)},,\n{number(2)},2026-11-01,web form\nnobody,,\n")
    page.get_by_role("button", name="Import").click()
    page.get_by_role("dialog").locator("input[type=file]").set_input_files(sheet)
    page.get_by_role("dialog").get_by_role("button", name="Import").click()
    page.get_by_text("1 number gets no messages from now on. 1 got none before; 1 rows were left out.").wait_for()
    page.get_by_text("Row 4:").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    page.get_by_role("row", name=number(2)).get_by_text("web form").wait_for()

    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    kept = download.value.path().read_text()
    assert number(1) in kept and number(2) in kept

    page.get_by_label("Numbers that begin with").fill(number(2))
    page.get_by_label("Numbers that begin with").press("Enter")
    page.get_by_role("row", name=number(1)).wait_for(state="detached")
    page.get_by_role("row", name=number(2)).get_by_role("button", name="Send again").click()
    page.get_by_role("dialog").get_by_role("button", name="Send again").click()
    page.get_by_text("No such number has asked for no messages.").wait_for()
