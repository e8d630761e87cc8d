"""Take a picture of each first screen, on a phone and at a desk, in both themes.

    python ops/screenshots.py FOLDER [--address http://127.0.0.1:8000] [--only team-light-1440]

Serve the demonstration first (`make demo`). Needs Chromium at /usr/bin/chromium, or say in CHROMIUM where it is.
The picture of the README, docs/images/team-light.png, is team-light-1440.png of such a run.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PASSWORD = "upwell-demo-only"  # noqa: S105 - the demonstration's sign-in, printed at its start
SCREENS = {
    "ada": {"today": "/", "capabilities": "/capabilities/", "plan": "/plan/", "feedback": "/feedback/"},
    "boris": {"team": "/team/", "checkins": "/checkins/", "reviews": "/reviews/", "observe": "/observations/"},
    "emil": {"programmes": "/programmes/", "learning": "/learning/", "transfer": "/transfer/"},
    "hana": {"strategy": "/strategy/"},
    "dora": {"cycles": "/cycles/"},
    "ivo": {"people": "/people/", "imports": "/imports/", "runs": "/runs/"},
    "gita": {"audit": "/audit/"},
}
WIDTHS = {390: 844, 1440: 760}
THEMES = ("light", "dark")


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--only", default="", help="names that hold this text, such as team-light-1440")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, screens in SCREENS.items():
            for width in WIDTHS:
                for theme in THEMES:
                    wanted = {
                        f"{screen}-{theme}-{width}.png": path
                        for screen, path in screens.items()
                        if given.only in f"{screen}-{theme}-{width}"
                    }
                    if wanted:
                        take(browser, given.address, name, width, theme, given.folder, wanted)
        browser.close()


def take(
    browser: Browser, address: str, name: str, width: int, theme: str, folder: Path, wanted: dict[str, str]
) -> None:
    """Sign in as one of the cast and picture their screens at one width in one theme."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/account/login/")
    page.locator("form").first.locator("input[type=email]").fill(f"{name}@upwell.example")
    page.locator("input[type=password]").first.fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#sidebar", state="attached")
    for file, path in wanted.items():
        page.goto(path, wait_until="networkidle")
        page.screenshot(path=folder / file)
        print(folder / file)
    context.close()


if __name__ == "__main__":
    main()
