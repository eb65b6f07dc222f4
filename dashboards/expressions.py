"""The PromQL of a dashboard as Prometheus gets it: with the values of Grafana's variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import promql_parser

from dashboards.model import Board

# A dashboard opens with this range, and with "All" for each variable at the top.
_RANGE = "1h"
_EVERY = ".*"
_VARIABLE = re.compile(r"\$(\w+)")
_IN_QUERY = re.compile(r"label_values\((?P<selector>.*), *(?P<label>\w+)\)")


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression of a dashboard.

    Attributes:
        board: Name of the dashboard's file, without `.json`.
        panel: Number of its panel; 0 for a variable at the top.
        name: Title of the panel and legend, for messages.
        promql: The expression, without Grafana's variables.
    """

    board: str
    panel: int
    name: str
    promql: str


def expressions(board: Board, interval: str = "1m") -> Iterator[Expression]:
    """Yield every expression of a dashboard, and the selectors of its variables.

    Args:
        board: The dashboard.
        interval: Value of `$__rate_interval`; at least four times the interval of the metrics.
    """
    for row in board.rows:
        for panel in row.panels:
            for query in panel.queries:
                name = f"{panel.title}: {query.legend}"
                yield Expression(board.name, panel.id, name, _filled(query.expression, interval))
    for choice in board.choices:
        found = _IN_QUERY.fullmatch(choice.query)
        if found is None:
            raise ValueError(f"{board.name}: {choice.query} is no label_values(selector, label)")
        yield Expression(board.name, 0, choice.label, _filled(found["selector"], interval))


def metric_names(board: Board) -> list[str]:
    """Return the names of all metrics that a dashboard reads, sorted."""
    return sorted({name for one in expressions(board) for name in selected(one.promql)})


def selected(promql: str) -> list[str]:
    """Return the names of the metrics in an expression.

    Raises:
        ValueError: The expression is not PromQL, or selects series without a name.
    """
    found: list[str] = []

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            if not node.name:
                raise ValueError(f"no metric is named: {node.prettify()}")
            found.append(node.name)

    promql_parser.walk(promql_parser.parse(promql), visit)
    return found


def _filled(promql: str, interval: str) -> str:
    values = {"__rate_interval": interval, "__range": _RANGE}
    return _VARIABLE.sub(lambda found: values.get(found[1], _EVERY), promql)
