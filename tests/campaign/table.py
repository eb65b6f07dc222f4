"""The campaign's result as a table in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tests.campaign.trial import INNOCENT_SECONDS, Result


def table(results: Sequence[Result]) -> str:
    """A row for each family, and below it each shape that broke a promise."""
    head = (
        "family",
        "shapes",
        "refused",
        "written",
        "not written",
        "slowest innocent",
        "over 10 s",
        "restarts",
    )
    families = dict.fromkeys(one.shape.family for one in results)
    lines = [_row(head), _row(["---"] * len(head))]
    for family in families:
        lines.append(_row(_cells(family, [one for one in results if one.shape.family == family])))
    lines.append(_row(_cells("all", results)))
    bad = list(_broken(results))
    if bad:
        lines += ["", "Broken promises:", "", *bad]
    return "\n".join(lines) + "\n"


def _cells(name: str, results: Sequence[Result]) -> list[str]:
    times = [one.innocent for one in results if one.innocent is not None]
    return [
        name,
        str(len(results)),
        str(sum(one.status != 200 for one in results)),
        str(sum(one.rows > 0 for one in results)),
        str(sum(one.stuck for one in results)),
        f"{max(times):.1f} s" if times else "never",
        str(sum(one.stopped_others for one in results)),
        str(sum(len(one.restarted) for one in results)),
    ]


def _broken(results: Iterable[Result]) -> Iterator[str]:
    for one in results:
        what = []
        if one.innocent is None:
            what.append("the innocent span was never written")
        elif one.stopped_others:
            what.append(f"the innocent span took {one.innocent:.1f} s, more than {INNOCENT_SECONDS:.0f} s")
        if one.stuck:
            what.append("acknowledged and not written")
        if one.restarted:
            what.append("restarted: " + ", ".join(one.restarted))
        if not one.status:
            what.append(f"no answer within {one.answered:.0f} s")
        if what:
            yield f"- {one.shape.family}, {one.shape.name}: " + "; ".join(what)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
