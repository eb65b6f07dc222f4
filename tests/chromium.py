"""The system's Chromium, for tests that look at pages. They run only when asked for: `-m browser`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest


def deselect_unless_asked_for(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Playwright runs an event loop of its own, which those of other tests can't stand: only for `-m browser`."""
    if "browser" in config.option.markexpr:
        return
    left = [item for item in items if item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


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
