"""`kit validate` and `kit explain` as a person calls them, and docs/reference/rules.md."""

from __future__ import annotations

import ast
import json
import subprocess
from pathlib import Path

import pytest

from generator.rules import RULES
from kit.cli.explain import SOURCES, all_rules
from tests.cli.test_first_minutes import kit

ROOT = Path(__file__).resolve().parents[2]
SPEC = "spec: 1\nname: shop\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kit.yaml").write_text(SPEC)
    return tmp_path


def validate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return kit(folder, "validate", *arguments)


def test_nothing_found_is_quiet_and_0(folder: Path) -> None:
    result = validate(folder)
    assert (result.returncode, result.stdout) == (0, "")
    assert "no findings (" in result.stderr
    # The programs may be here or not.
    assert all("not checked by" in line for line in result.stderr.splitlines()[:-1])


def test_an_error_is_1_and_points_at_the_spec(folder: Path) -> None:
    (folder / "kit.yaml").write_text(SPEC + "storage:\n  replication: {dc1: 1}\n")
    result = validate(folder)
    assert result.returncode == 1
    assert result.stdout.startswith("kit.yaml:4:3: error KIT014: storage.replication: ")
    assert "    shows in: compose.yaml:" in result.stdout
    assert "`kit explain KIT014` shows the reason" in result.stderr


def test_a_warning_is_0_and_with_strict_1(folder: Path) -> None:
    (folder / "kit.yaml").write_text(SPEC + "storage: {indexed_tags: []}\n")
    assert validate(folder).returncode == 0
    assert validate(folder, "--strict").returncode == 1


def test_a_silenced_rule_says_nothing(folder: Path) -> None:
    silence = "validate: {silence: [{rule: KIT034, reason: nobody searches here}]}\n"
    (folder / "kit.yaml").write_text(SPEC + "storage: {indexed_tags: []}\n" + silence)
    assert validate(folder, "--strict").returncode == 0
    (folder / "kit.yaml").write_text(SPEC + silence)
    result = validate(folder, "--strict")
    assert result.returncode == 1
    assert "kit.yaml:3:29: warning KIT005" in result.stdout


@pytest.mark.parametrize(
    "spec", [SPEC + "storge: {}\n", "", "\t", "a: [\n", SPEC + "storage: {replication: {x: 1}}\n"]
)
def test_every_form_tells_the_same(folder: Path, spec: str) -> None:
    (folder / "kit.yaml").write_text(spec)
    text, document, github = (validate(folder, "--output", form) for form in ("text", "json", "github"))
    assert text.returncode == document.returncode == github.returncode == 1
    answer = json.loads(document.stdout)
    assert (answer["kind"], answer["version"], answer["ok"]) == ("validate", 1, False)
    assert len(answer["findings"]) == text.stdout.count("error KIT") == github.stdout.count("::error ")
    for one in answer["findings"]:
        assert f"{one['severity']} {one['rule']}" in text.stdout
        assert one["place"]["file"] == "kit.yaml"
        assert f"line={one['place']['line'] or 1}" in github.stdout


def test_a_missing_spec_is_told_as_a_finding(tmp_path: Path) -> None:
    result = validate(tmp_path)
    assert result.returncode == 1
    assert "kit.yaml: error KIT001: there is no such file" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_spec_and_overrides_are_told_together(folder: Path) -> None:
    (folder / "kit.yaml").write_text(SPEC + "storge: {}\n")
    (folder / "compose.override.yaml").write_text("service: {}\n")
    result = validate(folder)
    assert "kit.yaml:3:1: error KIT001" in result.stdout
    assert "compose.override.yaml:1:1: error KIT002" in result.stdout


def test_a_broken_override_does_not_hide_the_rest(folder: Path) -> None:
    (folder / "kit.yaml").write_text(SPEC + "storage: {replication: {dc1: 1}}\n")
    (folder / "compose.override.yaml").write_text("service: {}\n")
    result = validate(folder)
    assert "KIT002" in result.stdout
    assert "KIT014" in result.stdout


