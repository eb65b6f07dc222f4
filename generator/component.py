"""What a component is: all that the kit knows of it, in one folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from generator.deployment.model import Deployment
from generator.deployment.network import Listener
from generator.deployment.platform import Platform
from generator.pipeline import Hop
from generator.spec.keys import SpecKey
from generator.spec.model import Spec
from generator.spec.reader import Relations
from generator.spec.sections.images import ImageKey
from generator.spec.sections.ports import Port
from generator.workload import Workload


def _nothing(*_: object) -> Iterator[Any]:
    yield from ()


@dataclass(frozen=True, slots=True)
class Address:
    """An address that people use.

    Attributes:
        name: What answers there, such as `jaeger`.
        url: The address on this machine.
        title: The same for people.
        order: Its place in lists; lower ones come first.
    """

    name: str
    url: str
    title: str
    order: int


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A deployed component.

    Attributes:
        name: Its folder's name.
        keys: Its keys at the top of the spec.
        ports: Its keys of `ports`: where people reach it.
        images: Its keys of `images`.
        relations: Finds mistakes between its keys and others; None when there can be none.
        plans: Make its decisions, each an instance of a class of its own: `deployment[JaegerPlan]`.
        listeners: Every port that it may open; a user's own services open more.
        workloads: What it needs to run; nothing where the deployment does without it.
        addresses: Where people reach it, in this deployment.
        files: Path and text of each file it renders. It gets the workloads of all components, because a file may
            depend on them: a monitor must know what to scrape.
        rules: The module with its own rules, imported when rules are examined; empty when it has none.
        hop: What spans pass here; None when none do.
        part: The module with the program that it runs as without images, as a `PART`; empty when there is none.
    """

    name: str
    keys: tuple[SpecKey[Any], ...] = ()
    ports: tuple[Port, ...] = ()
    images: tuple[ImageKey, ...] = ()
    relations: Relations | None = None
    plans: tuple[Callable[[Spec, Platform], Any], ...] = ()
    listeners: tuple[Listener, ...] = ()
    workloads: Callable[[Deployment], Iterator[Workload]] = _nothing
    addresses: Callable[[Deployment], Iterator[Address]] = _nothing
    files: Callable[[Deployment, Sequence[Workload]], Iterator[tuple[str, str]]] = _nothing
    rules: str = ""
    hop: Hop | None = None
    part: str = ""
