"""Report damaged queue files of the collector that were put aside: spans in them may be lost."""

from __future__ import annotations

from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import PUT_ASIDE
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject


def put_aside(subject: Subject) -> Iterator[Line]:
    """Report each file that was put aside."""
    if subject.live is None:
        return
    looked = Looked("put aside", PUT_ASIDE, "no damaged queue file")
    files = subject.live.put_aside()
    for file in files:
        name = file.path.rpartition("/")[2]
        yield looked.warn(
            f"{name}: {file.bytes:,} bytes; the spans that waited in it may be lost",
            f"note the time in its name, then remove the file: {file.removal}",
            {"file": file.path, "bytes": file.bytes},
        )
    if not files:
        yield looked.well("none")


CHECK = Check("put aside", PUT_ASIDE, put_aside)
