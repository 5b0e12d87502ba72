"""A browser as people use it: Debian's Chromium, driven by Playwright. What a page complains of fails its test."""

import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from harness import eventually
from harness.paths import free_port, program
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium")
# None of it is asked for; each would look for hosts elsewhere.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
AXE = Path(__file__).parents[2] / "web-ui/node_modules/axe-core/axe.min.js"
PASSWORD = "correct horse"


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM:
        pytest.skip("Chromium is missing: tests/run tools")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


class Complaints(list):
    """What pages wrote to the console, and requests that failed. A test takes out what it meant to happen."""

    def watch(self, page):
        page.on("console", lambda said: said.type in ("error", "warning") and self.append(said.text))
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("response", lambda answer: answer.status >= 400 and self.append(f"{answer.status} {answer.url}"))

    def expect(self, pattern):
        self[:] = [said for said in self if not re.search(pattern, said)]


@pytest.fixture
def complaints():
    found = Complaints()
    yield found
    assert found == []


@pytest.fixture
def visit(chromium, complaints):
    """Opens a window of a person's own; `visit(url, ...)` gives its page."""
    contexts = []

    def opened(url, **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en", **options})
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        complaints.watch(page)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def losing(complaints):
    """`losing(page, path)`: the next POST to that path arrives, and its answer does not."""

    def lose(page, path):
        left = ["POST"]

        def lost(route):
            if route.request.method not in left:
                return route.fallback()
            left.clear()
            answer = route.fetch()
            assert answer.status in (201, 202), answer.text()
            return route.abort()

        page.route(f"**{path}", lost)

    yield lose
    complaints.expect(r"ERR_FAILED")


class Demo:
    """`simgate demo`, whose bank lives by itself."""

    def __init__(self, folder, *options):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.printed = ""
        self.process = subprocess.Popen(
            [program("simgate"), "demo", "--listen", f"127.0.0.1:{self.port}", "--air-time", "50ms", *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "TMPDIR": str(folder)},
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.link = eventually(lambda: re.search(r"(http\S+/login\?code=\S+)", self.printed), what="a link is printed").group(1)

    def _read(self):
        for line in self.process.stdout:
            self.printed += line

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    running = Demo(tmp_path_factory.mktemp("demo"))
    yield running
    running.close()


@pytest.fixture(scope="session")
def logged_in(demo, chromium):
    """The cookie of whoever followed the demo's link, which works once."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(demo.link)
    page.wait_for_url(demo.url + "/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def look(demo, logged_in, visit):
    """Opens a page of the demo, logged in."""
    return lambda path, **options: visit(demo.url + path, storage_state=logged_in, **options)


def make_account(daemon, visit, name="anna"):
    """Makes the first user of a fresh gateway on its page, which then shows the first steps."""
    code = daemon.cli("setup-code", "--config", str(daemon.config)).stdout.split()[-1]
    page = visit(f"http://127.0.0.1:{daemon.port}/setup")
    page.get_by_label("Set-up code").fill(code)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("heading", name="First steps").wait_for()
    return page


def set_up(daemon, visit, name="anna"):
    """The same, and then to the overview."""
    page = make_account(daemon, visit, name)
    page.get_by_role("link", name="To the overview").first.click()
    page.get_by_role("heading", name="Overview").wait_for()
    return page
