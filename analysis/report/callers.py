"""The caller of each span, through queues, by which flame graphs and waterfalls are nested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.columns.table import NOWHERE

if TYPE_CHECKING:
    from analysis.columns.table import Rows, SpanTable
    from analysis.critical_path.queue_rule import Requests


def callers_of(table: SpanTable, requests: Requests) -> Rows:
    """Return the caller of each row: the producer of its message (of several, the last to end), else its parent.

    It is -1 for the first row of a request. A cycle of stages is cut at its first row.
    """
    above: Rows = table.parent.copy()
    for row, sending in requests.senders.items():
        above[row] = max(sending, key=lambda one: (int(table.end_ns[one]), -one))
    first = np.array(requests.first_stages(), np.int64)
    above[first] = NOWHERE
    return above
