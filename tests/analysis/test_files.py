from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from analysis.errors import AmbiguousTraceIdError, FileError, TraceNotFoundError, UnknownServiceError
from analysis.model import SpanKind, Trace
from analysis.search import Operation, Query
from analysis.sources.files import TraceFiles, read_spans
from analysis.sources.left_out import LeftOut, Unit
from tests.analysis.encoders import jaeger_ui, otlp
from tests.analysis.samples import START, TRACE_ID, coupon_request

if TYPE_CHECKING:
    from pathlib import Path

SPANS = coupon_request()[0].spans
LINES = [json.dumps(otlp([span])) for span in SPANS]


def _file(folder: Path, content: str | bytes, name: str = "traces") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(json.dumps(otlp(SPANS)), id="OTLP JSON on one line"),
        pytest.param(json.dumps(otlp(SPANS), indent=2), id="OTLP JSON printed over many lines"),
        pytest.param("\n" + json.dumps(otlp(SPANS)) + "\n\n", id="blank lines around"),
        pytest.param("\n".join(LINES), id="JSON lines"),
        pytest.param("\r\n".join(LINES), id="JSON lines from Windows"),
        pytest.param("\n\n".join(LINES), id="JSON lines with blank lines between"),
        pytest.param("".join(LINES), id="objects with nothing between"),
        pytest.param("\ufeff" + LINES[0] + "\n" + "\n".join(LINES[1:]), id="byte order mark"),
        pytest.param(json.dumps({"result": otlp(SPANS)}), id="an answer of api/v3"),
        pytest.param(json.dumps(jaeger_ui(SPANS)), id="Jaeger's download"),
        pytest.param(json.dumps(jaeger_ui(SPANS), indent=2), id="Jaeger's download printed over many lines"),
        pytest.param(
            json.dumps({"resourceMetrics": []}) + "\n" + "\n".join(LINES), id="with metrics between"
        ),
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_the_format_is_recognised_by_content(content: str, packed: bool, tmp_path: Path) -> None:
    raw = gzip.compress(content.encode(), mtime=0) if packed else content.encode()
    assert TraceFiles([_file(tmp_path, raw, name="odd.txt")]).traces == [Trace(SPANS)]


def test_a_trace_may_be_scattered_over_files(tmp_path: Path) -> None:
    first = _file(tmp_path, "\n".join(LINES[7:]), "1")
    second = _file(tmp_path, json.dumps(jaeger_ui(SPANS[:7])), "2")
    assert TraceFiles([first, second]).traces == [Trace(SPANS)]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path, "\n".join([LINES[0], "", LINES[1], LINES[2][:50], LINES[3]]))
    with pytest.raises(FileError) as caught:
        list(read_spans(path))
    assert caught.value.line == 4
    assert f"{path}:4: not JSON at column" in caught.value.message
    assert "expected OTLP JSON" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("rest", ["", "\n" + LINES[1]])
def test_a_broken_first_line_is_named(rest: str, tmp_path: Path) -> None:
    path = _file(tmp_path, LINES[0][:60] + rest)
    with pytest.raises(FileError, match=r"traces:1: not JSON"):
        list(read_spans(path))


def test_the_broken_line_of_a_printed_document_is_named_although_blank_lines_stand_before(
    tmp_path: Path,
) -> None:
    lines = json.dumps(otlp(SPANS), indent=2).splitlines()
    lines[10:10] = ["", "   "]
    lines[20] = '"broken'
    with pytest.raises(FileError, match=r"traces:21: not JSON"):
        list(read_spans(_file(tmp_path, "\n".join(lines))))


def test_json_that_is_not_a_trace_is_named_with_its_line_and_what_was_expected(tmp_path: Path) -> None:
    path = _file(tmp_path, '\n{"level": "info"}')
    with pytest.raises(FileError, match=r"an object with 'level' at 2; expected OTLP JSON"):
        list(read_spans(path))
    path = _file(tmp_path, "[1, 2]")
    with pytest.raises(FileError, match=r"a JSON number .* at 1: \[0\], the first of 2; expected OTLP JSON"):
        list(read_spans(path))


