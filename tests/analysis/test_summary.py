from __future__ import annotations

import json

from analysis.model import Event, Link, Trace
from analysis.summary import summary_of, table
from analysis.terminal_text import width_of
from analysis.whole_trace import with_all_spans
from kit.printing import plain
from tests.analysis.samples import START, TRACE_ID, coupon_request, span

SUMMARY = summary_of(coupon_request()[0])


def test_a_summary_says_what_a_list_of_traces_shows() -> None:
    assert (SUMMARY.trace_id, SUMMARY.start_ns, SUMMARY.spans, SUMMARY.errors) == (TRACE_ID, START, 12, 2)
    assert (SUMMARY.root.service, SUMMARY.root.name) == (
        "coupon-api",
        "POST /campaigns/{campaign_id}/coupons",
    )
    assert SUMMARY.duration_ns == 280_200_000


def test_the_table_is_cut_to_the_terminal_but_ids_stay_whole() -> None:
    lines = table([SUMMARY], width=110)
    assert max(map(width_of, lines)) <= 110
    assert TRACE_ID in lines[1]
    assert "…" in lines[1]
    assert "coupon-api, coupon-issuer, coupon-notifier" in table([SUMMARY], width=None)[1]


def test_a_table_of_nothing_has_its_heads() -> None:
    assert table([], width=80) == ["start (UTC)  trace id  took  spans  errors  services  root"]


def test_a_missing_root_is_told() -> None:
    summary = summary_of(Trace([span("orphan", 0, 1, parent="00000000000000ff")]))
    assert "coupon-api: orphan (root missing)" in table([summary], width=None)[1]
    assert plain(summary)["root"] == {"service": "coupon-api", "name": "orphan", "missing": True}


def test_plain_data_is_json_whatever_the_attributes() -> None:
    one = span(
        "one",
        0,
        1,
        attributes={"bytes": b"\x01", "nan": float("nan"), "list": [1, b"\x02"], "map": {"a": None}},
    )
    one.events = (Event(START, "e", {"n": 1}),)
    one.links = (Link("a" * 32, "b" * 16, {"n": 1}),)
    (trace,) = with_all_spans([Trace([one])])
    (told,) = json.loads(json.dumps(plain(trace), allow_nan=False))["spans"]
    assert told["attributes"] == {"bytes": "AQ==", "nan": "nan", "list": [1, "Ag=="], "map": {"a": None}}
    assert told["start_time"] == "2026-11-21T11:31:50.568000000Z"
    assert told["start_time_unix_nano"] == str(START)
    assert told["parent_span_id"] is None
    assert told["links"][0]["trace_id"] == "a" * 32


def test_a_year_that_no_calendar_has_is_no_crash() -> None:
    one = span("one", 0, 1)
    one.start_ns = one.end_ns = 2**63
    summary = summary_of(Trace([one]))
    assert (
        "9223372036854775808 ns since 1970" in table([summary], width=None)[1]
        or "2262-" in table([summary], width=None)[1]
    )
    assert plain(summary)["start_time_unix_nano"] == str(2**63)
