"""The folder of dead letters: bounded, kept over a restart, each letter once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kit.operate.inside.dead_letters.letterbox import Letterbox, LetterHead


def put(box: Letterbox, data: bytes, **more: Any) -> LetterHead:
    said = {"reason": "too large", "error": "e\nf", "spans": 2, "services": ("shop",), "names": ("a", "b")}
    return box.put(data, **{**said, **more})


def test_a_letter_is_there_after_a_restart(tmp_path: Path) -> None:
    head = put(Letterbox(tmp_path, 1 << 20), b"x\ny\x00")
    again = Letterbox(tmp_path, 1 << 20)
    assert again.heads() == [head]
    assert again.data(head.id) == b"x\ny\x00"
    assert (again.spans, again.size) == (2, head.bytes)


def test_letters_of_one_second_stay_in_order(tmp_path: Path) -> None:
    box = Letterbox(tmp_path, 1 << 20)
    heads = []
    for data in (b"a", b"b", b"c", b"d", b"e", b"f"):
        heads.append(put(box, data))
        time.sleep(0.002)
    assert Letterbox(tmp_path, 1 << 20).heads() == heads


def test_letters_that_threads_put_at_once(tmp_path: Path) -> None:
    box = Letterbox(tmp_path, 40_000)
    with ThreadPoolExecutor(16) as pool:
        heads = list(pool.map(lambda n: put(box, b"%d" % n * 500), range(200)))
    left = box.heads()
    assert box.size <= 40_000
    assert box.dropped == 2 * (len(heads) - len(left))
    assert Letterbox(tmp_path, 40_000).heads() == left


def test_the_same_spans_are_kept_once(tmp_path: Path) -> None:
    """As when the process is killed between the letter and the answer: the collector sends them again."""
    first = put(Letterbox(tmp_path, 1 << 20), b"same")
    assert put(Letterbox(tmp_path, 1 << 20), b"same") == first
    assert len(list(tmp_path.glob("*.letter"))) == 1


def test_half_a_letter_is_none(tmp_path: Path) -> None:
    (tmp_path / "20260101T000000-aa.unfinished").write_bytes(b'{"at"')
    (tmp_path / "20260101T000000-bb.letter").write_bytes(b"\xff no letter")
    assert Letterbox(tmp_path, 1 << 20).heads() == []
    assert not list(tmp_path.glob("*.unfinished"))


def test_the_oldest_go_when_it_is_full(tmp_path: Path) -> None:
    box = Letterbox(tmp_path, 3000)
    heads = [put(box, bytes([n]) * 1000) for n in range(4)]
    assert box.size <= 3000
    assert [head.id for head in box.heads()] == [head.id for head in heads[-len(box.heads()) :]]
    assert box.dropped == 2 * (4 - len(box.heads())) > 0
    assert len(list(tmp_path.glob("*.letter"))) == len(box.heads())


def test_a_letter_that_is_not_there(tmp_path: Path) -> None:
    box = Letterbox(tmp_path, 3000)
    with pytest.raises(KeyError):
        box.data("../../etc/passwd")
    box.remove("none")
