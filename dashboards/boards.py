"""All dashboards."""

from __future__ import annotations

import json
from pathlib import Path

from dashboards.coupons import COUPONS
from dashboards.expressions import metric_names
from dashboards.host import HOST
from dashboards.overview import OVERVIEW
from dashboards.pipeline import PIPELINE
from dashboards.queues import QUEUES
from dashboards.render import text_of
from dashboards.services import SERVICES
from dashboards.storage import CASSANDRA, SCYLLA

FOLDER = Path(__file__).parents[1] / "generator" / "components" / "grafana" / "dashboards"
# Names of the metrics that each dashboard reads. Tests ask a running Prometheus for them.
METRICS = Path(__file__).with_name("metrics.json")
BOARDS = (OVERVIEW, SERVICES, COUPONS, QUEUES, PIPELINE, SCYLLA, CASSANDRA, HOST)


def rendered() -> dict[Path, str]:
    """Return the text of each file: the dashboards, and the list of the metrics that they read."""
    names = {board.name: metric_names(board) for board in BOARDS}
    return {
        **{FOLDER / f"{board.name}.json": text_of(board) for board in BOARDS},
        METRICS: json.dumps(names, indent=2) + "\n",
    }
