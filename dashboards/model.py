"""Description of a dashboard: its rows of panels, each with the question that it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Form = Literal["timeseries", "stat", "bargauge"]
# Reads a value of each series only once, at the end of the time range.
SINGLE: tuple[Form, ...] = ("stat", "bargauge")
GREEN, ORANGE, RED = "green", "orange", "red"


@dataclass(frozen=True, slots=True)
class Query:
    """One expression of a panel.

    Attributes:
        expression: PromQL, with the dashboard's variables.
        legend: Name of each series, with its labels as `{{label}}`.
        exemplars: Whether to show the requests that the histogram remembers, each with a link to its trace.
        limit: Whether it is a limit and not a measurement: drawn as a dashed red line.
    """

    expression: str
    legend: str
    exemplars: bool = False
    limit: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        id: Its number. It is part of links to the panel, so it must never change.
        title: Subject of the panel.
        question: The question that it answers, and how to read the answer.
        unit: Unit of the values, as Grafana names it.
        queries: Its expressions.
        form: Kind of the panel.
        width: Number of columns, of 24.
        height: Number of lines of Grafana's grid.
        steps: Colour from each value on. The first colour is for all lower values.
        minimum: Lower end of the axis; None: chosen by Grafana.
        maximum: Upper end of the axis; None: chosen by Grafana.
        stacked: Whether the series are drawn on top of each other.
        traces: Labels of the series by which a click searches traces: the service, then the operation, if there is one.
    """

    id: int
    title: str
    question: str
    unit: str
    queries: tuple[Query, ...]
    form: Form = "timeseries"
    width: int = 12
    height: int = 8
    steps: Sequence[tuple[float | None, str]] = ((None, GREEN),)
    minimum: float | None = 0
    maximum: float | None = None
    stacked: bool = False
    traces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under one title.

    Attributes:
        id: Its number: a hundred. Its panels have the numbers after it.
        title: Common subject of the panels.
        panels: The panels, from left to right.
    """

    id: int
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable at the top of a dashboard, with values from a label.

    Attributes:
        name: Name of the variable in expressions, without `$`.
        label: Name for people.
        query: Query for its values.
    """

    name: str
    label: str
    query: str


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard.

    Attributes:
        uid: Its name in addresses. It must never change.
        title: Name for people.
        about: Its content, in a sentence.
        rows: Its panels.
        choices: Its variables, besides those for the data sources.
        file: Name of its file without `.json`; empty if it is the uid. Boards with one uid replace each other.
    """

    uid: str
    title: str
    about: str
    rows: tuple[Row, ...]
    choices: tuple[Choice, ...] = ()
    file: str = ""

    @property
    def name(self) -> str:
        """Name of its file without `.json`."""
        return self.file or self.uid


APPLICATION = Choice(
    "application", "Application", "label_values(traces_span_metrics_calls_total, application)"
)
SERVICE = Choice(
    "service",
    "Service",
    'label_values(traces_span_metrics_calls_total{application=~"$application"}, service_name)',
)
