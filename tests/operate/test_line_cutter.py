"""A line of a log is never longer than its limit, in whatever pieces it comes."""

from __future__ import annotations

import pytest

from kit.operate.native.log_lines import LineCutter


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 100])
def test_a_long_line_is_cut_once_and_the_next_is_whole(piece: int) -> None:
    text = b"short\n" + b"x" * 50 + b"\n\n" + b"0123456789" + b"\nnot ended"
    cutter = LineCutter(10)
    got = b"".join(cutter.cut(text[at : at + piece]) for at in range(0, len(text), piece))
    assert got == b"short\n" + b"x" * 10 + b" [... cut]\n\n0123456789\nnot ended"


def test_bytes_that_are_not_text_pass() -> None:
    assert LineCutter(10).cut(b"\xff\r\xfe\n") == b"\xff\r\xfe\n"
