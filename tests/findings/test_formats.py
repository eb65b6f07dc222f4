"""How findings are said."""

from __future__ import annotations

from findings import formats
from findings.document import document
from findings.finding import Finding, Place, errors, grouped, in_order
from findings.rule import Rule, Severity, neighbours
from kit.printing import plain

RULE = Rule(
    id="KIT099",
    title="a port has one owner",
    severity=Severity.ERROR,
    reason="the second one can't start",
    source="bind(2)",
    fix="choose another port",
    bad="ports: {jaeger: 8080}",
    good="ports: {jaeger: 16686}",
)
FINDING = Finding(
    RULE,
    found="8080, which ports.coupon_api has too",
    expected="a port of its own",
    place=Place("kit.yaml", 4, 12),
    path="ports.jaeger",
    shows=Place("compose.yaml", 88),
    details={"port": 8080},
)


def test_text_begins_with_a_place_that_can_be_followed() -> None:
    assert list(formats.text(FINDING)) == [
        "kit.yaml:4:12: error KIT099: ports.jaeger: 8080, which ports.coupon_api has too",
        "    expected: a port of its own",
        "    fix: choose another port",
        "    shows in: compose.yaml:88",
    ]


def test_a_document_holds_all_of_it() -> None:
    told = plain(document(FINDING))
    assert told["rule"] == "KIT099"
    assert told["place"] == {"file": "kit.yaml", "line": 4, "column": 12}
    assert told["shows_in"] == {"file": "compose.yaml", "line": 88, "column": 0}
    assert told["details"] == {"port": 8080}


def test_a_workflow_command_escapes_what_would_end_it() -> None:
    said = formats.github(Finding(RULE, found="100 % of a,b:c\nnext", place=Place("a,b.yaml", 2)))
    assert said == (
        "::error file=a%2Cb.yaml,line=2,title=KIT099 a port has one owner::"
        "100 %25 of a,b:c%0Anext%0Afix: choose another port"
    )


def test_errors_come_first_and_are_counted() -> None:
    warning = Finding(RULE, found="x", place=Place("a.yaml", 1), severity=Severity.WARNING)
    assert in_order([warning, FINDING]) == [FINDING, warning]
    assert errors([warning, FINDING]) == 1
    assert formats.summary([warning, FINDING, FINDING]) == "2 errors, 1 warning"
    assert formats.summary([]) == "no findings"


def test_a_story_tells_reason_source_fix_and_examples() -> None:
    story = "\n".join(formats.story(RULE))
    for said in (RULE.reason, RULE.source, RULE.fix, RULE.bad, RULE.good):
        assert said in story


def test_a_table_row_keeps_its_columns() -> None:
    rule = Rule("KIT098", "a | b", Severity.WARNING, "two\nlines", "s", "f")
    assert list(formats.table([RULE, rule]))[2] == "| KIT098 | warning | a \\| b | two lines | s |"


def test_findings_with_one_cause_are_told_once() -> None:
    place = Place("kit.yaml", 4, 10)
    alike = [Finding(RULE, found=f"{name} is too small", place=place) for name in "abc"]
    other = Finding(RULE, found="d is too small", place=Place("kit.yaml", 5, 10))
    assert [one.found for one in grouped([*alike, other])] == [
        "a is too small (and 2 more like it)",
        "d is too small",
    ]


def test_a_page_has_the_table_and_each_story() -> None:
    page = "\n".join(formats.markdown([RULE]))
    assert "| KIT099 | error | a port has one owner |" in page
    assert "## KIT099: a port has one owner" in page
    assert "Breaks it:\n\n```yaml\nports: {jaeger: 8080}\n```" in page


def test_an_unknown_rule_has_neighbours() -> None:
    known = ["KIT010", "KIT030", "KIT031", "KIT101"]
    assert neighbours("KIT032", known) == ["KIT030", "KIT031"]
    assert neighbours("KIT9", known, count=1) == ["KIT010"]
    assert neighbours("nothing", []) == []
