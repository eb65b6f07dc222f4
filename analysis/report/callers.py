"""Which span called which, through the queues: what flame graphs and waterfalls nest by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE

if TYPE_CHECKING:
    from analysis.columns.table import Rows, SpanTable
    from analysis.critical_path.queue_rule import Requests


def callers_of(table: SpanTable, requests: Requests) -> Rows:
    """The row above each: the producer whose message it took up (of several the last to end), else its parent.

    -1 for what begins a request, and where stages that send only to each other are cut open.
    """
    above: Rows = table.parent.copy()
    for row, sending in requests.senders.items():
        above[row] = max(sending, key=lambda one: (int(table.end_ns[one]), -one))
    first = np.array(requests.first_stages(), np.int64)
    above[first] = NOWHERE
    return above
