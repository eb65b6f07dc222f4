"""Dead letters, between collector and Jaeger, as a hop of the span pipeline."""

from __future__ import annotations

from generator.pipeline import Count, Hop, Loss

DEAD_LETTERS = Hop(
    "dead-letters",
    "letters",
    # Only acknowledged spans: the collector still holds a request that is under way.
    (Count("kit_dead_letters_accepted_spans"),),
    (Count("kit_dead_letters_written_spans"),),
    losses=(
        Loss("kit_dead_letters_put_aside_spans", "put aside as dead letters", "put aside as dead letters"),
        Loss("kit_dead_letters_dropped_spans", "dropped from full dead letters", is_final=True),
    ),
)
