"""Take docs/pictures/demo.png, the console's page of an incident that asks, from the demonstration itself.

    python docs/pictures/make_demo.py        needs Chromium (CHROMIUM=…, otherwise /usr/bin/chromium)

The incident is a recorded one, so it looks the same each time but for its times and its number.
"""
# ruff: noqa: INP001  # a script, not a package

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # the demonstration is no part of the package

from demo import chapters, played  # noqa: E402  # found only now
from demo.scenarios import DEMONSTRATED  # noqa: E402
from demo.server import Responder  # noqa: E402

PICTURE = Path(__file__).with_name("demo.png")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
WIDTH, HEIGHT = 1280, 1124
MOST_BYTES = 300_000


def main() -> int:
    """Take it."""
    with tempfile.TemporaryDirectory(prefix="firstresponder-picture-") as folder:
        responder = played.responder(Path(folder))
        responder.start()
        try:
            incident = chapters.wait(lambda: chapters.looked_into(responder, DEMONSTRATED[0].namespace), "the incident")
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                context = chromium.new_context(
                    viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce", locale="en-GB"
                )
                _take(context.new_page(), responder, incident["id"])
                chromium.close()
        finally:
            responder.stop()
    size = PICTURE.stat().st_size
    sys.stdout.write(f"{PICTURE.name}: {size / 1000:.0f} kB\n")
    return int(size > MOST_BYTES)


def _take(page: Page, responder: Responder, incident_id: str) -> None:
    page.goto(f"{responder.url}/login?next=/incidents/{incident_id}")
    page.get_by_label("token").fill(responder.token)
    page.get_by_label("name").fill("ann")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Approve").wait_for()
    page.screenshot(path=PICTURE, animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
