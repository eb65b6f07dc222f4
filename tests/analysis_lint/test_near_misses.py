"""Where a rule must fire, however the request looks, and what comes near and must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.lint.lint_rules import CHATTY_CALLS, LEAST_LOOP_MS, LEAST_REPEATS, MANY_REPEATS
from analysis.model import Attributes, Event, Link, Span, SpanKind, Trace
from tests.analysis.samples import span
from tests.analysis_lint.cases import QUERY, QUEUE, RECEIVED, SENT, consumed, handed_on, pool, stampede
from tests.analysis_lint.requests import Request, found, rules


@given(
    times=st.lists(st.floats(0.1, 40), min_size=1, max_size=14),
    between=st.booleans(),
    literals=st.booleans(),
)
def test_n_plus_one_fires_by_its_thresholds_alone(times: list[float], between: bool, literals: bool) -> None:
    request = Request()
    for number, took in enumerate(times):
        request.sql(QUERY.format(number if literals else "?"), took, gap=0.3)
        if between:
            request.step("render", 0.2, kind=SpanKind.INTERNAL, gap=0.1)
    # What is measured is whole nanoseconds.
    total = sum(one.duration_ns for one in request.spans if one.name == "SELECT") / 1e6
    loop = len(times) >= LEAST_REPEATS and (total >= LEAST_LOOP_MS or len(times) > MANY_REPEATS)
    assert rules(request.trace()) == (["KIT201"] if loop else [])


@pytest.mark.parametrize(("times", "fires"), [(10, False), (11, True)])
def test_many_fast_statements_are_a_loop_as_well(times: int, fires: bool) -> None:
    request = Request()
    for _ in range(times):
        request.sql(QUERY.format("?"), 1)
    assert rules(request.trace()) == (["KIT201"] if fires else [])


def test_n_plus_one_costs_all_but_one_of_its_statements() -> None:
    request = Request()
    for took in (10, 20, 30, 10, 10):
        request.sql(QUERY.format("?"), took)
    quiet = Request(at=1_800_000)
    (one,) = found([request.trace(), quiet.trace()])
    assert one.details["cost_ms_per_request"] == pytest.approx(50)
    assert one.details["cost_ms_per_hour"] == pytest.approx(100)
    assert one.details["requests"] == {"affected": 1, "all": 2}
    assert one.details["trace_ids"] == [request.trace_id]


@pytest.mark.parametrize("step", ["other tables", "side by side", "far apart", "two parents", "few"])
def test_what_is_no_n_plus_one(step: str) -> None:
    request = Request()
    parent = request.root
    for number in range(4 if step == "few" else 8):
        if step == "other tables":
            request.sql(QUERY.replace("items", f"table_{'abcdefgh'[number]}"), 12)
        elif step == "side by side":
            request.sql(QUERY.format("?"), 12, gap=-11)
        elif step == "far apart":
            request.sql(QUERY.format("?"), 8, gap=20)
        elif step == "two parents":
            parent = request.step("part", 0.1, kind=SpanKind.INTERNAL) if number in (0, 4) else parent
            attributes = {"db.system.name": "postgresql", "db.query.text": QUERY.format("?")}
            request.step("SELECT", 12, dict(attributes), parent=parent)
        else:
            request.sql(QUERY.format("?"), 20)
    assert rules(request.trace()) == []


@given(length=st.integers(3, 8), rounds=st.integers(1, 12), took=st.floats(6, 28), before=st.integers(0, 3))
def test_a_loop_of_some_statements_fires_from_five_rounds_on(
    length: int, rounds: int, took: float, before: int
) -> None:
    """Each statement is too far from its next for KIT201; others come before, and the last round is cut short."""
    request = Request()
    for number in range(before):
        request.sql(_of_table("xyz"[number]), took)
    for number in range(rounds * length + length - 1):
        request.sql(_of_table("abcdefgh"[number % length]), took)
    found_ = found(request.trace())
    assert [one.rule.id for one in found_] == (["KIT214"] if rounds >= LEAST_REPEATS else [])
    for one in found_:
        assert (one.details["rounds"], one.details["calls"]) == (rounds, rounds * length)
        saved = (rounds - 1) * length * took
        assert one.details["cost_ms_per_request"] == pytest.approx(saved, rel=1e-4)


@pytest.mark.parametrize(
    "change",
    ["four rounds", "another between", "far apart", "side by side", "two parents", "short", "redis", "part"],
)
def test_what_is_no_loop_of_statements(change: str) -> None:
    request = Request()
    parent = request.root
    if change == "part":
        request.sql("UPDATE items SET seen = 1", 4_200)  # 6 rounds of 3 x 12 ms are 4.9 % of both
    for number in range(4 if change == "four rounds" else 6):
        if change == "two parents":
            parent = request.step("part", 0.1, kind=SpanKind.INTERNAL) if number in (0, 3) else parent
        for table in ("items", "prices", "stock"):
            took = {"short": 2.6, "redis": 6.0}.get(change, 12.0)
            gap = {"far apart": 20.0, "side by side": -11.0}.get(change, 0.2)
            attributes: Attributes = {"db.system.name": "postgresql", "db.query.text": _of_table(table)}
            if change == "redis" and table != "stock":
                attributes = {"db.system.name": "redis", "db.operation.name": f"GET{table}"}
            elif change == "redis":
                continue
            request.step("call", took, attributes, gap=gap, parent=parent)
        if change == "another between":
            request.sql(_of_table("abcdef"[number]), 12)
    assert rules(request.trace()) == []


def test_redis_and_sql_may_take_turns() -> None:
    request = Request()
    for number in range(6):
        request.redis(f"HGET user:{number} name", 9)
        request.sql(_of_table("items"), 9)
    assert rules(request.trace()) == ["KIT214"]


def _of_table(name: str) -> str:
    return QUERY.replace("items", name)


@given(count=st.integers(1, 14), same_key=st.booleans(), stripped=st.booleans())
def test_a_loop_of_redis_commands_fires_from_five_on(count: int, same_key: bool, stripped: bool) -> None:
    request = Request()
    for number in range(count):
        request.redis("HGET" if stripped else f"HGET user:{0 if same_key else number} name")
    assert rules(request.trace()) == (["KIT202"] if count >= LEAST_REPEATS else [])


def test_a_poll_is_no_loop() -> None:
    request = Request()
    for _ in range(50):
        request.redis("GET job:7", gap=20)
    assert rules(request.trace()) == []


@given(count=st.integers(1, 22), break_at=st.integers(0, 22))
def test_chatty_redis_fires_where_nothing_lies_between(count: int, break_at: int) -> None:
    request = Request()
    for number in range(count):
        if number == break_at:
            request.sql("UPDATE items SET sold = ?", 3)
        request.redis(f"{'ABCDEFGHIJKLMNOPQRSTUV'[number]}CMD key:{number}")
    longest = count if not 0 < break_at < count else max(break_at, count - break_at)
    assert rules(request.trace()) == (["KIT203"] if longest >= CHATTY_CALLS else [])


def test_a_loop_is_not_told_as_chatty_as_well() -> None:
    request = Request()
    for number in range(20):
        request.redis(f"GET user:{number}")
    assert rules(request.trace()) == ["KIT202"]


@given(times=st.lists(st.floats(5, 120), min_size=1, max_size=6), method=st.sampled_from(["GET", "HEAD"]))
def test_serial_reads_fire_where_they_save_enough(times: list[float], method: str) -> None:
    request = Request()
    for number, took in enumerate(times):
        request.http(method, f"/part/{number}", took)
    saved = sum(times) - max(times)
    fires = len(times) >= 3 and min(times) >= 25 and saved >= 100
    close = any(abs(value - limit) < 1e-3 for value, limit in ((saved, 100), (min(times), 25)))
    assert close or rules(request.trace()) == (["KIT204"] if fires else [])


def test_serial_calls_save_all_but_the_longest() -> None:
    request = Request()
    for took in (80, 90, 70):
        request.http("GET", "/part", took)
    (one,) = found(request.trace())
    assert one.details["saved_ms"] == pytest.approx(150)
    assert one.how_bad == "error"  # it costs 100 ms and more


def test_different_writes_in_a_row_may_need_each_other_and_equal_ones_rarely_do() -> None:
    different, equal = Request(), Request()
    for number, name in enumerate(("POST reserve", "POST charge", "POST ship")):
        different.http("POST", f"/{number}", 90).name = name
        equal.http("POST", f"/notify/{number}", 90)
    assert rules(different.trace()) == []
    assert rules(equal.trace()) == ["KIT204"]


def test_a_small_part_of_a_long_request_is_not_worth_it() -> None:
    request = Request()
    for took in (80, 90, 70):
        request.http("GET", "/part", took)
    assert rules(request.trace(idle=2_000)) == []


def test_queries_without_parameters_could_be_parallel() -> None:
    def asked(second: str) -> list[str]:
        request = Request()
        request.sql("SELECT count(*) FROM orders", 150)
        request.sql(second, 140)
        return rules(request.trace())

    assert asked("SELECT count(*) FROM users") == ["KIT204"]
    assert asked("SELECT * FROM users WHERE id = ?") == []
    assert asked("UPDATE totals SET seen = seen") == []


@given(wait=st.floats(0, 200))
def test_a_wait_for_the_pool_counts_by_its_share(wait: float) -> None:
    waited = round(wait * 1_000_000) / 1e6
    took = waited + 8 + 30 + 0.4
    fires = waited >= 10 and waited >= 0.1 * took
    assert rules(pool(wait)) == (["KIT205"] if fires else [])


def test_a_short_wait_in_a_long_request_is_no_matter() -> None:
    request = Request()
    request.step("pool checkout", 20, {"db.client.connection.pool.name": "orders"}, kind=SpanKind.INTERNAL)
    assert rules(request.trace(idle=500)) == []


def test_a_statement_that_names_its_pool_is_no_wait() -> None:
    request = Request()
    call = request.sql("SELECT 1", 90)
    call.attributes["db.client.connection.pool.name"] = "orders"
    assert rules(request.trace()) == []
    request.step("connection pool wait", 50, kind=SpanKind.INTERNAL)
    assert rules(request.trace()) == ["KIT205"]


@given(apart=st.floats(0.01, 40))
def test_a_stampede_is_five_loads_in_flight_at_once(apart: float) -> None:
    traces = stampede(apart)
    loads = [(trace.spans[1].start_ns, trace.spans[3].end_ns) for trace in traces]
    together = max(sum(start <= at < end for start, end in loads) for at, _ in loads)
    assert rules(traces) == (["KIT206"] if together >= 5 else [])


def test_loads_of_many_keys_are_no_stampede_and_marked_misses_are() -> None:
    def marked(result: object, *, keys: int) -> list[str]:
        traces = []
        for number in range(10):
            request = Request(at=number, path=f"/items/{number % keys}")
            request.root.attributes["item.cache.result"] = result  # type: ignore[assignment]
            request.sql("SELECT * FROM products WHERE id = ?", 30)
            traces.append(request.trace())
        return rules(traces)

    assert marked("miss", keys=1) == ["KIT206"]
    assert marked("miss", keys=10) == []
    assert marked("hit", keys=1) == marked("wait", keys=1) == []


def test_a_stampede_costs_all_loads_but_the_first() -> None:
    (one,) = found(stampede(1))
    assert one.details["requests"]["affected"] == 9
    assert "10 loads of product:7 at once" in one.found


@given(outcomes=st.lists(st.booleans(), min_size=1, max_size=6))
def test_a_retry_follows_a_failure_of_the_same_call(outcomes: list[bool]) -> None:
    request = Request()
    for failed in outcomes:
        request.http("POST", "/charge", 3, gap=30, error=failed)
    assert rules(request.trace()) == (["KIT207"] if any(outcomes[:-1]) else [])


def test_another_call_after_a_failure_is_no_retry_and_a_resent_one_is() -> None:
    request = Request()
    request.http("POST", "/charge", 3, error=True)
    request.http("POST", "/refund", 3)
    request.http("POST", "/charge/other", 3, gap=-2)
    assert rules(request.trace()) == []
    request.http("GET", "/status", 3, more={"http.request.resend_count": 1})
    assert rules(request.trace()) == ["KIT207"]


def test_one_message_to_two_services_is_no_retry() -> None:
    def process(service: str) -> Span:
        attributes: Attributes = {**QUEUE, "messaging.message.id": "1-0"}
        made = request.step(
            "process orders", 5, attributes, kind=SpanKind.CONSUMER, error=service == "billing"
        )
        made.service = service
        return made

    request = Request()
    process("billing")
    process("mail")
    assert rules(request.trace()) == []
    process("billing").service = "mail"
    process("mail")
    assert rules(request.trace()) == ["KIT207"]


def test_a_retry_in_one_of_more_than_a_hundred_requests_is_life() -> None:
    failing = Request()
    failing.http("POST", "/charge", 3, error=True)
    failing.http("POST", "/charge", 3)
    others = [Request(at=number).trace() for number in range(1, 102)]
    assert rules([failing.trace(), *others[:99]]) == ["KIT207"]
    assert rules([failing.trace(), *others]) == []


def _process(**more: object) -> Trace:
    options = {"kind": SpanKind.CONSUMER, "service": "billing", "trace_id": RECEIVED, **more}
    return Trace([span("process orders", 3, 9, attributes=dict(QUEUE), **options)])  # type: ignore[arg-type]


def test_a_consumer_with_nothing_above_it_lost_its_context() -> None:
    assert rules(_process()) == ["KIT209"]
    assert rules(_process(parent="f" * 16)) == ["KIT208"]


def test_a_producer_before_the_window_or_not_yet_there_is_not_missing() -> None:
    linked = _process(links=(Link(SENT, "e" * 16),))
    start = linked.start_ns
    assert rules(linked, window_ns=(start - 10_000_000, start + 60 * 10**9)) == ["KIT208"]
    assert rules(linked, window_ns=(start - 1_000_000, start + 60 * 10**9)) == []
    lately = {"window_ns": (start - 10_000_000, start + 5 * 10**9), "live": True}
    assert rules(linked, **lately) == []
    assert rules(_process(parent="f" * 16), **lately) == []


def test_a_consumer_that_does_not_say_how_long_it_waited_is_given_the_benefit_of_the_doubt() -> None:
    (linked,) = (trace for trace in consumed(stored=False) if trace.trace_id == RECEIVED)
    del linked.spans[0].attributes["messaging.redis.queue_wait_ms"]
    early = span("nightly", -500, -400, trace_id="c" * 32)
    assert rules([linked, Trace([early])]) == []


@pytest.mark.parametrize(
    "change", ["other path", "other method", "outside", "answered", "two calls", "own service"]
)
def test_a_request_is_told_apart_from_others_at_the_same_time(change: str) -> None:
    caller, called = handed_on(joined=False)
    root, traces = called.spans[0], [caller, called]
    if change == "other path":
        root.attributes["url.path"] = "/other"
    elif change == "other method":
        root.attributes["http.request.method"] = "PUT"
    elif change == "outside":
        root.end_ns += 30_000_000
    elif change == "own service":
        root.service = caller.spans[1].service
    elif change == "answered":
        call = caller.spans[1]
        answer = span(
            "POST /items",
            3,
            9,
            kind=SpanKind.SERVER,
            service="stock",
            parent=call,
            trace_id=caller.trace_id,
            attributes={"http.request.method": "POST", "http.route": "/items", "url.path": "/items"},
        )
        traces = [Trace([*caller.spans, answer]), called]
    else:
        traces.append(handed_on(joined=False)[0])
    assert rules(traces) == []


def test_a_caller_that_exports_no_spans_is_no_lost_span() -> None:
    request = Request()
    request.root.parent_span_id = "f" * 16
    assert rules(request.trace()) == []
    inner = Request()
    inner.spans[0].kind = SpanKind.INTERNAL
    inner.spans[0].parent_span_id = "f" * 16
    assert rules(inner.trace()) == ["KIT210"]


def test_both_spellings_at_once_are_the_way_over() -> None:
    request = Request()
    request.root.attributes["http.method"] = "GET"
    assert rules(request.trace()) == []
    request.root.attributes["http.target"] = "/items/7"
    assert rules(request.trace()) == []
    request.root.attributes["net.peer.name"] = "here"
    (one,) = found(request.trace())
    assert (one.rule.id, one.expected) == ("KIT211", "server.address")


@pytest.mark.parametrize(
    ("name", "times", "fires"),
    [
        ("shard {n}", 9, False),
        ("GET /v{n}/items", 3, False),
        ("GET /users/{n}", 10, True),
        ("load 0b5a3c1e-7f2d-4c8b-9d6e-00000000000{n}", 2, True),
        ("load 0b5a3c1e-7f2d-4c8b-9d6e-00000000000{n}", 1, False),
        ("load feedfacefeedface", 2, False),
        ("GET object/5f3e9a7c1b2d4e6{n}", 2, True),
    ],
)
def test_names_are_unbounded_by_their_values(name: str, times: int, fires: bool) -> None:
    traces = []
    for number in range(times):
        request = Request(at=number)
        request.step(name.replace("{n}", str(number)), 1, kind=SpanKind.INTERNAL)
        traces.append(request.trace())
    assert rules(traces) == (["KIT213"] if fires else [])


@pytest.mark.parametrize(
    ("service", "missing"), [("unknown_service", True), ("unknown_service:python", True), ("shop", False)]
)
def test_a_service_has_a_name(service: str, missing: bool) -> None:
    assert rules(Request(service=service).trace()) == (["KIT212"] if missing else [])


@pytest.mark.parametrize(("lacking", "fires"), [(1, False), (2, True)])
def test_an_attribute_may_be_missing_on_one_span_of_a_hundred(lacking: int, fires: bool) -> None:
    requests = [Request(at=number) for number in range(100)]
    for request in requests[:lacking]:
        del request.root.attributes["http.route"]
    assert rules([one.trace() for one in requests]) == (["KIT212"] if fires else [])


def test_an_exception_among_the_events_says_what_failed() -> None:
    request = Request()
    work = request.step("price", 5, kind=SpanKind.INTERNAL, error=True)
    del work.attributes["error.type"]
    assert rules(request.trace()) == ["KIT212"]
    work.events = (Event(work.start_ns, "exception", {"exception.type": "KeyError"}),)
    assert rules(request.trace()) == []


def test_what_matched_no_route_needs_none() -> None:
    request = Request()
    del request.root.attributes["http.route"]
    request.root.attributes["http.response.status_code"] = 404
    assert rules(request.trace()) == []
