"""Rules are read from the page beside their module, in one form."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from findings.pages import on_page, written
from findings.rule import Severity

RULE = """## KIT044: every container has a limit

Severity: warning

Why: One that grows
takes the memory of all others.

Source: a page

Fix: `mem_limit: 256m`

Breaks it:

```yaml
# kit.yaml
a: {b: 1}
```

Keeps it:

```yaml
# kit.yaml
a: {b: 2}
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "memory.md"


def test_a_page_is_read(page: Path) -> None:
    page.write_text("# Memory\n\n" + RULE + "\n" + RULE.replace("044", "045"))
    assert list(on_page(page)) == ["KIT044", "KIT045"]
    rule = on_page(page)["KIT044"]
    assert (rule.title, rule.severity) == ("every container has a limit", Severity.WARNING)
    assert rule.reason == "One that grows takes the memory of all others."
    assert (rule.source, rule.fix) == ("a page", "`mem_limit: 256m`")
    assert (rule.bad, rule.good) == ("# kit.yaml\na: {b: 1}\n", "# kit.yaml\na: {b: 2}\n")


def test_a_rule_is_found_beside_its_module(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page.write_text(RULE)
    module = ModuleType("of_a_test")
    module.__file__ = str(page.with_suffix(".py"))
    monkeypatch.setitem(__import__("sys").modules, module.__name__, module)
    assert written("KIT044", module.__name__).title == "every container has a limit"
    with pytest.raises(LookupError, match="KIT045 is missing"):
        written("KIT045", module.__name__)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("Why: One that grows\n", ""),
        ("Severity: warning", "Severity: loud"),
        ("Source:", "source:"),
        ("Keeps it:", "Good:"),
        ("## KIT044", "## KIT44"),
        ("b: 2}\n```\n", "b: 2}\n"),
        ("b: 2}\n```\n", "b: 2}\n```\n\nAnd more.\n"),
        ("```yaml\n# kit.yaml\na: {b: 1}\n```", "```yaml\n```"),
    ],
)
def test_another_form_is_refused(page: Path, was: str, becomes: str) -> None:
    assert was in RULE
    page.write_text(RULE.replace(was, becomes))
    with pytest.raises(ValueError, match=r"memory\.md:1"):
        on_page(page)


def test_a_rule_that_is_written_twice_is_refused(page: Path) -> None:
    page.write_text(RULE + "\n" + RULE)
    with pytest.raises(ValueError, match=r"memory\.md:26"):
        on_page(page)
