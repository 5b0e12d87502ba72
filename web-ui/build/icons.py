#!/usr/bin/env python3
"""Draws static/icon.svg in the sizes that systems ask for: tests/.venv/bin/python web-ui/build/icons.py"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parents[1] / "static"
BLUE = "#2457c5"
# Name, edge, share of the edge that the drawing takes, what is behind it. A system cuts a maskable icon to its own shape, and
# Apple's fills what is clear with black.
ICONS = [
    ("icon-192.png", 192, 1, "transparent"),
    ("icon-512.png", 512, 1, "transparent"),
    ("icon-maskable-512.png", 512, 0.8, BLUE),
    ("apple-touch-icon.png", 180, 1, BLUE),
]

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    for name, edge, share, behind in ICONS:
        page = browser.new_page(viewport={"width": edge, "height": edge})
        drawing = (STATIC / "icon.svg").read_text()
        style = f"margin:0;height:100vh;display:grid;place-items:center;background:{behind}"
        page.set_content(f"<body style='{style}'><div style='width:{share:.0%};line-height:0'>{drawing}</div>")
        page.screenshot(path=STATIC / name, omit_background=True)
        page.close()
    browser.close()
