"""What is written is read again as the same."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from analysis.compare.otlp_lines import line
from analysis.model import Event, Link, Span, SpanKind, StatusCode, Trace
from analysis.sources.documents import spans_of
from tests.analysis.samples import coupon_request, span

if TYPE_CHECKING:
    from analysis.model import AttributeValue

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=8), st.binary(max_size=8)
) | st.floats(allow_nan=False)
VALUES: st.SearchStrategy[AttributeValue] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)
ATTRIBUTES = st.dictionaries(st.text(min_size=1, max_size=8), VALUES, max_size=4)
IDS = st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}")
TIMES = st.integers(1, 2**62)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    return Span(
        trace_id="5" * 32,
        span_id=draw(IDS),
        parent_span_id=draw(st.just("") | IDS),
        name=draw(st.text(max_size=8)),
        kind=draw(st.sampled_from(SpanKind)),
        service=draw(st.text(min_size=1, max_size=8)),
        start_ns=draw(TIMES),
        end_ns=draw(TIMES),
        attributes=draw(ATTRIBUTES),
        resource={key: value for key, value in draw(ATTRIBUTES).items() if key != "service.name"},
        scope=draw(st.text(max_size=4)),
        events=tuple(draw(st.lists(st.builds(Event, TIMES, st.text(max_size=4), ATTRIBUTES), max_size=2))),
        links=tuple(draw(st.lists(st.builds(Link, st.just("6" * 32), IDS, ATTRIBUTES), max_size=2))),
        status=draw(st.sampled_from(StatusCode)),
        status_message=draw(st.text(max_size=4)),
    )


@given(st.lists(spans(), min_size=1, max_size=5))
def test_a_trace_is_read_as_it_was_written(members: list[Span]) -> None:
    trace = Trace(members)
    text = line(trace)
    assert "\n" not in text
    assert Trace(spans_of(json.loads(text))) == trace


def test_what_json_has_no_number_for() -> None:
    odd = span("odd", 0, 1, attributes={"most": math.inf, "least": -math.inf, "none": math.nan})
    (back,) = spans_of(json.loads(line(Trace([odd]))))
    assert (back.attributes["most"], back.attributes["least"]) == (math.inf, -math.inf)
    assert math.isnan(back.attributes["none"])  # type: ignore[arg-type]


def test_what_jaeger_adds_at_each_reading_is_left_out() -> None:
    (trace,) = coupon_request()
    clean = line(trace)
    trace.spans[0].attributes["@jaeger@warnings"] = ["clock skew"]
    assert line(trace) == clean
