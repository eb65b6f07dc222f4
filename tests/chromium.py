"""The system's Chromium, for tests that look at pages. They run only when asked for: `-m browser`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The system's Chromium: nothing is downloaded."""
    program = shutil.which("chromium")
    is_asked_for = "browser" in request.config.option.markexpr.replace("not browser", "")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        message = "no Chromium, or no Playwright: `make browser` installs both"
        (pytest.fail if is_asked_for else pytest.skip)(message)
    with sync_playwright() as playwright:
        # Its sandbox refuses to work for root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()
