"""Critical paths of the requests of a table, by any of the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.critical_path.crisp_rule import HOST_KEYS, Crisp
from analysis.critical_path.jaeger_rule import walk_back
from analysis.critical_path.nesting import consumers_of_producers, nesting_of
from analysis.critical_path.path import Path, PathRule, path_of
from analysis.critical_path.queue_rule import Requests
from analysis.queue_wait import QUEUE_WAIT_ATTRIBUTE
from analysis.semantics import DESTINATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.columns.table import Mask, SpanTable

NEEDED = (QUEUE_WAIT_ATTRIBUTE, DESTINATION, *HOST_KEYS)
"""The attributes that a table must hold for critical paths."""

_MICROSECOND_NS = 1_000


def paths(table: SpanTable, rule: PathRule, matching: Mask) -> Iterator[Path]:
    """Yield the critical path of each request with a matching span.

    By the rule `queues`, a request may consist of several traces. By the others, it is one root or orphan of a trace.

    Args:
        table: All spans, with the attributes `NEEDED`.
        rule: The rule that finds the path.
        matching: Mask of the matching spans.
    """
    if rule is PathRule.QUEUES:
        yield from _through_queues(table, matching)
        return
    wanted = np.zeros(len(table.trace_ids), bool)
    wanted[table.trace[matching]] = True
    # A cycle of parents has no root: neither Jaeger's UI nor CRISP shows it.
    # A root without a known end has no path either.
    among = wanted[table.trace] & ~table.is_circular & ~table.unfinished
    roots = np.flatnonzero(among & table.is_top()).tolist()
    if rule is PathRule.JAEGER:
        nesting = nesting_of(table, consumers_of_producers(table), _MICROSECOND_NS)
        for root in roots:
            nesting.cut_to_parents(root)
            yield path_of(root, list(walk_back(nesting, root, nesting.end[root])))
        return
    crisp = Crisp(table, nesting_of(table, np.zeros(len(table), bool)))
    yield from (crisp.path(root) for root in roots)


def _through_queues(table: SpanTable, matching: Mask) -> Iterator[Path]:
    requests = Requests(table)
    wanted = set(requests.stage_of[matching].tolist())
    for root in requests.first_stages():
        if not wanted.isdisjoint(requests.stages(root)) and not requests.is_unfinished(root):
            yield requests.path(root)
