"""Compiled templates are kept, and used only if they are of this source, Python, Jinja and environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from generator import templates
from generator.compiled import CompiledTemplates

TEMPLATE = "greeting.txt.j2"


class Counting(Environment):
    """Counts what it compiles."""

    compiled = 0

    def _generate(self, *arguments: object, **named: object) -> str:
        self.compiled += 1
        return super()._generate(*arguments, **named)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / TEMPLATE).write_text("Hello {{ name }}")
    (tmp_path / "environment.py").write_text("first")
    return tmp_path


def rendered(folder: Path) -> tuple[str, int]:
    """The text, and how many templates a new environment compiled for it."""
    cache = CompiledTemplates(str(folder / "environment.py"))
    environment = Counting(loader=FileSystemLoader(folder), autoescape=False, bytecode_cache=cache)
    return environment.get_template(TEMPLATE).render(name="Ada"), environment.compiled


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("__pycache__/*") if path.is_file()]


def test_the_second_process_compiles_nothing(folder: Path) -> None:
    assert rendered(folder) == ("Hello Ada", 1)
    assert rendered(folder) == ("Hello Ada", 0)
    assert len(kept(folder)) == 1


def test_another_source_is_compiled_also_with_the_same_time_and_size(folder: Path) -> None:
    template = folder / TEMPLATE
    rendered(folder)
    times = template.stat()
    template.write_text("Hullo {{ name }}")
    os.utime(template, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert rendered(folder) == ("Hullo Ada", 1)
    assert rendered(folder) == ("Hullo Ada", 0)


def test_another_environment_compiles_again(folder: Path) -> None:
    rendered(folder)
    (folder / "environment.py").write_text("second")
    assert rendered(folder) == ("Hello Ada", 1)


@pytest.mark.parametrize("keep", [0, 1, 40, 200, -1])
def test_a_torn_file_is_not_used(folder: Path, keep: int) -> None:
    rendered(folder)
    (file,) = kept(folder)
    file.write_bytes(file.read_bytes()[:keep])
    assert rendered(folder) == ("Hello Ada", 1)
    assert rendered(folder) == ("Hello Ada", 0)


@pytest.mark.parametrize("position", [10, 100, -10])
def test_a_damaged_file_is_not_used(folder: Path, position: int) -> None:
    rendered(folder)
    (file,) = kept(folder)
    content = bytearray(file.read_bytes())
    content[position] ^= 1
    file.write_bytes(content)
    assert rendered(folder) == ("Hello Ada", 1)


def test_where_nothing_can_be_written_nothing_is_kept(folder: Path) -> None:
    (folder / "__pycache__").write_text("a file stands here")
    assert rendered(folder) == ("Hello Ada", 1)
    assert rendered(folder) == ("Hello Ada", 1)


def test_nothing_is_left_of_a_write_that_failed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert rendered(folder) == ("Hello Ada", 1)
    assert kept(folder) == []


def test_python_that_keeps_no_modules_keeps_no_templates(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(folder) == ("Hello Ada", 1)
    assert kept(folder) == []


def test_files_are_where_modules_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(folder / "elsewhere"))
    rendered(folder)
    assert kept(folder) == []
    assert [path for path in (folder / "elsewhere").rglob("*") if path.is_file()]


def test_the_kit_s_templates_are_kept() -> None:
    assert isinstance(templates._environment().bytecode_cache, CompiledTemplates)
