"""The page as a person sees it, in a real browser without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.cli.funnel import run
from tests.analysis_report.shop import EVIL, shop, waiting_orders, written
from tests.sample_services.redis_server import RedisServer

pytestmark = pytest.mark.browser

_LIGHT, _DARK = "rgb(255, 255, 255)", "rgb(13, 17, 23)"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, redis_server_path: Path) -> str:
    folder = tmp_path_factory.mktemp("page")
    before = written(folder / "before.jsonl", shop(seed=1))
    after = written(folder / "after.jsonl", shop(seed=2, slower=1.5))
    file = folder / "page.html"
    arguments = ["--from", str(after), "--compare-with", str(before), "-o", str(file), "--min-change", "2ms"]
    with RedisServer(redis_server_path, folder) as redis:
        waiting_orders(redis.url)
        assert run(["traces", "report", *arguments, "--redis", redis.url]) == 0
    return file.as_uri()


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    yield from _opened(chromium, address, color_scheme="light")


@pytest.fixture
def dark_page(chromium: Any, address: str) -> Iterator[Any]:
    yield from _opened(chromium, address, color_scheme="dark")


def _opened(chromium: Any, address: str, **options: Any) -> Iterator[Any]:
    """The page; a script that fails, a word on the console or anything that is loaded fails the test."""
    context = chromium.new_context(viewport={"width": 1300, "height": 900}, **options)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if asked.url != address else None)
    page.goto(address)
    yield page
    context.close()
    assert complaints == []


def _focused(page: Any) -> Any:
    return page.evaluate(
        "() => ({tag: document.activeElement.tagName.toLowerCase(), "
        "text: (document.activeElement.getAttribute('aria-label') || document.activeElement.textContent).trim(), "
        "outline: getComputedStyle(document.activeElement).outlineStyle, "
        "stroke: getComputedStyle(document.activeElement).strokeWidth})"
    )


def test_every_section_is_there_with_its_charts(page: Any) -> None:
    assert page.title().startswith("Traces of ")
    headings = page.locator("h2").all_inner_texts()
    assert headings == [
        *("Endpoints", "Latency distributions", "Queues", "Critical path"),
        *("Slowest requests", "Findings", "Comparison"),
    ]
    assert all(heading.is_visible() for heading in page.locator("h2").all())
    rows = page.locator("#endpoints tbody tr")
    assert rows.count() == 2
    assert rows.nth(0).inner_text().split("\t")[:3] == ["shop", "POST /orders", "120"]
    assert page.locator("#latencies svg").count() == 2
    assert page.locator("#latencies svg").nth(0).locator('g[aria-label="rect"] rect').count() > 5
    assert page.locator("#latencies svg").nth(0).get_by_text("p95", exact=True).is_visible()
    assert page.locator("#queues svg").count() == 1
    assert page.locator("#queues svg circle").count() > 60
    assert page.locator("#queues thead th").last.inner_text() == "backlog"
    assert page.locator("#queues tbody tr td").last.inner_text() == "3+2"
    assert page.locator("#queues tbody tr td").last.is_visible()
    assert page.locator("#findings li").count() >= 1
    assert page.locator("#comparison").get_by_text("below 2 ms or 5 %").is_visible()
    assert page.locator("#comparison .verdict").inner_text().startswith("slower: shop: POST /orders")


def test_the_flame_graph_is_as_wide_as_its_shares(page: Any) -> None:
    frames = page.locator("#flame rect")
    boxes = {
        frame.get_attribute("aria-label").split(":")[0:2][-1].strip(): frame.bounding_box()
        for frame in frames.all()
    }
    whole = page.locator('#flame rect[aria-label^="all requests"]').bounding_box()
    send = page.locator('#flame rect[aria-label^="shop: send orders"]')
    share = float(send.get_attribute("aria-label").split(": ")[2].split("%")[0])
    assert len(boxes) > 4
    assert send.bounding_box()["width"] / whole["width"] == pytest.approx(share / 100, abs=0.01)
    assert send.bounding_box()["y"] > whole["y"]
    assert page.locator("#flame").get_by_text("worker: (waiting in orders)", exact=True).is_visible()


def test_a_click_looks_into_a_frame_and_the_button_leads_back(page: Any) -> None:
    button = page.get_by_role("button", name="Show all requests")
    count = page.locator("#flame rect").count()
    assert button.is_disabled()
    page.locator('#flame rect[aria-label^="worker: process orders"]').click()
    assert 0 < page.locator("#flame rect").count() < count
    assert page.locator("#flame-said").inner_text().startswith("worker: process orders: ")
    button.click()
    assert page.locator("#flame rect").count() == count
    assert button.is_disabled()


def test_the_flame_graph_works_by_keyboard(page: Any) -> None:
    page.locator('#flame rect[tabindex="0"]').focus()
    assert _focused(page)["text"].startswith("all requests: 100.0%")
    said = []
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        said.append(_focused(page)["text"].split(", ")[0].rsplit(": ", 1)[0])
    assert said == [
        *("shop: POST /orders", "shop: send orders", "shop: SELECT items", "shop: send orders"),
        "shop: POST /orders",
    ]
    assert _focused(page)["stroke"] == "3px"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert _focused(page)["text"].startswith("shop: send orders")
    assert page.get_by_role("button", name="Show all requests").is_enabled()
    assert page.locator('#flame rect[aria-label^="shop: SELECT items"]').count() == 0
    page.keyboard.press("Escape")
    assert _focused(page)["text"].startswith("all requests")


def test_tab_goes_through_the_page_in_its_order_and_the_focus_is_seen(page: Any) -> None:
    stops = []
    for _ in range(25):
        page.keyboard.press("Tab")
        stops.append(_focused(page))
    assert [stop["tag"] for stop in stops[:8]] == ["a"] * 8
    assert [stop["text"] for stop in stops[:3]] == ["Skip to the endpoints", "Endpoints", "Latencies"]
    tags = [stop["tag"] for stop in stops]
    assert tags.count("rect") == 1
    assert tags.index("rect") < tags.index("summary")
    assert all(
        stop["outline"] == "solid" or stop["stroke"] == "3px" for stop in stops if stop["tag"] != "body"
    )


def test_the_slowest_request_is_open_and_its_critical_path_is_marked(page: Any) -> None:
    request = page.locator("details.request").nth(0)
    chart = request.locator(".chart svg")
    assert chart.is_visible()
    spans = chart.locator('rect[aria-label="span"]')
    assert spans.count() == 7
    marked = chart.locator('rect[aria-label="critical path"]')
    assert marked.count() > 4
    assert marked.nth(0).evaluate("it => getComputedStyle(it).fill") == "rgb(17, 17, 17)"
    assert chart.locator('rect[aria-label="queue wait"]').count() == 1
    # The mark of the first query lies within the bar of that query.
    query = spans.nth(1).bounding_box()
    mark = next(
        one.bounding_box()
        for one in marked.all()
        if query["y"] < one.bounding_box()["y"] < query["y"] + query["height"]
    )
    assert query["x"] - 1 <= mark["x"]
    assert mark["x"] + mark["width"] <= query["x"] + query["width"] + 1


def test_another_request_opens_by_keyboard_and_is_drawn_then(page: Any) -> None:
    request = page.locator("details.request").nth(1)
    assert request.locator("svg").count() == 0
    request.locator("summary").nth(0).focus()
    page.keyboard.press("Enter")
    request.locator(".chart svg").wait_for(state="visible")
    request.locator("details summary").focus()
    page.keyboard.press("Enter")
    assert request.locator("table.sections").is_visible()


def test_names_of_spans_are_text(page: Any) -> None:
    assert page.locator("img").count() == 0
    assert "broken in" not in page.title()
    page.locator("#critical-path summary").click()
    assert page.locator("#parts th", has_text=EVIL[:40]).first.is_visible()


def test_light_and_dark_follow_the_system(page: Any, dark_page: Any) -> None:
    for one, paper in ((page, _LIGHT), (dark_page, _DARK)):
        assert one.evaluate("() => getComputedStyle(document.body).backgroundColor") == paper
    marked = dark_page.locator('details.request rect[aria-label="critical path"]').nth(0)
    assert marked.evaluate("it => getComputedStyle(it).fill") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(chromium: Any, address: str, scheme: str) -> None:
    """At least 4.5 to 1, as WCAG's AA has it: texts on the page, and those within frames of the flame graph."""
    for page in _opened(chromium, address, color_scheme=scheme):
        colours = page.evaluate(
            """() => {
                const seen = {};
                for (const name of ["page", "raised", "text", "muted", "link", "bad", "wait", "strong",
                                    ...Array.from({length: 8}, (_, n) => `s${n}`)]) {
                    const probe = document.createElement("span");
                    probe.style.color = `var(--${name})`;
                    document.body.append(probe);
                    seen[name] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
                    probe.remove();
                }
                return seen;
            }"""
        )
        pairs = [(front, back) for front in ("text", "muted", "link", "bad") for back in ("page", "raised")]
        pairs += [("text", f"s{number}") for number in range(8)] + [("wait", "page"), ("strong", "page")]
        weak = {pair: ratio for pair in pairs if (ratio := _contrast(*(colours[one] for one in pair))) < 4.5}
        assert weak == {}


