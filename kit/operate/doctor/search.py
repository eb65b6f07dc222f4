"""Check that Jaeger answers a search."""

from __future__ import annotations

import time
from collections.abc import Iterator

from kit.operate.doctor.check import Check
from kit.operate.doctor.doctor_rules import SEARCH
from kit.operate.doctor.line import Line, Looked
from kit.operate.doctor.subject import Subject


def search(subject: Subject) -> Iterator[Line]:
    """Search each kind of table: list the services, then the newest traces of one of them."""
    url = subject.jaeger
    if url is None:
        return
    from analysis.errors import AnalysisError
    from analysis.search import Query
    from analysis.sources.jaeger import JaegerClient

    looked = Looked("search", SEARCH, "an answer from Jaeger's query API")
    began = time.monotonic()
    try:
        with JaegerClient(url, timeout_s=10) as client:
            services = client.services()
            found = client.search(Query(service=services[0], limit=1)).traces if services else []
    except AnalysisError as error:
        yield looked.fail(error.message, error.hint)
        return
    took = f"answered in {(time.monotonic() - began) * 1000:.0f} ms"
    traces = "" if found or not services else f", {services[0]} has no trace of the last hour"
    yield looked.well(f"{len(services)} services, {took}{traces}")


CHECK = Check("search", SEARCH, search)
