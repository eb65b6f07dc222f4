"""Labels that every series has, whether its metrics are pushed or scraped."""

from __future__ import annotations

from generator.components.services.plan import ServicesPlan
from generator.deployment.model import Deployment

# Resource attributes of pushed metrics that become labels. Scraped metrics get the same labels from the config.
PROMOTED = ("service.name", "service.namespace", "application")


def application(deployment: Deployment, service: str) -> str:
    """Return the application that a service or component belongs to: by default, the deployment's name."""
    named = (own.application for own in deployment[ServicesPlan].own if own.name == service)
    return next(named, "") or deployment.name


def resource(deployment: Deployment, service: str) -> dict[str, str]:
    """Return the attributes `service.namespace` and `application` of a service's resource."""
    return {"service.namespace": deployment.name, "application": application(deployment, service)}