def test_what_is_no_trace_among_lines_that_are_is_left_out_and_counted(tmp_path: Path) -> None:
    left_out = LeftOut()
    path = _file(tmp_path, LINES[0] + '\n{"level": "info"}')
    assert len(list(read_spans(path, left_out))) == 1
    (reason,) = left_out.reasons
    assert (reason.unit, reason.text, reason.count) == (Unit.PART, "an object with 'level'", 1)
    assert reason.first == f"{path}:2"


def test_a_span_that_breaks_the_format_is_named_with_line_and_place(tmp_path: Path) -> None:
    left_out = LeftOut()
    path = _file(tmp_path, LINES[0] + "\n" + LINES[1].replace('"spanId": "', '"spanId": "x'))
    assert len(list(read_spans(path, left_out))) == 1
    assert left_out.reasons[0].first == f"{path}:2: resourceSpans[0].scopeSpans[0].spans[0]"
    assert left_out.reasons[0].text == "a span id that cannot be read"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\n \n", id="white space"),
        pytest.param(gzip.compress(b"", mtime=0), id="nothing, gzipped"),
    ],
)
def test_an_empty_file_is_said_to_be_empty(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="the file is empty"):
        list(read_spans(_file(tmp_path, content)))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b"\x0a\x00\x01\x02traces", "a binary file", id="control characters"),
        pytest.param(b"\x0a\xff\xfe", "not UTF-8", id="a stray byte"),
        pytest.param(b"\x28\xb5\x2f\xfd....", "zstd", id="zstd"),
        pytest.param(gzip.compress(LINES[0].encode(), mtime=0)[:-40], "broken gzip", id="half a gzip"),
        pytest.param(b"\x1f\x8b\x08\x00garbage-garbage-garbage", "broken gzip", id="gzip's header alone"),
        pytest.param(b"[" * 200_000, "nested", id="200,000 brackets"),
    ],
)
def test_a_file_that_is_no_text_is_said_to_be_none(content: bytes, what: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=what):
        list(read_spans(_file(tmp_path, content)))


def test_what_is_not_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        list(read_spans(tmp_path / "missing"))
    with pytest.raises(FileError, match="a directory"):
        list(read_spans(tmp_path))


def test_a_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(FileError, match="no permission"):
        list(read_spans(tmp_path / "any"))


@pytest.fixture
def files(tmp_path: Path) -> TraceFiles:
    spans = [span for trace in coupon_request(mode="link") for span in trace.spans]
    return TraceFiles([_file(tmp_path, json.dumps(otlp(spans)))])


def test_services_and_operations(files: TraceFiles) -> None:
    assert files.services() == ["coupon-api", "coupon-issuer", "coupon-notifier"]
    assert Operation("send coupon.requests", SpanKind.PRODUCER) in files.operations("coupon-api")
    assert files.operations("nobody") == []


def test_search_is_newest_first_and_cut_to_its_limit(files: TraceFiles) -> None:
    result = files.search(Query(limit=2))
    assert [trace.trace_id[0] for trace in result.traces] == ["7", "6"]
    assert (result.found, result.incomplete) == (3, ())
    assert files.search(Query(start_ns=START + 10**12)).traces == []


def test_an_unknown_service_names_the_nearest(files: TraceFiles) -> None:
    with pytest.raises(UnknownServiceError) as caught:
        files.search(Query(service="coupon-isuer"))
    assert caught.value.nearest[0] == "coupon-issuer"


def test_a_trace_is_found_by_the_beginning_of_its_id(files: TraceFiles) -> None:
    assert files.trace(TRACE_ID.upper()).trace_id == TRACE_ID
    assert files.trace("5b").trace_id == TRACE_ID
    with pytest.raises(TraceNotFoundError, match="there is no trace 99 in"):
        files.trace("99")


def test_a_beginning_that_fits_several_ids_is_refused(tmp_path: Path) -> None:
    other = coupon_request(trace_ids=("5b" + "0" * 30,) * 3)[0].spans
    files = TraceFiles([_file(tmp_path, json.dumps(otlp([*SPANS, *other])))])
    with pytest.raises(AmbiguousTraceIdError, match="2 trace ids"):
        files.trace("5b")
