"""The keys of `monitoring.alerts`: where alerts are sent."""

from __future__ import annotations

from dataclasses import dataclass

from generator.spec import containers, kinds
from generator.spec.keys import option, required
from generator.spec.quantities import Duration
from generator.spec.record import Record
from generator.spec.secret import Secret, SecretReference, TextOrSecret

# Alertmanager expands {{ … }} in these texts.
_URL = kinds.Text(r"https?://[^\s{}]+", "a URL with http:// or https://")
_CHANNEL = kinds.Text(r"[#@]?[^\s{}\0]+", "a channel such as #alerts")
_SMARTHOST = kinds.Text(r"[^\s:\[\]]+:[0-9]{1,5}|\[[0-9A-Fa-f:]+\]:[0-9]{1,5}", "a mail server, host:port")
_ADDRESS = kinds.Text(r"[^\0\n{}]+@[^\0\n{}]+", "a mail address")
_USER = kinds.Text(r"[^\0\n]+", "a user name")


@dataclass(frozen=True)
class WebhookSpec:
    """An HTTP server that gets the alerts as JSON."""

    url: str | Secret = required(TextOrSecret(_URL), "the URL, or {file: PATH} with it")


@dataclass(frozen=True)
class SlackSpec:
    """A channel of Slack."""

    url: Secret = required(SecretReference(), "Slack's webhook URL, which is a secret: {file: PATH}")
    channel: str = required(_CHANNEL, "the channel, such as '#alerts'")


@dataclass(frozen=True)
class EmailSpec:
    """Mails through a mail server."""

    smarthost: str = required(_SMARTHOST, "the mail server, such as mail.example.com:587")
    sender: str = required(_ADDRESS, "address of the sender")
    to: str = required(_ADDRESS, "addresses of the receivers, separated by commas")
    username: str | None = option(
        containers.Maybe(_USER), None, "user at the mail server; null: no authentication"
    )
    password: Secret | None = option(
        containers.Maybe(SecretReference()), None, "the user's password: {file: PATH}"
    )
    tls: bool = option(kinds.Flag(), True, "refuse a mail server without TLS")


@dataclass(frozen=True)
class AlertsSpec:
    """Receivers of alerts. With one or more, Alertmanager runs and sends each alert to all of them."""

    webhook: WebhookSpec | None = option(
        containers.Maybe(Record(WebhookSpec)), None, "an HTTP server: {url: https://…}"
    )
    slack: SlackSpec | None = option(
        containers.Maybe(Record(SlackSpec)), None, "Slack: {url: {file: PATH}, channel: '#alerts'}"
    )
    email: EmailSpec | None = option(
        containers.Maybe(Record(EmailSpec)), None, "mails: {smarthost: …, sender: …, to: …}"
    )
    repeat: Duration = option(
        kinds.duration("4h", "5m", "7d"),
        Duration.parse("4h"),
        "time until an alert that is still active is sent again",
    )
