"""What YAML does to people, and files that are no YAML at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.components.collector.spec import COLLECTOR
from generator.components.jaeger.spec import JAEGER
from generator.kit_yaml import parse_spec, read_spec
from generator.spec.problem import Problem, SpecError


def problem_of(text: str) -> Problem:
    with pytest.raises(SpecError) as caught:
        parse_spec(text)
    return caught.value.problems[0]


def file_problem(path: Path) -> Problem:
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("spec: 1\nname: x\nname: y\n", (3, 1), "`name` a second time (first on line 2)"),
        (
            "spec: 1\nname: x\nstorage:\n  retention: 7d\n  retention: 8d\n",
            (5, 3),
            "`retention` a second time",
        ),
        ("spec: 1\n\tname: x\n", (2, 1), "a tab in the indentation"),
        ("storage:\n\tengine: scylla\n", (2, 1), "a tab in the indentation"),
        ("- spec: 1\n", (1, 1), "a list at the top"),
        ("spec\n", (1, 1), "a single value at the top"),
        ("# nothing\n", (0, 0), "nothing but comments"),
        ("spec: 1\n---\nspec: 1\n", (2, 1), "a second document"),
        ("spec: [1\n", (2, 1), "not valid YAML"),
        ("spec: 1\nname: 'x\n", (3, 1), "not valid YAML"),
        ("spec: 1\nname: *other\n", (2, 7), "found undefined alias"),
        ("a: &a [*a]\n", (1, 4), "an alias that contains itself"),
        ("spec: 1\nname: x\x01\n", (2, 8), "the character U+0001"),
        ("spec: 1\nname: x\n<<: {a: 1}\n", (3, 1), "a merge key"),
        ("spec: 1\nname: x\n? [a]\n: 1\n", (3, 3), "a key that is not a word"),
    ],
)
def test_a_trap_is_named_with_its_place(text: str, place: tuple[int, int], found: str) -> None:
    problem = problem_of(text)
    assert problem.found.startswith(found)
    assert (problem.line, problem.column) == place
    assert problem.fix or problem.expected


def test_an_alias_bomb_is_refused_before_it_goes_off() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 40)]
    assert "aliases that expand to" in problem_of("\n".join(lines)).found


def test_an_alias_that_is_no_bomb_is_taken() -> None:
    spec = parse_spec("spec: 1\nname: x\ncollector: {memory: &m 256MiB}\njaeger: {memory: *m}\n")
    assert spec[JAEGER].memory == spec[COLLECTOR].memory


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert parse_spec(b"\xef\xbb\xbfspec: 1\nname: x\n".decode("utf-8-sig")).name == "x"


def test_a_missing_file(tmp_path: Path) -> None:
    problem = file_problem(tmp_path / "kit.yaml")
    assert problem.found == "there is no such file"
    assert "kit init" in problem.fix


def test_a_directory(tmp_path: Path) -> None:
    assert str(tmp_path / "kit.yaml") in file_problem(tmp_path).fix


@pytest.mark.parametrize(
    "data", [pytest.param(b"", id="nothing"), pytest.param(b"   \n\n", id="white space")]
)
def test_an_empty_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "kit.yaml").write_bytes(data)
    assert file_problem(tmp_path / "kit.yaml").found == "the file is empty"


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "kit.yaml").write_bytes(b"spec: 1\nname: caf\xe9\n")
    problem = file_problem(tmp_path / "kit.yaml")
    assert (problem.line, problem.column, problem.found) == (2, 10, "byte 0xe9 is not UTF-8")


def test_a_file_that_is_far_too_large(tmp_path: Path) -> None:
    (tmp_path / "kit.yaml").write_bytes(b"#" * (2 << 20))
    assert "at most" in file_problem(tmp_path / "kit.yaml").expected


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call itself is made to refuse: root, as whom tests often run, may read every file."""

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "chmod" in file_problem(tmp_path / "kit.yaml").fix
