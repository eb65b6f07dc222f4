"""A verb of `kit traces` on files of 100,000 and 1,000,000 spans, against plain `json.loads` of the same lines.

Whole processes, taken in turns: wall time, processor time and peak memory of each, the ratio of the two, and how time
and memory grow from the small file to the large one (10 would be linear). `compare` reads two files of that size.
Run: python -m bench.analysis --command lint
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.many_spans import write
from bench.paired import ratio

_BIN = Path(sys.executable).parent
_SIDES = (("a",), ("a", "b"))
_PLAIN = """
import gzip, json, sys
for name in sys.argv[1:]:
    with gzip.open(name) as lines:
        for line in lines:
            json.loads(line)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds by the clock and of processors, and its peak memory in MiB."""

    wall_s: float
    processor_s: float
    peak_mib: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--spans", type=int, default=1_000_000, help="of the large file; the small one has a tenth"
    )
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--command", default="endpoints", help="the verb of `kit traces`")
    chosen = parser.parse_args()
    runs: list[list[Run]] = []
    with tempfile.TemporaryDirectory(prefix="kit-bench-") as name:
        for spans in (chosen.spans // 10, chosen.spans):
            files = [Path(name) / f"{spans}-{side}.jsonl.gz" for side in _SIDES[chosen.command == "compare"]]
            for side, file in enumerate(files, start=1):
                write(file, spans, seed=side)
            named = [str(file) for file in files]
            given = named if chosen.command == "compare" else ["--from", *named]
            kit_line = [str(_BIN / "kit"), "traces", chosen.command, *given, "--output", "json"]
            plain_line = [sys.executable, "-c", _PLAIN, *named]
            kit, plain = [], []
            for _ in range(chosen.pairs):
                kit.append(_run(kit_line))
                plain.append(_run(plain_line))
            size = sum(file.stat().st_size for file in files) / 2**20
            print(f"{len(files)} × {spans:,} spans, {size:.0f} MiB gzipped, {chosen.pairs} pairs")
            _tell(f"kit traces {chosen.command}", kit)
            _tell("plain json.loads", plain)
            for what in ("wall_s", "processor_s"):
                pair = [[getattr(run, what) for run in arm] for arm in (kit, plain)]
                print(f"  kit : json.loads, {what} = {ratio(*pair)}")
            runs.append(kit)
    small, large = (
        [statistics.median(getattr(run, what) for run in of_size) for what in ("processor_s", "peak_mib")]
        for of_size in runs
    )
    print(
        f"from {chosen.spans // 10:,} to {chosen.spans:,} spans: {large[0] / small[0]:.1f} × the processor time, "
        f"{large[1] / small[1]:.1f} × the memory"
    )


def _tell(name: str, runs: list[Run]) -> None:
    wall, processor, peak = (
        statistics.median(getattr(run, what) for run in runs)
        for what in ("wall_s", "processor_s", "peak_mib")
    )
    print(f"  {name:<22} {wall:6.1f} s, {processor:6.1f} s of processors, {peak:6.0f} MiB at most")


def _run(line: list[str]) -> Run:
    began = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(line)} ended with {process.returncode}")
    return Run(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
