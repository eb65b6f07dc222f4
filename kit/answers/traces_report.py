"""The answer of `kit traces report`."""

from __future__ import annotations

from kit.answers.shape import Answer, or_null, shared, text, whole

ANSWERS = (
    Answer(
        "traces.report",
        "kit traces report",
        "The page that was written, and how much is on it.",
        {
            "file": text("path of the page"),
            "bytes": whole("its size"),
            "endpoints": whole("endpoints"),
            "queues": whole("queues with a group"),
            "requests": whole("requests whose critical paths are added up"),
            "findings": whole("findings"),
            "compared_with": or_null(text("as it was given; null without a comparison")),
            "coverage": shared("window", "what was read"),
        },
    ),
)
