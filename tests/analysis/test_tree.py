from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.model import Link, Span, SpanKind, Trace, traces_of
from analysis.terminal_text import width_of
from analysis.tree import draw
from analysis.tree_rows import ORPHANS_HEADING, rows_of
from tests.analysis.samples import coupon_request, span

PARENT_100 = """\
Trace 5b8efff798038103d269b633813fc60c
2026-11-21 11:31:50.568 UTC · 280 ms · 12 spans · 2 errors
coupon-api 5 · coupon-issuer 5 · coupon-notifier 2

service         span                                  kind        took  queued 0              280 ms
coupon-api      POST /campaigns/{campaign_id}/coupons server   11.8 ms         █
coupon-api      ├─ GET                                client    700 µs         ▌
coupon-api      └─ send coupon.requests               producer 1.30 ms         ▐
coupon-issuer      └─ process coupon.requests         consumer 39.3 ms 52.1 ms ░░░░▐███
coupon-issuer         ├─ EVALSHA                      client   1.10 ms             ▐
coupon-issuer         ├─ pool wait                    internal 14.7 ms             ▐█
coupon-issuer         ├─ INSERT coupons               client   17.4 ms              ▐█▌
coupon-issuer         └─ send coupon.issued           producer 1.40 ms                ▌
coupon-notifier          └─ process coupon.issued     consumer 39.2 ms  141 ms        ░░░░░░░░░░░███
coupon-notifier             └─ POST                   client   36.6 ms                           ███
coupon-api                     └─ ✗ POST /deliveries  server   31.4 ms                           ███
coupon-api                        └─ ✗ UPDATE coupons client   22.4 ms                           ▐█▌

░ waiting in the queue · ✗ error
"""

LINK_60_ASCII = """\
Trace 5b8efff798038103d269b633813fc60c
  ~ 6b8efff798038103d269b633813fc60c (linked)
  ~ 7b8efff798038103d269b633813fc60c (linked)
2026-11-21 11:31:50.568 UTC - 280 ms - 12 spans - 2 errors
coupon-api 5 - coupon-issuer 5 - coupon-notifier 2

service    span               kind    took  queued 0  280 ms
coupon-api POST /campaigns/.. srv  11.8 ms         #
coupon-api |GET               cli   700 us         #
coupon-api `send coupon.req.. prod 1.30 ms         #
coupon-i..  ~process coupon.. cons 39.3 ms 52.1 ms ..##
coupon-i..   |EVALSHA         cli  1.10 ms           #
coupon-i..   |pool wait       int  14.7 ms           #
coupon-i..   |INSERT coupons  cli  17.4 ms           ##
coupon-i..   `send coupon.i.. prod 1.40 ms            #
coupon-n..    ~process coup.. cons 39.2 ms  141 ms    ....##
coupon-n..     `POST          cli  36.6 ms                ##
coupon-api      `! POST /de.. srv  31.4 ms                ##
coupon-api       `! UPDATE .. cli  22.4 ms                ##

. waiting in the queue
~ another trace, joined by a span link - ! error
srv server - cli client - prod producer - cons consumer
int internal
"""


def _text(*traces: Trace, **options: object) -> str:
    return "\n".join(draw(traces, **options)) + "\n"  # type: ignore[arg-type]


def _names(*traces: Trace) -> list[tuple[int, str]]:
    return [(row.depth, row.span.name if row.span else row.heading) for row in rows_of(traces)]


def test_a_trace_over_two_queues() -> None:
    assert _text(*coupon_request(), width=100) == PARENT_100


def test_three_linked_traces_on_a_narrow_terminal_in_ascii() -> None:
    assert _text(*coupon_request(mode="link"), width=60, ascii_only=True) == LINK_60_ASCII


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_linked_traces_read_as_one_whichever_was_asked_for(asked: int) -> None:
    traces = coupon_request(mode="link")
    traces.insert(0, traces.pop(asked))
    assert _names(*traces) == _names(*coupon_request())


def test_a_linked_trace_stands_whole_under_the_span_that_one_of_its_spans_links_to() -> None:
    send = span("send", 0, 1, kind=SpanKind.PRODUCER)
    batch = span("receive batch", 2, 9, trace_id="b" * 32)
    process = span(
        "process", 3, 4, parent=batch, trace_id="b" * 32, links=(Link(send.trace_id, send.span_id),)
    )
    assert _names(Trace([send]), Trace([batch, process])) == [
        (0, "send"),
        (1, "receive batch"),
        (2, "process"),
    ]


def test_traces_that_link_to_each_other_are_both_drawn() -> None:
    a = span("a", 0, 1, trace_id="a" * 32, span_id="a" * 16, links=(Link("b" * 32, "b" * 16),))
    b = span("b", 1, 2, trace_id="b" * 32, span_id="b" * 16, links=(Link("a" * 32, "a" * 16),))
    assert sorted(name for _, name in _names(Trace([a]), Trace([b]))) == ["a", "b"]


