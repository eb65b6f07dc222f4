"""A trace is the same whichever format it comes in, however its spans are ordered and scattered."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.model import Event, Link, Span, SpanKind, StatusCode, Trace, parent_by_links, traces_of
from analysis.sources.documents import spans_of
from analysis.sources.files import TraceFiles
from tests.analysis.encoders import jaeger_ui, otlp

if TYPE_CHECKING:
    from analysis.model import Attributes

_US = 1_000
_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_key = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=6).map("k.{}".format)
_scalar = st.one_of(
    _text,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.binary(max_size=6),
)
_attributes: st.SearchStrategy[Attributes] = st.dictionaries(_key, _scalar, max_size=3)
_microseconds = st.integers(1_700_000_000_000_000, 1_800_000_000_000_000)
_trace_id = st.sampled_from(["1" * 32, "0" * 16 + "2" * 16])
_span_number = st.integers(1, 8)


@st.composite
def _span(draw: st.DrawFn) -> Span:
    start = draw(_microseconds)
    status = draw(st.sampled_from(StatusCode))
    parent = draw(st.integers(0, 9))
    trace_id, span_id = draw(_trace_id), f"{draw(_span_number):016x}"
    links = tuple(draw(st.lists(st.builds(Link, _trace_id, st.just("00000000000000ab")), max_size=2)))
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=f"{parent:016x}" if parent else parent_by_links(trace_id, span_id, links),
        name=draw(_text),
        kind=draw(st.sampled_from(SpanKind)),
        service=draw(st.sampled_from(["coupon-api", "coupon-issuer"])),
        start_ns=start * _US,
        end_ns=(start + draw(st.integers(0, 10**9))) * _US,
        attributes=draw(_attributes),
        resource=draw(_attributes),
        scope=draw(st.sampled_from(["", "redis"])),
        events=tuple(
            draw(
                st.lists(
                    st.builds(Event, _microseconds.map(lambda us: us * _US), _text, _attributes), max_size=2
                )
            )
        ),
        links=links,
        status=status,
        status_message=draw(_text) if status is StatusCode.ERROR else "",
    )


@given(st.lists(_span(), min_size=1, max_size=8))
def test_otlp_and_jaeger_json_decode_to_the_same_traces(spans: list[Span]) -> None:
    from_otlp = traces_of(spans_of(json.loads(json.dumps(otlp(spans)))))
    from_jaeger = traces_of(spans_of(json.loads(json.dumps(jaeger_ui(spans)))))
    assert from_otlp == traces_of(spans)
    assert from_jaeger == from_otlp


@settings(max_examples=40)
@given(st.lists(_span(), min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_order_and_scattering_over_lines_and_files_change_nothing(
    spans: list[Span], chance: random.Random
) -> None:
    expected = traces_of(spans)
    scattered = list(spans)
    chance.shuffle(scattered)
    cut = chance.randint(0, len(scattered))
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, part in enumerate((scattered[:cut], scattered[cut:])):
            if part:
                paths.append(_written(Path(folder) / str(number), part, chance))
        assert TraceFiles(paths).traces == expected


def _written(path: Path, spans: list[Span], chance: random.Random) -> Path:
    kind = chance.choice(["document", "pretty", "lines", "jaeger"])
    if kind == "lines":
        text = "".join(json.dumps(otlp([span])) + "\n" for span in spans)
    elif kind == "jaeger":
        text = json.dumps(jaeger_ui(spans), indent=chance.choice([None, 2]))
    else:
        text = json.dumps(otlp(spans), indent=2 if kind == "pretty" else None)
    raw = text.encode()
    path.write_bytes(gzip.compress(raw, mtime=0) if chance.random() < 0.5 else raw)
    return path


def test_a_trace_is_equal_to_itself_only() -> None:
    one = Span("1" * 32, "1" * 16, "", "a", SpanKind.SERVER, "s", 0, 1)
    other = Span("1" * 32, "1" * 16, "", "b", SpanKind.SERVER, "s", 0, 1)
    assert Trace([one]) == Trace([one])
    assert Trace([one]) != Trace([other])
