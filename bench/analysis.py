"""A verb of `kit traces` on files of 100,000 and 1,000,000 spans, against plain `json.loads` of the same lines.

Whole processes run in turns. The result has wall time, processor time and peak memory of each, their ratios, and the
growth of time and memory from the small file to the large one (10 is linear). `compare` reads two files of each size.
Run: python -m bench.analysis --command lint
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench.many_spans import write
from bench.paired import in_turns, ratio
from bench.processes import Use, used
from bench.result import Arguments, Measured, figure

_BIN = Path(sys.executable).parent
_SIDES = (("a",), ("a", "b"))
_PLAIN = """
import gzip, json, sys
for name in sys.argv[1:]:
    with gzip.open(name) as lines:
        for line in lines:
            json.loads(line)
"""
_PARTS = {"wall_s": "wall s", "processor_s": "processor s", "peak_mib": "peak MiB"}


def main() -> None:
    parser = Arguments(__doc__)
    parser.size("--spans", 1_000_000, 20_000, "spans in the large file (small file: a tenth)")
    parser.size("--pairs", 3, 1, "number of processes of each kind")
    parser.add_argument("--command", default="endpoints", help="the verb of `kit traces`")
    parser.run("analysis", measure)


def measure(asked: argparse.Namespace) -> Measured:
    measured = Measured(ratios={})
    small, large = (_of_size(asked, spans, measured) for spans in (asked.spans // 10, asked.spans))
    for part in ("processor_s", "peak_mib"):
        name = f"{asked.spans:,} : {asked.spans // 10:,} spans, {_PARTS[part]}"
        measured.ratios[name] = ratio(*([getattr(use, part) for use in uses] for uses in (large, small)))
    return measured


def _of_size(asked: argparse.Namespace, spans: int, measured: Measured) -> list[Use]:
    """Measure both arms with files of one size. Return the use of the verb's processes."""
    compares = asked.command == "compare"
    with tempfile.TemporaryDirectory(prefix="kit-bench-") as folder:
        files = [Path(folder) / f"{side}.jsonl.gz" for side in _SIDES[compares]]
        for seed, file in enumerate(files, start=1):
            write(file, spans, seed=seed)
        named = [str(file) for file in files]
        given = named if compares else ["--from", *named]
        verb = [str(_BIN / "kit"), "traces", asked.command, *given, "--output", "json"]
        plain = [sys.executable, "-c", _PLAIN, *named]
        kit, loads = in_turns(asked.pairs, lambda: used(verb), lambda: used(plain))
        size = f"{len(files)} × {spans:,} spans"
        measured.figures[f"{size}, MiB gzipped"] = figure(
            [sum(file.stat().st_size for file in files) / 2**20]
        )
    for part, name in _PARTS.items():
        for arm, uses in ((f"kit traces {asked.command}", kit), ("json.loads", loads)):
            measured.figures[f"{arm}, {size}, {name}"] = figure([getattr(use, part) for use in uses])
        if part != "peak_mib":
            pair = ([getattr(use, part) for use in uses] for uses in (kit, loads))
            measured.ratios[f"kit : json.loads, {size}, {name}"] = ratio(*pair)
    return kit


if __name__ == "__main__":
    main()
