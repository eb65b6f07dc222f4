"""Thousands of real exports, each with a few mistakes: one reader's rules hold on every path, and nothing is silent."""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from analysis.columns.reading import read_table
from analysis.coverage import left_out_counts
from analysis.errors import FileError
from analysis.sources.files import TraceFiles
from analysis.sources.left_out import LeftOut
from kit.cli.funnel import run
from tests.analysis_reading.mutations import exports, mutated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SHORT = 10_000
_PARTS = 10
_DOCUMENTS = int(os.environ.get("KIT_MUTATIONS", _SHORT))
_OF_VERBS = 60
_VERBS = (
    *(["search", "--limit", "1000"], ["endpoints"], ["slowest"], ["queues"], ["critical-path"]),
    *(["critical-path", "--rule", "jaeger"], ["critical-path", "--rule", "crisp"], ["lint"], ["operations"]),
)


def _documents(first: int, count: int) -> Iterator[tuple[random.Random, Any]]:
    known = exports()
    for seed in range(first, first + count):
        chance = random.Random(seed)  # noqa: S311
        yield chance, mutated(chance.choice(known), chance)


def _by_columns(path: Path) -> Any:
    left_out = LeftOut()
    try:
        table = read_table([path], (), left_out)
    except FileError as error:
        return error.message
    spans = [
        (
            *(table.trace_id_of(row), table.span_id_of(row), table.service_of(row), table.name_of(row)),
            *(int(table.start_ns[row]), bool(table.unfinished[row]), bool(table.error[row])),
            "" if table.parent[row] < 0 else table.span_id_of(int(table.parent[row])),
        )
        for row in range(len(table))
    ]
    return sorted(spans), left_out_counts(left_out), left_out.empty


def _by_objects(path: Path) -> Any:
    files = TraceFiles([path])
    try:
        traces = files.traces
    except FileError as error:
        return error.message
    spans = []
    for trace in traces:
        above = {id(child): one.span_id for one in trace.spans for child in trace.children(one)}
        spans += [
            (
                *(one.trace_id, one.span_id, one.service, one.name, one.start_ns),
                *(one.is_unfinished, one.is_error, above.get(id(one), "")),
            )
            for one in trace.spans
        ]
    return sorted(spans), left_out_counts(files.left_out), files.left_out.empty


@pytest.mark.parametrize("part", range(_PARTS))
def test_columns_and_objects_read_the_same_of_every_document(part: int, tmp_path: Path) -> None:
    path = tmp_path / "traces.json"
    each = _DOCUMENTS // _PARTS
    for chance, document in _documents(part * each, each):
        text = json.dumps(document, indent=chance.choice((None, None, None, 1)))
        path.write_text(text)
        columns = _by_columns(path)
        assert columns == _by_objects(path), text
        if isinstance(columns, tuple) and not columns[0]:
            # Without a word about what was left out, only what says of itself that it is empty.
            assert columns[2] == [str(path)]
            assert not _holds_spans(document), text


def _holds_spans(document: Any) -> bool:
    """Whether anything in a document looks like a span."""
    todo = [document]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if one.keys() & {
                "startTimeUnixNano",
                "start_time_unix_nano",
                "startTime",
                "start_time",
                "spanID",
            }:
                return True
            todo.extend(one.values())
        elif isinstance(one, list):
            todo.extend(one)
    return False


@pytest.mark.parametrize("part", range(4))
def test_every_verb_reads_and_leaves_out_the_same(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "traces.json"
    for _, document in _documents(1_000_000 + part * _OF_VERBS, _OF_VERBS):
        path.write_text(json.dumps(document))
        found: dict[str, Any] = {}
        for verb in _VERBS:
            code = run(["traces", *verb, "--from", str(path), "--output", "json"])
            said = capsys.readouterr()
            assert code in {0, 1, 5}, (verb, said.err, json.dumps(document))
            assert "Traceback" not in said.err
            if said.out:
                coverage = json.loads(said.out)["coverage"]
                found[" ".join(verb)] = (coverage["spans"], coverage["unfinished"], coverage["left_out"])
            else:
                found[" ".join(verb)] = ("refused", code)
        answers = {json.dumps(answer) for verb, answer in found.items() if answer != ("refused", 5)}
        assert len(answers) == 1, (found, json.dumps(document))