def _contrast(one: list[int], other: list[int]) -> float:
    def luminance(colour: list[int]) -> float:
        parts = [part / 255 for part in colour]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_narrow_window_scrolls_tables_and_not_the_page(chromium: Any, address: str) -> None:
    for page in _opened(chromium, address, color_scheme="light"):
        page.set_viewport_size({"width": 420, "height": 800})
        page.wait_for_function("() => document.querySelector('#flame svg').clientWidth < 420")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 420


def test_without_javascript_the_tables_are_there(chromium: Any, address: str) -> None:
    for page in _opened(chromium, address, java_script_enabled=False):
        # Chromium shows it to whoever has scripts switched off; a tool that switches them off does not see it.
        assert page.locator("noscript").count() == 1
        assert page.locator("#endpoints tbody tr").count() == 2
        assert page.locator("svg").count() == 0
        page.locator("#critical-path summary").click()
        assert page.locator("#parts").is_visible()


def test_durations_are_written_as_in_the_tables(page: Any) -> None:
    """The charts' own writing of durations agrees with the tables': p50 of the path in both."""
    part = page.locator("#parts tbody tr").nth(0)
    total = part.locator("td").nth(2).text_content()
    frames = [frame.get_attribute("aria-label") for frame in page.locator("#flame rect").all()]
    assert any(f"own time {total}" in frame for frame in frames)
    assert Path(page.url.removeprefix("file://")).stat().st_size < 1_500_000