def test_orphans_stand_under_a_heading_of_their_own() -> None:
    root, orphan = span("root", 0, 9), span("orphan", 1, 2, parent="00000000000000ff")
    below = span("below", 1, 2, parent=orphan)
    trace = Trace([root, orphan, below])
    assert _names(trace) == [(0, "root"), (0, ORPHANS_HEADING), (1, "orphan"), (2, "below")]
    assert ORPHANS_HEADING in _text(trace)


def test_a_span_that_starts_before_its_parent_is_marked_and_explained() -> None:
    parent = span("parent", 5, 9)
    text = _text(Trace([parent, span("child", 1, 2, parent=parent)]))
    assert "◂ child" in text
    assert "◂ starts before the span above it: clocks disagree" in text
    assert "◂" not in _text(*coupon_request())


def test_a_trace_that_took_no_time_is_drawn() -> None:
    (row,) = [line for line in draw(Trace([span("instant", 0, 0)])) if "instant" in line]
    assert "0 ns" in row
    assert "▌" in row


def test_a_large_trace_is_cut_and_says_so() -> None:
    root = span("root", 0, 9)
    trace = Trace([root, *(span("child", n, n + 1, parent=root, error=n > 9_900) for n in range(1, 10_001))])
    lines = draw(trace, max_rows=50)
    assert "… 9,951 more, 100 of them with an error" in lines
    assert len([line for line in lines if line.startswith("coupon-api ")]) == 51  # with the heading's
    assert len(draw(trace, max_rows=None)) > 10_000


def test_a_chain_of_ten_thousand_spans_is_drawn_within_the_width() -> None:
    spans = [span("s0", 0, 1)]
    for n in range(1, 10_000):
        spans.append(span(f"s{n}", 0, 1, parent=spans[-1]))
    lines = draw(Trace(spans), width=80, max_rows=None)
    assert any("s9999" in line for line in lines)
    assert max(map(width_of, lines)) <= 80


def test_a_name_cannot_act_on_the_terminal() -> None:
    text = _text(Trace([span("\x1b[2Jclear\nline\x07", 0, 1, service="\x1b]0;title\x07")]))
    assert "\x1b" not in text
    assert "\ufffd[2Jclear\ufffdline" in text


def test_ascii_stays_ascii() -> None:
    trace = Trace([span("kaffee ☕ 注文", 0, 0.0005, service="カフェ", error=True)])
    assert _text(trace, ascii_only=True).isascii()


def test_colour_changes_nothing_but_colour() -> None:
    coloured = _text(*coupon_request(mode="link"), colour=True)
    assert re.sub(r" +$", "", re.sub(r"\x1b\[\d+m", "", coloured), flags=re.MULTILINE) == _text(
        *coupon_request(mode="link")
    )
    assert "\x1b[31m✗ POST /deliveries" in coloured


def test_no_trace_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="no trace"):
        draw([])


@st.composite
def _spans(draw_: st.DrawFn) -> list[Span]:
    shape = draw_(
        st.lists(
            st.tuples(
                st.integers(1, 9),
                st.integers(0, 10),
                st.integers(0, 50),
                st.integers(-2, 10**6),
                st.sampled_from(["a" * 32, "b" * 32]),
                st.integers(0, 12),
                st.text(max_size=60),
            ),
            min_size=1,
            max_size=14,
        )
    )
    return [
        span(
            name,
            start,
            start + length,
            span_id=f"{own:016x}",
            parent=f"{parent:016x}" if parent else "",
            trace_id=trace_id,
            links=(Link("a" * 32, f"{link:016x}"),) if link else (),
            kind=list(SpanKind)[own % 6],
            service=["coupon-api", "カフェ"][own % 2],
            error=own == 3,
        )
        for own, parent, start, length, trace_id, link, name in shape
    ]


@given(_spans(), st.integers(60, 200), st.booleans(), st.randoms(use_true_random=False))
def test_every_span_is_drawn_once_within_the_width_whatever_the_trace_and_the_order(
    spans: list[Span], width: int, ascii_only: bool, chance: random.Random
) -> None:
    traces = traces_of(spans)
    drawn = [id(row.span) for row in rows_of(traces) if row.span is not None]
    assert sorted(drawn) == sorted(id(one) for trace in traces for one in trace.spans)
    lines = draw(traces, width=width, ascii_only=ascii_only)
    assert max(map(width_of, lines)) <= width
    shuffled = list(spans)
    chance.shuffle(shuffled)
    assert draw(traces_of(shuffled), width=width, ascii_only=ascii_only) == lines
