"""A search as a person words it, made into a query. Errors name the option that holds the mistake."""

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
    """Read the options of a search; an empty text asks for nothing.

    Args:
        service: a service's name.
        operation: a span's name.
        attributes: texts of the form `KEY=VALUE`; the value may hold more `=`.
        min_duration: the shortest duration, as `400ms`.
        max_duration: the longest duration.
        since: the beginning of the window: `15m` ago, `14:05` or a date with a time; see `moments.parse_moment`.
        until: its end, written alike; now, where there is a beginning and no end.
        now_ns: the present, nanoseconds since 1970.
        limit: how many traces are wanted.

    Raises:
        QuestionError: one of them cannot be read, or together they can match nothing.
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
