"""Grafana's settings, as environment variables."""

from __future__ import annotations

from generator.components.grafana.plan import GrafanaPlan
from generator.spec.quantities import Size

# Data sources in its image that no dashboard here reads. Each runs as a process of its own.
_UNUSED = (
    "cloudwatch", "elasticsearch", "grafana-azure-monitor-datasource", "grafana-postgresql-datasource",
    "grafana-pyroscope-datasource", "grafana-testdata-datasource", "graphite", "influxdb", "loki", "mssql", "mysql",
    "opentsdb", "parca", "stackdriver", "tempo", "zipkin",
)  # fmt: skip


def settings(plan: GrafanaPlan, *, port: int, data: str, home: str) -> dict[str, str]:
    """Return the variables.

    Args:
        plan: The decisions for Grafana.
        port: Port on which it listens.
        data: Folder of its database and its secrets.
        home: Path of the dashboard that it opens with.
    """
    return {
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_PATHS_DATA": data,
        "GF_PATHS_PLUGINS": f"{data}/plugins",
        # Compression keeps memory for each connection since Grafana 13.0.
        "GF_SERVER_ENABLE_GZIP": "false",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": home,
        "GF_USERS_ALLOW_SIGN_UP": "false",
        "GF_PUBLIC_DASHBOARDS_ENABLED": "false",
        "GF_LOG_MODE": "console",
        # Prometheus evaluates the alerts. A second place for them would need its own state.
        "GF_UNIFIED_ALERTING_ENABLED": "false",
        **_anonymous(plan),
        **_SILENT,
        "GF_PLUGINS_DISABLE_PLUGINS": ",".join(_UNUSED),
        # Of the server alone; each data source is a further process.
        "GOMEMLIMIT": f"{_server(plan.memory).mib}MiB",
    }


# No connection to the outside, and no program that was not in the image.
_SILENT = {
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_ANALYTICS_FEEDBACK_LINKS_ENABLED": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_SECURITY_DISABLE_GRAVATAR": "true",
    "GF_SNAPSHOTS_EXTERNAL_ENABLED": "false",
    # The data sources are plugins in the image. An update stops the old one first. Then it can't write the new one,
    # since the image is read-only: the data source is gone, while Grafana reports that it is healthy.
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_PLUGINS_PREINSTALL_AUTO_UPDATE": "false",
    "GF_PLUGINS_PLUGIN_ADMIN_ENABLED": "false",
    "GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED": "true",
}


def _anonymous(plan: GrafanaPlan) -> dict[str, str]:
    if not plan.anonymous:
        return {"GF_AUTH_ANONYMOUS_ENABLED": "false"}
    return {
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_AUTH_ANONYMOUS_HIDE_VERSION": "true",
    }


def _server(limit: Size) -> Size:
    return limit.share(65)
