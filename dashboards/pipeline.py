"""Pipeline: the path of spans from the services to the storage, hop by hop.

Only recorded series: which metrics a hop has depends on the deployment, and the rules of Prometheus know it.
"""

from __future__ import annotations

from dashboards.model import GREEN, ORANGE, RED, Board, Panel, Query, Row
from dashboards.queries import or_zero

_SENT = "kit:hop_sent_spans:rate5m"
_WAITING = "kit:hop_waiting_spans"

_FLOW = Row(
    100,
    "Flow",
    (
        Panel(
            101,
            "Spans lost",
            "Are traces complete? Spans that were lost for good in the time range, at any hop.",
            "short",
            (
                Query(
                    "sum(max_over_time(kit:hop_lost_spans:increase15m[$__range]))",
                    "lost, at most, in 15 minutes",
                ),
            ),
            form="stat",
            width=8,
            height=5,
            steps=((None, GREEN), (1, RED)),
        ),
        Panel(
            102,
            "Spans waiting",
            "How many spans are on their way to the storage now? They show in searches after the write.",
            "short",
            (Query(f"sum({_WAITING})", "waiting"),),
            form="stat",
            width=8,
            height=5,
        ),
        Panel(
            103,
            "Fullest queue",
            "How near is a full queue? A full queue makes the hop before it wait or refuse.",
            "percentunit",
            (Query("max(kit:hop_queue_fill:ratio)", "fullest queue"),),
            form="stat",
            width=8,
            height=5,
            maximum=1,
            steps=((None, GREEN), (0.5, ORANGE), (0.8, RED)),
        ),
        Panel(
            104,
            "Spans received by each hop",
            "Where do spans get lost or stuck? In a healthy pipeline all hops have the same line.",
            "ops",
            (Query("kit:hop_received_spans:rate5m", "{{hop}}"),),
        ),
        Panel(
            105,
            "Spans sent by each hop",
            "Which hop is the slow one? It is the first whose line is below the line of the hop before it. "
            "The last hop's "
            "line is the rate of writes to the storage.",
            "ops",
            (Query(_SENT, "{{hop}}"),),
        ),
    ),
)

_DELAY = Row(
    200,
    "Delay",
    (
        Panel(
            201,
            "Queues",
            "How full is the queue of each hop? A queue that only grows is behind a storage that is too "
            "slow.",
            "percentunit",
            (Query("kit:hop_queue_fill:ratio", "{{hop}}"),),
            width=8,
            maximum=1,
            steps=((None, GREEN), (0.8, RED)),
        ),
        Panel(
            202,
            "Spans waiting in each hop",
            "Where are the spans that no search finds yet?",
            "short",
            (Query(_WAITING, "{{hop}}"),),
            width=8,
        ),
        Panel(
            203,
            "Time in each hop",
            "How long does a span take through a hop? Spans that wait, divided by spans sent per second. A "
            "hop that sends "
            "nothing while spans wait has no value here: look at its queue.",
            "s",
            (Query(or_zero(f"{_WAITING} / ({_SENT} > 0)", f"({_WAITING} == 0)"), "{{hop}}"),),
            width=8,
        ),
    ),
)

_LOSS = Row(
    300,
    "Losses",
    (
        Panel(
            301,
            "Spans lost",
            "Where are spans lost, and why? `kit doctor` names the cause, and `kit verify` counts the spans.",
            "short",
            (Query("kit:hop_lost_spans:increase15m", "{{hop}}: {{cause}}"),),
            steps=((None, GREEN), (1, RED)),
        ),
        Panel(
            302,
            "Spans refused",
            "Where are spans turned back? Their sender keeps them and tries again, so this is a delay and "
            "no loss.",
            "short",
            (Query("kit:hop_refused_spans:increase5m", "{{hop}}: {{cause}}"),),
        ),
        Panel(
            303,
            "Components",
            "Which component did not answer, and when? 1 is an answer.",
            "short",
            (Query("min by (job) (up)", "{{job}}"),),
            width=24,
            height=7,
            maximum=1,
        ),
    ),
)

PIPELINE = Board(
    "pipeline",
    "Pipeline",
    "The path of spans: services, collector, dead letters, Jaeger, storage.",
    (_FLOW, _DELAY, _LOSS),
)
