"""The site of docs/ in a real browser, opened as files: `make docs` built it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SITE = ROOT / "build" / "site"
_MILLISECONDS = 300_000


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    yield from opened(chromium, "light")


@pytest.fixture
def dark_page(chromium: Any) -> Iterator[Any]:
    yield from opened(chromium, "dark")


def opened(chromium: Any, scheme: str) -> Iterator[Any]:
    """The home page; a script that fails, or anything that is asked of a network, fails the test."""
    assert (SITE / "index.html").is_file(), "make docs"
    context = chromium.new_context(
        viewport={"width": 1300, "height": 900},
        color_scheme=scheme,
        permissions=["clipboard-read", "clipboard-write"],
    )
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            complaints.append(asked.url) if not asked.url.startswith(("file:", "data:", "blob:")) else None
        ),
    )
    page.goto((SITE / "index.html").as_uri())
    yield page
    context.close()
    assert complaints == []


def background(page: Any) -> int:
    """How bright the page is, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(float(it)) for it in colour.partition("(")[2].rstrip(")").split(",")[:3]) // 3


def test_a_search_leads_to_the_page(page: Any) -> None:
    # The field of a closed search is not visible: a press of `/` opens it, as a click on the glass does.
    page.keyboard.press("/")
    page.locator("[data-md-component=search-query]").wait_for()
    page.keyboard.type("retention")
    results = page.locator(".md-search-result__link")
    results.first.wait_for(timeout=_MILLISECONDS)
    addresses = [results.nth(place).get_attribute("href") for place in range(results.count())]
    assert any("how-to/change-the-retention.html" in str(address) for address in addresses)
    results.first.click()
    page.wait_for_url("**/*.html*")
    assert "retention" in page.locator("article").inner_text().lower()


def test_a_code_block_is_copied_without_its_output(page: Any) -> None:
    page.goto((SITE / "tutorials" / "first-trace.html").as_uri())
    block = page.locator("div.highlight", has_text="kit init").first
    block.hover()
    block.locator("button").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "mkdir coupons && cd coupons\nkit init"


def test_dark_follows_the_system(page: Any, dark_page: Any) -> None:
    assert background(page) > 200
    assert background(dark_page) < 60


def test_dark_can_be_chosen(page: Any) -> None:
    page.locator("label[title='Switch to dark mode']").click()
    page.wait_for_function("document.body.getAttribute('data-md-color-scheme') === 'slate'")
    assert background(page) < 60


def test_every_page_is_in_the_navigation(page: Any) -> None:
    addresses = page.locator("nav a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    pages = [
        it.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for it in (ROOT / "docs").rglob("*.md")
    ]
    assert [it for it in sorted(pages) if not any(str(address).endswith(it) for address in addresses)] == []
