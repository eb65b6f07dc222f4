"""The addresses of a deployment that people use."""

from __future__ import annotations

from collections.abc import Mapping

from generator.component import Address
from generator.components import components
from generator.deployment.model import Deployment


def addresses(deployment: Deployment) -> list[Address]:
    """All of them, as the components name them."""
    found = [address for component in components() for address in component.addresses(deployment)]
    return sorted(found, key=lambda address: address.order)


def urls(deployment: Deployment) -> dict[str, str]:
    """The addresses, by what answers there."""
    return {address.name: address.url for address in addresses(deployment)}


def titles(deployment: Deployment) -> Mapping[str, str]:
    """What answers, for people, by its name."""
    return {address.name: address.title for address in addresses(deployment)}
