"""`python -m tests.campaign`: every shape against real programs, and a table of what became of them.

It exits with 1 when a promise broke.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.campaign.ledger import database
from tests.campaign.shapes import SHAPES
from tests.campaign.table import table
from tests.campaign.trial import Result, Trial, one_by_one
from tests.native.stack import running


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--only", default="", help="shapes whose family or name contains this")
    parser.add_argument("--output", type=Path, help="file for the table, besides stdout")
    wish = parser.parse_args()
    shapes = [shape for shape in SHAPES if wish.only in f"{shape.family}, {shape.name}"]
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "deployment") as stack,
        database(stack.cql_port) as session,
    ):
        trial = Trial(stack.folder, stack.base + 1, session)
        results = one_by_one(trial, shapes, _said)
    text = table(results)
    sys.stdout.write(text)
    if wish.output:
        wish.output.write_text(text, encoding="utf-8")
    broken = [one for one in results if one.stuck or one.stopped_others or one.restarted]
    return 1 if broken else 0


def _said(result: Result) -> None:
    innocent = "never" if result.innocent is None else f"{result.innocent:5.1f} s"
    sys.stderr.write(
        f"{result.status:4} {result.answered:5.1f} s  innocent {innocent}  rows {result.rows:5}  "
        f"{' '.join(result.restarted)} {result.shape.family}, {result.shape.name}\n"
    )
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
