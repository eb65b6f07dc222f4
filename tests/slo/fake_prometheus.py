"""A server that answers queries as Prometheus does, with series that a test sets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

Key = tuple[str, str]


class FakePrometheus:
    """Recorded series by expression; each has a value by objective and limit.

    Attributes:
        series: Values by expression.
        asked: Every expression that was asked for.
        refusal: Status and text of every answer, if set.
    """

    def __init__(self) -> None:
        self.series: dict[str, Mapping[Key, float | str]] = {}
        self.asked: list[str] = []
        self.refusal: tuple[int, str] | None = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def set(
        self,
        key: Key,
        *,
        bad: Mapping[str, float],
        allowed: float = 0.01,
        requests: int = 10_000,
        alerts: tuple[str, ...] = (),
    ) -> None:
        """Set what Prometheus records about one limit.

        Args:
            key: Objective and limit.
            bad: Share of bad requests by window.
            allowed: Share that may be bad.
            requests: Requests in the whole time.
            alerts: Parts of the expressions whose alert is active.
        """
        for window, share in bad.items():
            self._add(f"kit:objective_bad:ratio_rate{window}", key, share)
        for window in ("1h", "6h"):
            if window in bad:
                self._add(f"kit:objective_burn:rate{window}", key, bad[window] / allowed)
        self._add("kit:objective_budget_left:ratio", key, 1 - bad["30d"] / allowed)
        for window in ("1h", "30d"):
            # The rules are evaluated each minute.
            self._add(f"sum_over_time(kit:objective_requests:rate5m[{window}]) * 60", key, requests)
        for alert in alerts:
            self._add(alert, key, 1)

    def _add(self, expression: str, key: Key, value: float) -> None:
        self.series[expression] = {**self.series.get(expression, {}), key: value}

    def result(self, expression: str) -> list[dict[str, Any]]:
        self.asked.append(expression)
        # An alert is found by a part of its expression.
        values = self.series.get(expression) or next(
            (it for part, it in self.series.items() if " > " in part and part in expression), {}
        )
        return [
            {"metric": {"objective": objective, "limit": limit}, "value": [0, str(value)]}
            for (objective, limit), value in values.items()
        ]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                (expression,) = parse_qs(body)["query"]
                status, text = fake.refusal or (
                    200,
                    json.dumps(
                        {
                            "status": "success",
                            "data": {"resultType": "vector", "result": fake.result(expression)},
                        }
                    ),
                )
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def fake_prometheus() -> Iterator[FakePrometheus]:
    fake = FakePrometheus()
    thread = threading.Thread(target=fake.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.server.shutdown()
        fake.server.server_close()
        thread.join()