def test_places_are_named_from_where_one_stands(folder: Path) -> None:
    (folder / "shop" / "overrides").mkdir(parents=True)
    (folder / "shop" / "kit.yaml").write_text(SPEC)
    (folder / "shop" / "overrides" / "collector.yaml").write_text("exporters: {debug: {}}\n")
    result = validate(folder, "--spec", "shop/kit.yaml")
    assert result.stdout.startswith("shop/overrides/collector.yaml:1:13: warning KIT074")


def test_an_edit_by_hand_is_told_and_what_it_breaks(folder: Path) -> None:
    assert kit(folder, "generate").returncode == 0
    config = folder / "jaeger" / "config.yaml"
    config.write_text(config.read_text().replace("keyspace: jaeger_shop", "keyspace: jaeger_old"))
    result = validate(folder)
    assert result.returncode == 1
    line = next(n for n, text in enumerate(config.read_text().splitlines(), 1) if "jaeger_old" in text)
    assert f"jaeger/config.yaml:{line}:23: error KIT013" in result.stdout
    assert f"jaeger/config.yaml:{line}: warning KIT003" in result.stdout


def test_generate_takes_the_override_layer_and_refuses_one_that_cant_be_read(folder: Path) -> None:
    (folder / "overrides").mkdir()
    over = folder / "overrides" / "collector.yaml"
    over.write_text("exporters: {debug: {}}\n")
    assert kit(folder, "generate").returncode == 0
    assert "./overrides/collector.yaml" in (folder / "compose.yaml").read_text()
    assert over.read_text() == "exporters: {debug: {}}\n"
    over.write_text("exporters: [\n")
    result = kit(folder, "generate")
    assert result.returncode == 1
    assert "overrides/collector.yaml:2:1: not valid YAML" in result.stderr
    assert "1 problem in the override layer; nothing was changed" in result.stderr


def test_explain_lists_every_rule(folder: Path) -> None:
    shown = kit(folder, "explain").stdout
    for rule in RULES:
        assert f"{rule.id}  {rule.severity:<7}  {rule.title}\n" in shown


def test_explain_tells_a_rules_story(folder: Path) -> None:
    shown = kit(folder, "explain", "kit014").stdout
    rule = next(one for one in RULES if one.id == "KIT014")
    for said in (rule.title, rule.reason, rule.source, rule.fix, "# kit.yaml", "replication: {dc1: 1}"):
        assert said in shown
    assert kit(folder, "explain", "14").stdout == shown
    document = json.loads(kit(folder, "explain", "KIT014", "--output", "json").stdout)
    assert (document["kind"], document["rules"][0]["id"]) == ("explain", "KIT014")


def test_explain_names_the_nearest_of_an_unknown_rule(folder: Path) -> None:
    result = kit(folder, "explain", "KIT096")
    assert result.returncode == 1
    assert "there is no rule KIT096" in result.stderr
    assert "did you mean KIT094 or KIT095?" in result.stderr


def test_no_module_with_rules_is_left_out() -> None:
    """Whatever offers RULES to `explain` is in its list."""
    offering = set()
    for package in ("generator", "kit", "analysis", "findings"):
        for path in (ROOT / package).rglob("__init__.py"):
            for node in ast.parse(path.read_text()).body:
                targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
                names = [target.id for target in targets if isinstance(target, ast.Name)]
                names += [name.name for name in node.names] if isinstance(node, ast.ImportFrom) else []
                if "RULES" in names:
                    offering.add(".".join(path.relative_to(ROOT).parent.parts))
    assert offering == set(SOURCES)


def test_ids_are_unique_and_of_their_hundred() -> None:
    ids = [rule.id for rule in all_rules()]
    assert ids == sorted(set(ids))
    assert all(rule.id.startswith(("KIT0", "KIT14", "KIT15", "KIT16")) for rule in RULES)


def test_the_rules_page_is_current(folder: Path) -> None:
    page = (ROOT / "docs" / "reference" / "rules.md").read_text()
    assert kit(folder, "explain", "--output", "markdown").stdout == page
