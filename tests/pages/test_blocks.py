"""How a page's blocks are read, masked and written back."""

from __future__ import annotations

import pytest

from tests.pages.blocks import PageError, blocks_of, with_outputs
from tests.pages.list_of_pages import PAGES, ROOT
from tests.pages.masks import masked, shape

PAGE = """# A page

<!-- run: skip -->

```sh
make setup
```

```sh
kit up
```

```text
up
```

Words, and an example that is no command:

```yaml
spec: 1
```

<!-- run: exit=0,5 varies -->

```sh
kit traces compare a b
echo done
```

Between.

```text
not an output: words are between
```
"""


def test_blocks_with_their_options_and_outputs() -> None:
    skipped, up, compare = blocks_of(PAGE)
    assert skipped.is_skipped
    assert (up.commands, up.output, up.exit_codes) == ("kit up\n", "up\n", (0,))
    assert (compare.commands, compare.output) == ("kit traces compare a b\necho done\n", None)
    assert compare.exit_codes == (0, 5)
    assert compare.varies


def test_new_outputs_take_the_place_of_the_old_ones_and_nothing_else_changes() -> None:
    _, up, compare = blocks_of(PAGE)
    page = with_outputs(PAGE, [(up, "one\ntwo\n"), (compare, "has no place\n")])
    assert page == PAGE.replace("\nup\n", "\none\ntwo\n")


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("```sh\nkit up\n", "a fence that is not closed"),
        ("<!-- run: skp -->\n```sh\nkit up\n```\n", "unknown option skp"),
    ],
)
def test_a_page_with_a_mistake_is_refused(page: str, message: str) -> None:
    with pytest.raises(PageError, match=message):
        blocks_of(page)


@pytest.mark.parametrize("name", PAGES)
def test_every_tutorial_has_blocks_and_every_block_that_shows_an_output_has_one(name: str) -> None:
    blocks = blocks_of((ROOT / name).read_text(encoding="utf-8"))
    assert len(blocks) > 5
    assert [block.line for block in blocks if block.output is not None and not block.output.strip()] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Trace 481cec9b2d59b422759e3fe3a67030d9", "Trace 2dfde06010d84fe88726cbb093611f0a"),
        ("2026-11-30 15:32:43.438 UTC · 6.33 s · 12 spans", "2027-01-01 00:00:00.1 UTC · 159 ms · 9 spans"),
        ("coupon-api  POST /deliveries  73   -  384 ms  (4.22 s)  15%", "coupon-api POST /deliveries 1 - 9 ms 2 s <1%"),
        ("jaeger  ready  30510  59  51s  health 24304", "jaeger  ready  301  60  2m04s  health 24304"),
        ("jaeger  ready  30510  59  1h02m  health 24304", "jaeger  ready  301  60  3d  health 24304"),
        ("coupon-api  └─ INSERT  client  87.0 ms    ▐▌", "coupon-api  └─ INSERT  client  1.2 s  ████"),
    ],
)  # fmt: skip
def test_runs_that_differ_in_ids_and_figures_have_one_shape(one: str, other: str) -> None:
    assert masked(one) == masked(other)


def test_runs_that_differ_in_words_have_not() -> None:
    assert shape("ready Jaeger 1 s\n") != shape("fails Jaeger 1 s\n")
    assert shape("a 1\nb 2\n") == shape("b 7\na 3\na 4\n")
