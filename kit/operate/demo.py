"""`kit demo`: send a short load to the samples and show a trace that passes both queues."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kit.errors import MachineError
from kit.terminal import say

if TYPE_CHECKING:
    from analysis.model import Trace
    from analysis.sources.jaeger import JaegerClient

REQUESTS = 60
_CONCURRENCY = 4
_LOAD_SECONDS = 60.0
_SEARCH_SECONDS = 30.0
_POLL_SECONDS = 0.1


def run_demo(api: str, jaeger: str) -> list[Trace]:
    """Send a load to the sample API and return one trace through both queues, with the traces linked to it.

    Args:
        api: the base URL of coupon-api.
        jaeger: the base URL of Jaeger's query API.

    Raises:
        MachineError: the API or Jaeger does not answer, or no such trace is found in time.
    """
    import httpx

    from analysis.errors import AnalysisError
    from analysis.sources.jaeger import JaegerClient
    from sample_services.load import run_load

    say(f"sending {REQUESTS} requests for coupons to {api} …")
    try:
        load = run_load(api, REQUESTS, _CONCURRENCY, _LOAD_SECONDS)
    except httpx.HTTPError as error:
        raise MachineError(
            f"coupon-api at {api} does not answer: {error}", hint="kit logs coupon-api"
        ) from None
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(load.outcomes.items()))
    say(f"{load.accepted} accepted in {load.seconds:.1f} s; outcomes of the followed requests: {outcomes}")
    if not load.accepted:
        raise MachineError("coupon-api accepted no request", hint="kit logs coupon-api")
    ended = time.monotonic()
    trace_id = _delivered(api, list(zip(load.request_ids, load.trace_ids, strict=True)))
    try:
        with JaegerClient(jaeger) as client:
            found = _wait_for(client, trace_id)
    except AnalysisError as error:
        raise MachineError(error.message, hint=error.hint) from None
    say(f"searchable in Jaeger {time.monotonic() - ended:.1f} s after the last outcome")
    return found


def _delivered(api: str, requests: Sequence[tuple[str, str]]) -> str:
    """Return the trace id of the last delivered request: the first ones met services that were still warming up."""
    import httpx

    with httpx.Client(base_url=api, trust_env=False) as client:
        for request_id, trace_id in reversed(requests):
            answer = client.get(f"/coupons/{request_id}")
            if answer.is_success and answer.json()["status"] == "delivered":
                return trace_id
    raise MachineError("no coupon was delivered", hint="kit logs coupon-issuer coupon-notifier")


def _wait_for(client: JaegerClient, trace_id: str) -> list[Trace]:
    from kit.operate.verify.traces import is_whole, with_linked_traces

    deadline = time.monotonic() + _SEARCH_SECONDS
    while time.monotonic() < deadline:
        traces = with_linked_traces(client, trace_id)
        if is_whole(traces):
            return traces
        time.sleep(_POLL_SECONDS)
    raise MachineError(
        f"trace {trace_id} is still missing or incomplete in Jaeger after {_SEARCH_SECONDS:g} s",
        hint="check that all components are ready: kit status, then read: kit logs collector jaeger",
    )
