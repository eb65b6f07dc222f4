"""The generated pages of docs/reference match the code, and are complete."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from generator.spec.problems import Problems
from reference import environment_page, spec_page
from reference.__main__ import main
from reference.command_line_page import commands
from reference.pages import FOLDER, PAGES, text_of
from reference.value_kinds import in_words

ROOT = Path(__file__).parents[2]
PACKAGES = ("kit", "generator", "analysis", "findings", "sample_services", "stream_tracing")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_matches_the_code(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text_of(name), "run: python -m reference"


def test_a_page_that_differs_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("reference.__main__.FOLDER", tmp_path)
    assert main(["--check"]) == 1
    assert "docs/reference/spec.md differs" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert main([]) == 0
    assert main(["--check"]) == 0
    assert main(["--chek"]) == 2


def test_every_page_of_the_reference_has_a_first_sentence_on_its_use() -> None:
    for page in sorted((ROOT / "docs").rglob("*.md")):
        if page.name in ("rules.md", "json.md") or page.parent == ROOT / "docs":
            continue
        text = re.sub(r"<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        title, opening, *_ = (part for part in text.split("\n\n") if part.strip())
        assert title.startswith("# "), page
        assert opening.startswith("After this "), page


class TestTheSpec:
    @pytest.mark.parametrize("row", spec_page.rows(), ids=lambda row: row.path)
    def test_an_example_is_read_without_a_problem(self, row: spec_page.KeyRow) -> None:
        assert row.example, "add it to reference/spec_examples.py"
        report = Problems("kit.yaml")
        node = yaml.compose(f"key: {row.example}")
        assert isinstance(node, yaml.MappingNode)
        row.kind.read(node.value[0][1], row.path, report)
        assert report.problems == []

    def test_every_key_of_the_schema_has_a_row(self) -> None:
        from generator.kit_yaml import spec_json_schema

        missing = set(paths(spec_json_schema())) - {row.path for row in spec_page.rows()}
        assert missing == set()

    def test_no_example_is_left_of_a_key_that_is_gone(self) -> None:
        from reference.spec_examples import EXAMPLES

        assert set(EXAMPLES) - {row.path for row in spec_page.rows()} == set()

    def test_a_kind_of_value_without_words_is_noticed(self) -> None:
        with pytest.raises(TypeError, match="no words for a value of the kind int"):
            in_words(3)


def paths(schema: dict[str, object], above: str = "") -> list[str]:
    """The paths of a schema's keys that hold a value of their own."""
    found: list[str] = []
    for name, key in dict(schema.get("properties") or {}).items():  # type: ignore[call-overload]
        path = f"{above}.{name}" if above else name
        found += inner if key.get("properties") and (inner := paths(key, path)) else [path]
        for one in (key, *key.get("anyOf", [])):
            items = one.get("items")
            if isinstance(items, dict):
                found += paths(items, f"{path}[]")
    return found


def test_every_verb_is_on_the_page_of_the_command_line() -> None:
    import typer

    from kit.cli.verbs import VERBS, app

    found = {path for path, _ in commands(typer.main.get_command(app), "kit")}
    assert {f"kit {verb}" for verb in VERBS} <= found
    page = (FOLDER / "command-line.md").read_text(encoding="utf-8")
    assert all(f"\n## {path}\n" in page for path in found)


def test_every_variable_that_the_code_reads_is_on_the_page() -> None:
    read = re.compile(r"""(?:environ\.get\(|environ\[|getenv\(|envvar=|VARIABLE = )\s*"([A-Z][A-Z0-9_]+)\"""")
    named = {
        name
        for package in PACKAGES
        for module in (ROOT / package).rglob("*.py")
        for name in read.findall(module.read_text(encoding="utf-8"))
    }
    assert len(named) > 8
    page = "\n".join(environment_page.lines())
    assert [name for name in sorted(named) if f"`{name}`" not in page] == []


def test_every_variable_that_the_kit_sets_for_a_service_is_on_the_page(tmp_path: Path) -> None:
    from kit.operate.environment import environment

    spec = tmp_path / "kit.yaml"
    spec.write_text("spec: 1\nname: shop\n")
    assert set(environment(spec, "tea", inside=False)) <= set(environment_page.SET_FOR_SERVICES)


def test_every_rendered_file_is_on_the_page_of_files() -> None:
    page = (FOLDER / "files.md").read_text(encoding="utf-8")
    rendered = json.loads((ROOT / "kit.lock").read_text())["files"]
    roots = {f"{path.partition('/')[0]}/" if "/" in path else path for path in rendered}
    assert [root for root in sorted(roots) if f"`{root}`" not in page] == []


def test_each_check_of_the_doctor_is_in_the_page_of_symptoms() -> None:
    from kit.operate.doctor.doctor_rules import RULES

    page = (ROOT / "docs" / "how-to" / "troubleshoot.md").read_text(encoding="utf-8")
    assert [rule.id for rule in RULES if rule.id not in page] == []
