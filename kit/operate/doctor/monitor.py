"""Check that Jaeger's Monitor tab has data; if not, name the first broken link of its chain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from generator.components.prometheus.plan import MonitoringPlan
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import MONITOR
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

if TYPE_CHECKING:
    import httpx

_HOUR_MS = 3_600_000
# Series of the collector's span_metrics by their labels: whatever their name is.
_COUNTED = 'span_kind!="",service_name!=""'
_CALLS = "traces_span_metrics_calls_total"
# The tab shows spans of this kind at first.
_SHOWN = 'span_kind="SPAN_KIND_SERVER"'


class _BrokenError(Exception):
    """Raised at the first broken link: its state, and the next step."""

    def __init__(self, found: str, fix: str) -> None:
        super().__init__(found)
        self.found, self.fix = found, fix


def monitor(subject: Subject) -> Iterator[Line]:
    """Follow the numbers of the tab: collector → Prometheus → Jaeger."""
    if subject.live is None or subject.jaeger is None:
        return
    if not subject.live.deployment[MonitoringPlan].runs:
        return
    import httpx

    looked = Looked("monitor tab", MONITOR, "request rates of the last hour in Jaeger")
    prometheus = subject.live.address("prometheus.http")
    try:
        with httpx.Client(trust_env=False, timeout=10) as client:
            service = _service_in_prometheus(client, prometheus, subject)
            if not service:
                yield looked.well("no requests in the last hour")
                return
            _answers(client, subject.jaeger, service)
    except _BrokenError as broken:
        yield looked.fail(broken.found, broken.fix)
        return
    yield looked.well(f"Jaeger has the request rate of {service}")


def _service_in_prometheus(client: httpx.Client, prometheus: str, subject: Subject) -> str:
    """Return the service with the most requests of the last hour in Prometheus; empty if there were none."""
    busiest = f"topk(1, sum by (service_name) (count_over_time({_CALLS}{{{_SHOWN}}}[1h])))"
    for series in _query(client, prometheus, busiest):
        return str(series["service_name"])
    if _query(client, prometheus, f"{_CALLS}[1h]"):
        return ""
    others = _query(client, prometheus, f'count by (__name__) ({{{_COUNTED},__name__=~".*calls.*"}})')
    if others:
        names = ", ".join(sorted(series["__name__"] for series in others))
        raise _BrokenError(
            f"Prometheus has no {_CALLS}, but {names}",
            "the collector's override changes span_metrics: metric_namespace, latency_unit and normalize_* of Jaeger's "
            "metric_backends must fit",
        )
    collector = subject.metrics.get("collector")
    if collector is None:
        raise _BrokenError("the collector does not answer, so no spans are counted", "kit logs collector")
    failed = collector.by_reason("otelcol_exporter_send_failed_metric_points", "exporter")
    failed |= collector.by_reason("otelcol_exporter_enqueue_failed_metric_points", "exporter")
    if failed:
        raise _BrokenError(
            "Prometheus refuses the collector's metrics", "kit logs collector, kit logs prometheus"
        )
    if not collector.by_reason("otelcol_receiver_accepted_spans", ""):
        return ""
    sent = collector.by_reason("otelcol_exporter_sent_metric_points", "exporter")
    interval = subject.live.deployment[MonitoringPlan].interval if subject.live else ""
    raise _BrokenError(
        f"the collector has received spans, but Prometheus has no {_CALLS}",
        "kit logs prometheus" if sent else f"they are sent every {interval}; if this line stays: kit validate, "
        "which checks the collector's pipelines",
    )  # fmt: skip


def _query(client: httpx.Client, prometheus: str, expression: str) -> list[dict[str, str]]:
    import httpx

    if not prometheus:
        raise _BrokenError("Prometheus does not run", "kit up")
    try:
        answer = client.get(f"http://{prometheus}/api/v1/query", params={"query": expression})
    except httpx.HTTPError as error:
        raise _BrokenError(f"Prometheus does not answer: {error}", "kit logs prometheus") from None
    if not answer.is_success:
        raise _BrokenError(
            f"Prometheus answers {answer.status_code}: {answer.text[:200]}", "kit logs prometheus"
        )
    result: list[dict[str, Any]] = answer.json()["data"]["result"]
    return [series["metric"] for series in result]


def _answers(client: httpx.Client, jaeger: str, service: str) -> None:
    """Ask Jaeger for what the tab shows first. Raises _BrokenError if it has nothing."""
    import httpx

    query: dict[str, str | int] = {
        "service": service, "endTs": int(time.time() * 1000), "lookback": _HOUR_MS,
        "step": 60_000, "ratePer": 600_000, "spanKind": "server",
    }  # fmt: skip
    try:
        answer = client.get(f"{jaeger}/api/metrics/calls", params=query)
    except httpx.HTTPError as error:
        raise _BrokenError(f"Jaeger does not answer: {error}", "kit logs jaeger") from None
    if not answer.is_success:
        # 501: its config has no metric backend. 500: it cannot reach Prometheus.
        fix = "kit generate, then kit up" if answer.status_code == 501 else "kit logs jaeger"
        raise _BrokenError(f"Jaeger answers {answer.status_code}: {answer.text[:200].strip()}", fix)
    if not answer.json().get("metrics"):
        raise _BrokenError(
            f"Prometheus has requests of {service}, but Jaeger finds none: it reads other names",
            "jaeger/config.yaml: metric_backends needs normalize_calls and normalize_duration; kit generate --check",
        )


CHECK = Check("monitor tab", MONITOR, monitor)
