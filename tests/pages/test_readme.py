"""The README is short, and all that it names is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.pages.blocks import blocks_of
from tests.pages.list_of_pages import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#]+)(?:#([^)]+))?\)")


def test_it_has_at_most_700_words() -> None:
    assert len(README.split()) <= 700


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_a_link_leads_to_a_file_and_to_a_heading_in_it(page: str) -> None:
    broken = []
    for address, heading in _LINK.findall((ROOT / page).read_text(encoding="utf-8")):
        if "://" in address:
            continue
        file = ROOT / address
        if not file.exists() or (heading and heading not in anchors(file)):
            broken.append(f"{address}#{heading}")
    assert broken == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_no_page_of_the_docs_that_code_or_configs_name_is_missing() -> None:
    """Messages, comments and rendered files name pages by their path in the repository."""
    named = set()
    for folder in (
        "kit", "generator", "analysis", "sample_services", "reference", "bench", "collector", "jaeger", "examples",
    ):  # fmt: skip
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in (".py", ".j2", ".yaml", ".md", ".json", ".cql"):
                named |= set(re.findall(r"(?<![\w/])docs/[\w./-]+?\.md", file.read_text(encoding="utf-8")))
    upstream = {"docs/rfcs/batching-migration.md"}
    assert named - upstream, "some are"
    assert sorted(page for page in named - upstream if not (ROOT / page).exists()) == []


def test_every_folder_of_the_checkout_with_code_is_explained() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    assert [name for name in packages if f"`{name}/`" not in README] == []


def test_its_commands_are_run_by_ci_or_by_the_native_test() -> None:
    first, second = blocks_of(README)
    assert first.commands.splitlines()[0] in (ROOT / ".ci" / "run").read_text()
    assert not second.is_skipped
