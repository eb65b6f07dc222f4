"""Board ⇒ the classic JSON of Grafana, built with the foundation SDK. The same board gives the same bytes."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.model import SINGLE, Board, Choice, Panel, Query
from dashboards.trace_links import links

TAG = "tracing-kit"
SOURCE = common_model.DataSourceRef(type_val="prometheus", uid="${datasource}")
# The refresh rates of Grafana start at 5s. Metrics arrive each 15 seconds by default.
_REFRESH = "30s"
_LIMITS = "limit.*"

AnyPanel = TypeVar("AnyPanel", timeseries.Panel, stat.Panel, bargauge.Panel)


def text_of(board: Board) -> str:
    """Return the content of a dashboard's file."""
    built: dict[str, Any] = json.loads(json.dumps(_dashboard(board).build(), cls=JSONEncoder))
    for link in built["links"]:
        # The SDK's default hides it in a menu.
        del link["placement"]
    for variable in built["templating"]["list"]:
        # Keys of another kind of variable, which Grafana's own types do not allow here.
        for key in ("auto", "auto_count", "auto_min"):
            del variable[key]
    for panel in (panel for row in board.rows for panel in row.panels if panel.traces):
        found = next(it for it in built["panels"] if it["id"] == panel.id)
        # Not with the SDK: its type of these links is the one of a dashboard's links, with other keys.
        found["fieldConfig"]["defaults"]["links"] = links(panel.traces)
    return json.dumps(built, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _dashboard(board: Board) -> dashboard.Dashboard:
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags([TAG])
        .readonly()
        .refresh(_REFRESH)
        .time("now-1h", "now")
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("Dashboards")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
        .with_variable(_source("datasource", "Metrics", "prometheus"))
        .with_variable(_source("traces", "Traces", "jaeger"))
    )
    for choice in board.choices:
        built = built.with_variable(_variable(choice))
    for row in board.rows:
        built = built.with_row(dashboard.Row(row.title).id(row.id))
        for panel in row.panels:
            built = built.with_panel(_panel(panel))
    return built


def _source(name: str, label: str, kind: str) -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable(name).label(label).type(kind)


def _variable(choice: Choice) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(choice.name)
        .label(choice.label)
        .datasource(SOURCE)
        .query({"query": choice.query, "refId": f"Variable-{choice.name}"})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _panel(panel: Panel) -> Builder[model.Panel]:
    if panel.form == "stat":
        return _common(panel, stat.Panel().reduce_options(_last()).orientation(_HORIZONTAL))
    if panel.form == "bargauge":
        return _common(panel, bargauge.Panel().reduce_options(_last()).orientation(_HORIZONTAL))
    built = (
        timeseries.Panel()
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .placement(common_model.LegendPlacement.BOTTOM)
            .display_mode(common_model.LegendDisplayMode.LIST)
        )
        .tooltip(
            common.VizTooltipOptions()
            .mode(common_model.TooltipDisplayMode.MULTI)
            .sort(common_model.SortOrder.DESCENDING)
        )
        .fill_opacity(25 if panel.stacked else 5)
        .line_width(1)
        .show_points(common_model.VisibilityMode.AUTO)
        # Two lost samples are a gap of 45 seconds. A longer one is shown.
        .span_nulls(60_000)
    )
    if panel.stacked:
        built = built.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    if len(panel.steps) > 1:
        built = built.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(common_model.GraphThresholdsStyleMode.LINE)
        )
    if any(query.limit for query in panel.queries):
        built = built.override_by_regexp(_LIMITS, _limit_line())
    return _common(panel, built)


_HORIZONTAL = common_model.VizOrientation.HORIZONTAL


def _common(panel: Panel, built: AnyPanel) -> AnyPanel:
    built = (
        built.id(panel.id)
        .title(panel.title)
        .description(panel.question)
        .datasource(SOURCE)
        .unit(panel.unit)
        .span(panel.width)
        .height(panel.height)
        .thresholds(
            dashboard.ThresholdsConfig()
            .mode(model.ThresholdsMode.ABSOLUTE)
            .steps([model.Threshold(value=value, color=color) for value, color in panel.steps])
        )
    )
    if panel.minimum is not None:
        built = built.min(panel.minimum)
    if panel.maximum is not None:
        built = built.max(panel.maximum)
    for number, query in enumerate(panel.queries):
        built = built.with_target(_target(query, chr(ord("A") + number), single=panel.form in SINGLE))
    return built


def _target(query: Query, name: str, *, single: bool) -> prometheus.Dataquery:
    target = (
        prometheus.Dataquery()
        .datasource(SOURCE)
        .ref_id(name)
        .expr(query.expression)
        .legend_format(query.legend)
        .format(PromQueryFormat.TIME_SERIES)
        .exemplar(query.exemplars)
    )
    return target.instant() if single else target.range()


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("")


def _limit_line() -> list[model.DynamicConfigValue]:
    return [
        model.DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}),
        model.DynamicConfigValue("custom.fillOpacity", 0),
        model.DynamicConfigValue("color", {"mode": "fixed", "fixedColor": "red"}),
    ]
