"""The plan for alerts: whether Alertmanager runs, and where it sends them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.components.alertmanager.spec import AlertsSpec
from generator.components.prometheus.plan import plan_monitoring
from generator.components.prometheus.spec import MONITORING
from generator.deployment.platform import Platform
from generator.spec.model import Spec
from generator.spec.places import SpecText
from generator.spec.problem import Problem
from generator.spec.secret import Secret


@dataclass(frozen=True, slots=True)
class AlertsPlan:
    """Decisions for Alertmanager.

    Attributes:
        runs: Whether it runs on this target: only with a receiver.
        wish: The receivers.
    """

    runs: bool
    wish: AlertsSpec

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Files that it reads."""
        return tuple(secret for _, secret in secrets_of(self.wish))


def plan_alerts(spec: Spec, platform: Platform) -> AlertsPlan:
    """Return the plan for alerts."""
    wish = spec[MONITORING].alerts
    return AlertsPlan(plan_monitoring(spec, platform).runs and has_receiver(wish), wish)


def has_receiver(wish: AlertsSpec) -> bool:
    """Whether there is somebody to send alerts to."""
    return any((wish.webhook, wish.slack, wish.email))


def secrets_of(wish: AlertsSpec) -> Iterator[tuple[str, Secret]]:
    """Yield the secrets of the receivers, each with its key below `monitoring.alerts`."""
    if wish.webhook and isinstance(wish.webhook.url, Secret):
        yield "webhook.url", wish.webhook.url
    if wish.slack:
        yield "slack.url", wish.slack.url
    if wish.email and wish.email.password:
        yield "email.password", wish.email.password


def relations_of_alerts(spec: Spec, text: SpecText) -> Iterator[Problem]:
    """Find secrets that Alertmanager can't read, and half of a login."""
    wish = spec[MONITORING].alerts
    for key, secret in secrets_of(wish):
        if secret.env:
            yield text.problem(
                f"monitoring.alerts.{key}",
                f"the variable {secret.env}; Alertmanager reads secrets only from files",
                "{file: PATH}",
                "write the secret into a file and refer to it here",
            )
    email = wish.email
    if email and (email.username is None) != (email.password is None):
        there = "username" if email.username else "password"
        yield text.problem(
            f"monitoring.alerts.email.{there}", f"`{there}` alone", "`username` and `password`, or neither",
            "add the other one, or remove this one",
        )  # fmt: skip
