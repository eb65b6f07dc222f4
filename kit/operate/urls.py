"""The addresses of a deployment that people use."""

from __future__ import annotations

from collections.abc import Mapping

from generator.component import Address
from generator.components import components
from generator.deployment.model import Deployment


def addresses(deployment: Deployment) -> list[Address]:
    """Return all addresses that the components name, in their order."""
    found = [address for component in components() for address in component.addresses(deployment)]
    return sorted(found, key=lambda address: address.order)


def urls(deployment: Deployment) -> dict[str, str]:
    """Return the URL of each address, by name."""
    return {address.name: address.url for address in addresses(deployment)}


def titles(deployment: Deployment) -> Mapping[str, str]:
    """Return the title of each address, by name."""
    return {address.name: address.title for address in addresses(deployment)}
