"""The overview: the bank, and what went on in the last 24 hours."""

import re

from harness import number

# Counts the frames in which the page changes.
FRAMES = """() => {
    window.frames_drawn = 0;
    let counted = false;
    new MutationObserver(() => {
        if (counted) return;
        counted = true;
        window.frames_drawn += 1;
        requestAnimationFrame(() => (counted = false));
    }).observe(document.querySelector('main'), {subtree: true, childList: true, characterData: true, attributes: true});
}"""


def send(page, first, count):
    """Sends by the API, as the page that is open would."""
    messages = [{"to": number(first + at), "text": "Hello"} for at in range(count)]
    status = page.evaluate(
        """async (messages) => {
            const me = await (await fetch('/api/v1/session')).json();
            const headers = {'X-CSRF-Token': me.csrf_token, 'Content-Type': 'application/json'};
            return (await fetch('/api/v1/messages/batch', {method: 'POST', headers, body: JSON.stringify({messages})})).status;
        }""",
        messages,
    )
    assert status == 202


def test_the_chart_names_the_hour_and_has_its_figures_in_a_table(look):
    page = look("/")
    send(page, 3000, 20)
    chart = page.get_by_role("region", name="The last 24 hours")
    chart.get_by_text("All 24 hours").wait_for()
    drawing = chart.locator(".u-over")
    drawing.wait_for()
    box = drawing.bounding_box()
    drawing.hover(position={"x": box["width"] - 2, "y": 20})
    hour = chart.get_by_text(re.compile(r"^\d\d:00 to \d\d:00$")).first
    hour.wait_for()
    named = hour.inner_text()
    chart.get_by_text("The figures as a table").click()
    rows = chart.get_by_role("row")
    assert rows.count() == 1 + 24
    last = rows.last.get_by_role("cell").all_inner_texts()
    assert last[0] == named
    assert int(last[1].replace(",", "")) > 0, "sent in this hour"
    page.mouse.move(5, 5)
    chart.get_by_text("All 24 hours").wait_for()


def test_whatever_the_traffic_it_is_drawn_four_times_a_second_at_most(look):
    page = look("/")
    page.get_by_role("region", name="The last 24 hours").wait_for()
    page.evaluate(FRAMES)
    send(page, 4000, 150)
    page.wait_for_timeout(6000)
    drawn = page.evaluate("window.frames_drawn")
    # Some changes come by a whole reading that straddles two frames.
    assert 2 <= drawn <= 6 * 4 + 4, drawn
