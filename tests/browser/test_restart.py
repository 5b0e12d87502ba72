"""The gateway restarts, or gives out no files, while somebody goes from page to page: no page is a dead end."""

from conftest import set_up
from harness import eventually

SILENT, FAULTY = "The gateway does not answer", "The page does not work"
FILES = "**/_app/immutable/**"


def scripts(page):
    return set(page.evaluate("performance.getEntriesByType('resource').map(one => one.name).filter(name => name.endsWith('.js'))"))


def test_the_end_of_a_session_needs_no_file(start_daemon, visit, complaints):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    base = f"http://127.0.0.1:{daemon.port}"
    other = visit(f"{base}/login")
    other.get_by_role("heading", name="Log in").wait_for()
    eventually(lambda: scripts(other) <= scripts(page), what="the code of the log-in page is there")
    page.route(FILES, lambda route: route.abort())
    csrf = page.request.get(f"{base}/api/v1/session").json()["csrf_token"]
    assert page.request.delete(f"{base}/api/v1/session", headers={"X-CSRF-Token": csrf}).ok
    # The page learns it when its stream of events opens again.
    daemon.kill()
    daemon.start()
    page.get_by_role("heading", name="Log in").wait_for()
    complaints.clear()


def test_a_link_pressed_while_the_gateway_is_stopped_leads_on_by_itself(start_daemon, visit, complaints):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    daemon.stop()
    page.get_by_role("link", name="Send").click()
    page.get_by_role("heading", name=SILENT).wait_for()
    page.get_by_role("button", name="Try again").click()
    assert page.get_by_role("heading", name=SILENT).is_visible()
    daemon.start()
    page.get_by_role("heading", name="Send", exact=True).wait_for()
    page.get_by_label("To", exact=True).wait_for()
    complaints.clear()


def test_a_gateway_that_answers_but_gives_out_no_file_is_waited_for(start_daemon, visit, complaints):
    page = set_up(start_daemon(), visit)
    page.route(FILES, lambda route: route.abort())
    page.get_by_role("link", name="Send").click()
    page.get_by_role("heading", name=SILENT).wait_for()
    page.unroute(FILES)
    page.get_by_role("heading", name="Send", exact=True).wait_for()
    complaints.clear()


def test_a_page_that_is_at_fault_is_loaded_again_once(start_daemon, visit, complaints):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    other = visit(f"http://127.0.0.1:{daemon.port}/", storage_state=page.context.storage_state())
    other.get_by_role("heading", name="Overview").wait_for()
    before = scripts(other)
    other.goto(f"http://127.0.0.1:{daemon.port}/send")
    other.get_by_label("To", exact=True).wait_for()
    [broken] = [url for url in scripts(other) - before if "/nodes/" in url]
    loads = []
    page.on("request", lambda request: request.is_navigation_request() and loads.append(request.url))
    page.route(broken, lambda route: route.fulfill(content_type="text/javascript", body="throw new Error('broken');"))
    page.get_by_role("link", name="Send").click()
    page.get_by_role("heading", name=FAULTY).wait_for()
    assert len(loads) == 1
    # As often as the page would ask: nothing is loaded any more.
    page.wait_for_timeout(5000)
    assert len(loads) == 1
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("heading", name="Overview").wait_for()
    page.get_by_role("link", name="Send").click()
    page.get_by_role("heading", name=FAULTY).wait_for()
    page.unroute(broken)
    page.get_by_role("button", name="Try again").click()
    page.get_by_label("To", exact=True).wait_for()
    complaints.clear()
