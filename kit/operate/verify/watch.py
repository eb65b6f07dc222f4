"""Find queues whose spans do not move, from several readings of the hops' counters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.pipeline import Hop
from kit.operate.verify.counters import Counters, Passed

# The collector waits at most 7.5 s between two tries: 5 s, plus up to half of it at random.
STUCK_SECONDS = 8.0
LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Standing:
    """A queue during the last looks, all of which saw spans in it.

    Attributes:
        hop: Name of the hop.
        onward: Name of the next hop.
        component: Component that has the queue.
        waiting: Spans at the last look.
        least: Fewest spans at any of these looks. At most these were here all the time.
        left: Spans that left between these looks.
        refused: Spans that this hop or a later one refused between these looks; a span counts at each try.
        flows: Whether spans left a later hop between these looks.
        seconds: Time between the first and the last of these looks.
    """

    hop: str
    onward: str
    component: str
    waiting: int
    least: int
    left: int
    refused: int
    flows: bool
    seconds: float

    @property
    def stands(self) -> bool:
        """Whether the same spans waited all the time: none moved on, or the same ones are refused at each try."""
        return bool(self.refused) or not (self.left or self.flows)

    def told(self) -> str:
        """Return a message about the queue."""
        refused = f", {self.refused:,} were refused" if self.refused else ""
        moved = f"{self.left:,} moved on" if self.left else "none moved on"
        return f"{self.hop} → {self.onward}: {self.waiting:,} spans wait; in {self.seconds:.0f} s {moved}{refused}"


class Watch:
    """Collects looks at the counters of a pipeline."""

    def __init__(self, hops: Sequence[Hop]) -> None:
        self._hops = [hop for hop in hops if hop.received]
        self._names = [hop.name for hop in hops]
        self._looks: list[tuple[float, Counters]] = []

    def look(self, counters: Counters, at: float) -> None:
        """Add a look.

        Args:
            counters: Counters of every hop.
            at: Time of the look in seconds, by the monotonic clock.
        """
        self._looks.append((at, counters))

    @property
    def seconds(self) -> float:
        """Time between the first look and the last."""
        return self._looks[-1][0] - self._looks[0][0] if self._looks else 0.0

    @property
    def settled(self) -> bool:
        """Whether each queue was seen empty, so that the spans of the first look have left."""
        return all(
            any(
                (one := counters.components.get(name)) is not None and not one.waiting
                for _, counters in self._looks
            )
            for hop in self._hops
            for name in hop.components
        )

    def standing(self) -> list[Standing]:
        """Return the queues that are not empty now, in the order of the hops. Silent components are left out."""
        found = []
        for place, hop in enumerate(self._hops):
            for name in hop.components:
                looks = self._since_empty(name)
                if looks:
                    found.append(self._of(place, name, looks))
        return found

    def stuck(self, seconds: float = STUCK_SECONDS) -> list[Standing]:
        """Return the queues in which the same spans have waited for `seconds`, in the order of the hops."""
        return [one for one in self.standing() if one.seconds >= seconds and one.stands]

    def _since_empty(self, name: str) -> list[tuple[float, Counters]]:
        """Return the last looks at a component since it was empty, did not answer or was restarted."""
        looks: list[tuple[float, Counters]] = []
        for at, counters in reversed(self._looks):
            one = counters.components.get(name)
            if one is None or not one.waiting:
                break
            if looks and counters.pids.get(name) != looks[-1][1].pids.get(name):
                break
            looks.append((at, counters))
        return looks[::-1]

    def _of(self, place: int, name: str, looks: Sequence[tuple[float, Counters]]) -> Standing:
        (began, first), (ended, last) = looks[0], looks[-1]
        seen = [one for _, counters in looks if (one := counters.components[name]) is not None]
        behind = [
            (then, now)
            for hop in self._hops[place + 1 :]
            for other in hop.components
            if (then := first.components.get(other)) is not None
            and (now := last.components.get(other)) is not None
        ]
        here = (seen[0], seen[-1])
        return Standing(
            hop=self._hops[place].name,
            onward=self._names[self._names.index(self._hops[place].name) + 1],
            component=name,
            waiting=seen[-1].waiting,
            least=min(one.waiting for one in seen),
            left=max(0, here[1].went - here[0].went),
            refused=sum(_refused(*both) for both in (here, *behind)),
            flows=any(now.went > then.went for then, now in behind),
            seconds=ended - began,
        )


def _refused(then: Passed, now: Passed) -> int:
    # Take the largest: one refused request is counted on receipt and again at the queue.
    return max((count - then.refused.get(why, 0) for why, count in now.refused.items()), default=0)
