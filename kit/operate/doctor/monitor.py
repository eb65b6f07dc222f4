"""Check that Jaeger's Monitor tab has data; if not, name the first broken link of its chain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from generator.components.prometheus.plan import MonitoringPlan
from kit.errors import MachineError
from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import MONITOR
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject

if TYPE_CHECKING:
    from kit.operate.prometheus_api import PrometheusClient

_HOUR_MS = 3_600_000
# Series of the collector's span_metrics by their labels: whatever their name is.
_COUNTED = 'span_kind!="",service_name!=""'
_CALLS = "traces_span_metrics_calls_total"
# The tab shows spans of this kind at first.
_SHOWN = 'span_kind="SPAN_KIND_SERVER"'
_OVERRIDDEN = (
    "the collector's override changes span_metrics: metric_namespace, latency_unit and normalize_* of Jaeger's "
    "metric_backends must fit"
)


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
    from kit.operate.prometheus_api import PrometheusClient

    looked = Looked("monitor tab", MONITOR, "request rates of the last hour in Jaeger")
    prometheus = subject.live.address("prometheus.http")
    try:
        if not prometheus:
            raise _BrokenError("Prometheus does not run", "kit up")
        with PrometheusClient(f"http://{prometheus}") as client:
            service = _service_in_prometheus(client, subject)
        if not service:
            yield looked.well("no requests in the last hour")
            return
        _answers(subject.jaeger, service)
    except MachineError as error:
        yield looked.fail(error.message, "kit logs prometheus")
        return
    except _BrokenError as broken:
        yield looked.fail(broken.found, broken.fix)
        return
    yield looked.well(f"Jaeger has the request rate of {service}")


def _service_in_prometheus(client: PrometheusClient, subject: Subject) -> str:
    """Return the service with the most requests of the last hour in Prometheus; empty if there were none."""
    busiest = f"topk(1, sum by (service_name) (count_over_time({_CALLS}{{{_SHOWN}}}[1h])))"
    for series in client.query(busiest):
        return series.labels["service_name"]
    if client.query(f"count(last_over_time({_CALLS}[1h]))"):
        return ""
    others = client.query(f'count by (__name__) ({{{_COUNTED},__name__=~".*calls.*"}})')
    if others:
        names = ", ".join(sorted(series.labels["__name__"] for series in others))
        raise _BrokenError(f"Prometheus has no {_CALLS}, but {names}", _OVERRIDDEN)
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
    interval = subject.live.deployment[MonitoringPlan].interval if subject.live else ""
    raise _BrokenError(
        f"the collector has received spans, but Prometheus has no {_CALLS}",
        f"they are sent every {interval}; if this line stays: kit validate, which checks the collector's pipelines",
    )


def _answers(jaeger: str, service: str) -> None:
    """Query what the tab shows first. Raises _BrokenError if Jaeger has nothing."""
    import httpx

    query: dict[str, str | int] = {
        "service": service, "endTs": int(time.time() * 1000), "lookback": _HOUR_MS,
        "step": 60_000, "ratePer": 600_000, "spanKind": "server",
    }  # fmt: skip
    try:
        answer = httpx.get(f"{jaeger}/api/metrics/calls", params=query, timeout=10, trust_env=False)
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
