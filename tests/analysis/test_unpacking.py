"""A gzip file that unpacks to far more than its size: read up to a limit, from each reader."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from analysis.errors import FileError
from analysis.sources.ahead import lines_ahead
from analysis.sources.files import read_spans
from analysis.sources.unpacking import unpacked

READERS: dict[str, Callable[[Path], Iterable[object]]] = {"spans": read_spans, "columns": lines_ahead}
MIB = 1 << 20


@pytest.fixture(autouse=True)
def eight_mebibytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.sources.unpacking._ALWAYS", 8 * MIB)


def bomb(path: Path, mib: int, text: bytes) -> Path:
    """A file that unpacks to this many MiB of one text, packed as tightly as it goes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = text * (MIB // len(text))
    path.write_bytes(b"".join(packer.compress(block) for _ in range(mib)) + packer.flush())
    return path


@pytest.mark.parametrize("reader", READERS)
def test_a_single_endless_line_is_refused(tmp_path: Path, reader: str) -> None:
    path = bomb(tmp_path / "bomb.jsonl.gz", 64, b"x")
    assert path.stat().st_size < MIB // 8
    with pytest.raises(FileError, match=r"bomb\.jsonl\.gz: unpacks to more than") as raised:
        list(READERS[reader](path))
    assert "gzip -d" in raised.value.hint


def test_endless_lines_are_refused_without_being_kept(tmp_path: Path) -> None:
    path = bomb(tmp_path / "lines.gz", 64, b" " * 1023 + b"\n")
    tracemalloc.start()
    with pytest.raises(FileError, match="more than"):
        list(read_spans(path))
    assert tracemalloc.get_traced_memory()[1] < 6 * MIB
    tracemalloc.stop()


def test_what_is_below_the_limit_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "fine.gz"
    data = b'{"resourceSpans": []}\n' * 100_000
    path.write_bytes(gzip.compress(data))
    with path.open("rb") as packed, unpacked(path, packed, MIB) as stream:
        assert stream.read() == data
