#!/usr/bin/env python3
"""Takes the README's pictures from the demo's own bank: tests/.venv/bin/python web-ui/build/pictures.py [target/release]

The machine needs fonts for all of the demo's languages (on Debian fonts-noto-color-emoji and fonts-wqy-microhei).
"""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "web-ui/pictures"
MOST = 200_000
REGULAR = "+84909000111"


def take(page, name):
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size:,} octets")
    assert size < MOST, f"{path} has more than {MOST:,} octets"


def pictures(browser, link):
    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light", locale="en", device_scale_factor=1)
    page.set_default_timeout(180_000)
    base = link.split("/login")[0]
    page.goto(link)
    page.wait_for_url(f"{base}/")
    page.goto(f"{base}/inbox/{REGULAR}")
    # The last thing that happens before the demo has its bank together.
    page.get_by_text("anna looks after it").first.wait_for()
    page.get_by_label("Write a message").fill("Of course. We put two boxes aside for you")
    page.get_by_text("plain SMS alphabet").wait_for()
    take(page, "inbox")
    # High enough for the whole chart.
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(base)
    page.locator(".u-over").wait_for()
    page.get_by_text("locked").first.wait_for()
    page.get_by_text("wait.").first.wait_for()
    take(page, "overview")


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release")
    with tempfile.TemporaryDirectory() as temporary:
        demo = subprocess.Popen(
            [folder / "simgate", "demo", "--listen", "127.0.0.1:8099"], stdout=subprocess.PIPE, text=True, env={"TMPDIR": temporary},
        )
        try:
            link = next(found.group() for line in demo.stdout if (found := re.search(r"http\S+/login\?code=\S+", line)))
            # It prints each thing that happens, and must not wait for a reader.
            drain = subprocess.Popen(["cat"], stdin=demo.stdout, stdout=subprocess.DEVNULL)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
                pictures(browser, link)
                browser.close()
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)
            drain.wait(60)


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    main()
