"""Print the words and sentences that a reader would have to decode; exit code 1 if there are any."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from words.passages import Kind, Passage, passages_of
from words.sentences import LONGEST, MEDIAN, median, sentences_of, words_of
from words.vale import alerts

SUFFIXES = (".py", ".md", ".j2")
# Inputs of tests, and pages that quote what others wrote.
OUTSIDE = ("tests/", "docs/assets/")


def files(under: list[str]) -> list[Path]:
    """The files under version control to check, of some folders or of all."""
    listed = subprocess.run(["git", "ls-files", "--", *under], capture_output=True, text=True, check=True)  # noqa: S607
    return [
        Path(line)
        for line in listed.stdout.splitlines()
        if line.endswith(SUFFIXES) and not line.startswith(OUTSIDE) and Path(line).exists()
    ]


def main() -> int:
    """Check the given files and folders, or all; print `file:line: rule: message` and the lengths of sentences."""
    passages: list[Passage] = [one for file in files(sys.argv[1:]) for one in passages_of(file)]
    problems = {(it.passage.file, it.passage.line, it.rule, it.message) for it in alerts(passages)}
    lengths: dict[Kind, list[int]] = {}
    for passage in passages:
        for sentence in sentences_of(passage.text):
            count = words_of(sentence)
            lengths.setdefault(passage.kind, []).append(count)
            if count > LONGEST:
                message = f"{count} words, at most {LONGEST}: {sentence[:60]}…"
                problems.add((passage.file, passage.line, "Length", message))
    for file, line, rule, message in sorted(problems):
        print(f"{file}:{line}: {rule}: {message}")
    for kind, counts in sorted(lengths.items()):
        middle = median(counts)
        print(f"{kind}: {len(counts)} sentences, median {middle} words, longest {max(counts)}")
        if middle > MEDIAN:
            problems.add((Path(kind), 0, "Median", ""))
            print(f"{kind}: the median is above {MEDIAN} words")
    print(f"{len(problems)} to mend")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
