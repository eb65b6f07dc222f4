"""Convert the options of a search into a query. Errors name the invalid option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.durations import parse_duration
from analysis.errors import QuestionError
from analysis.moments import parse_moment
from analysis.search import Query

if TYPE_CHECKING:
    from collections.abc import Sequence


def query_of(
    *,
    service: str,
    operation: str,
    attributes: Sequence[str],
    min_duration: str,
    max_duration: str,
    since: str,
    until: str = "",
    now_ns: int,
    limit: int,
) -> Query:
    """Parse the options of a search; an empty text means no restriction.

    Args:
        service: name of the service.
        operation: name of the span.
        attributes: texts of the form `KEY=VALUE`; the value may contain more `=`.
        min_duration: the shortest duration, such as `400ms`.
        max_duration: the longest duration.
        since: start of the window: `15m` ago, `14:05` or a date with a time. See `moments.parse_moment`.
        until: end of the window, in the same forms; now if only the start is given.
        now_ns: current time, nanoseconds since 1970.
        limit: maximum number of traces.

    Raises:
        QuestionError: an option is invalid, or no trace can match all of them.
    """
    shortest = _duration(min_duration, "--min-duration")
    longest = _duration(max_duration, "--max-duration")
    if shortest is not None and longest is not None and shortest > longest:
        raise QuestionError(
            f"--min-duration {min_duration} is longer than --max-duration {max_duration}",
            hint="nothing can match both",
        )
    start = parse_moment(since, now_ns=now_ns, what="--since") if since else None
    end = parse_moment(until, now_ns=now_ns, what="--until") if until else None
    if start is not None and start > (now_ns if end is None else end):
        raise QuestionError("--since is later than --until", hint="nothing can match both")
    return Query(
        service=service or None,
        operation=operation or None,
        attributes=dict(_pair(text) for text in attributes),
        min_duration_ns=shortest,
        max_duration_ns=longest,
        start_ns=start,
        end_ns=now_ns if end is None and start is not None else end,
        limit=limit,
    )


def _duration(text: str, option: str) -> int | None:
    return parse_duration(text, what=option) if text else None


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise QuestionError(
            f"--attribute {text!r} is not KEY=VALUE", hint="write it as --attribute http.route=/coupons"
        )
    return key, value
