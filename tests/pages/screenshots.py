"""The report page as a picture, in light and dark."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_WIDTH, _HEIGHT = 1180, 1500


def screenshots(page: Path, folder: Path) -> None:
    """Draw a page to report-light.png and report-dark.png in a folder."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme=scheme)
            opened = context.new_page()
            opened.goto(page.as_uri())
            opened.screenshot(path=str(folder / f"report-{scheme}.png"))
            context.close()
        browser.close()
