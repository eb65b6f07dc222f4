"""Description of a component: everything that the kit knows about it, in one folder."""

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
    """An address that users open.

    Attributes:
        name: Name of the server, such as `jaeger`.
        url: URL on this machine.
        title: Name of the server for users.
        order: Position in lists; lower numbers come first.
    """

    name: str
    url: str
    title: str
    order: int


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A deployed component.

    Attributes:
        name: Name of its folder.
        keys: Its keys at the top of the spec.
        ports: Its keys in `ports`, for connections from outside of the deployment.
        images: Its keys in `images`.
        relations: Check of its keys against other keys; None if there is none.
        plans: Functions that make its decisions; each returns an instance of its own class: `deployment[JaegerPlan]`.
        listeners: Ports that it may open; the user's services open further ones.
        workloads: Function that yields its workloads; none if the deployment does not need the component.
        addresses: Function that yields its addresses for users in a deployment.
        files: Function that yields path and text of each file to render. It gets the workloads of all components,
            because a file may depend on them: a monitor must know its targets.
        rules: Module with its rules, imported when rules are checked; empty if it has none.
        hop: Hop of the spans that pass through it; None if no spans do.
        part: Module with a `PART`, the program that runs natively; empty if there is none.
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
