"""One GET from a Jaeger and everything that can go wrong with it, told so that a person can act on it."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from analysis.errors import (
    JaegerRefusedError,
    JaegerSlowError,
    JaegerTimeoutError,
    JaegerUnreachableError,
    NotJaegerError,
    QuestionError,
)
from analysis.sources.documents import concatenated

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx


@dataclass(frozen=True, slots=True)
class Answer:
    """A Jaeger's answer.

    Attributes:
        status: the HTTP status.
        values: the JSON values in it, in order; a streamed answer has several.
    """

    url: str
    status: int
    values: list[Any]

    @property
    def reason(self) -> str:
        """Jaeger's error text: `error.message` in v3, `errors[0].msg` in v1; empty when there is none."""
        for value in self.values:
            if not isinstance(value, dict):
                continue
            error = value.get("error")
            if isinstance(error, dict):
                return str(error.get("message", ""))
            errors = value.get("errors")
            if isinstance(errors, list) and errors and isinstance(errors[0], dict):
                return str(errors[0].get("msg", ""))
        return ""

    def require_success(self) -> None:
        """Raise JaegerRefusedError when this is an error of Jaeger's, wherever in the answer it stands."""
        if self.status >= 400 or self.reason:
            hint = "Jaeger's own log says more" if self.status >= 500 else ""
            raise JaegerRefusedError(self.url, self.status, self.reason or "without a reason", hint=hint)


class JaegerHttp:
    """A connection to the HTTP API of one Jaeger."""

    def __init__(self, url: str, *, timeout_s: float, transport: httpx.BaseTransport | None) -> None:
        """Prepare the connection; nothing is sent.

        Args:
            url: `http://host:port`, with Jaeger's base path where it has one.
            timeout_s: how long one answer may take.
            transport: replaces the network, for tests.

        Raises:
            QuestionError: the URL is not an http(s) URL.
        """
        self.url = _checked(url)
        self._timeout_s = timeout_s
        self._transport = transport
        self._client: httpx.Client | None = None

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Ask Jaeger.

        Raises:
            JaegerUnreachableError: no connection.
            JaegerTimeoutError: no connection in time.
            JaegerSlowError: no answer in time.
            NotJaegerError: the answer is not JSON.
        """
        import httpx

        client = self._client = self._client or self._connect()
        url = self.url + path
        try:
            response = client.get(url, params=parameters)
        except httpx.ConnectTimeout:
            raise JaegerTimeoutError(
                url,
                f"no connection within {self._timeout_s:g} s",
                hint="is the address right, and no firewall in the way?",
            ) from None
        except httpx.TimeoutException:
            raise JaegerSlowError(
                url,
                f"Jaeger did not answer within {self._timeout_s:g} s",
                hint="ask for less: a shorter time range or a smaller limit",
            ) from None
        except httpx.RemoteProtocolError as error:
            raise NotJaegerError(
                self.url,
                f"the answer is not HTTP: {error}",
                hint="is this a gRPC port? the query port is 16686 by default",
            ) from None
        except httpx.TransportError as error:
            raise JaegerUnreachableError(
                self.url,
                f"cannot reach Jaeger: {error or type(error).__name__}",
                hint="is Jaeger running, and is this its query address?",
            ) from None
        return Answer(url, response.status_code, self._json(response))

    def close(self) -> None:
        """Close the connection; the next question opens it again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connect(self) -> httpx.Client:
        import httpx

        return httpx.Client(
            timeout=self._timeout_s,
            transport=self._transport,
            # A proxy from the environment cannot reach the loopback interface of this machine.
            trust_env=not _is_loopback(self.url),
        )

    def _json(self, response: httpx.Response) -> list[Any]:
        url = str(response.url)
        if response.status_code in {401, 403}:
            raise NotJaegerError(
                url,
                f"the address wants a login (HTTP {response.status_code})",
                hint="ask Jaeger itself, past the proxy",
            )
        if response.is_redirect:
            raise NotJaegerError(
                url, f"the address redirects to {response.headers.get('location', 'elsewhere')}"
            )
        body = response.text
        hint = _other_address(self.url)
        if body.lstrip().startswith("<"):
            raise NotJaegerError(
                url, f"a web page answered (HTTP {response.status_code}), not Jaeger's API", hint=hint
            )
        try:
            return list(concatenated(body))
        except (json.JSONDecodeError, RecursionError):
            found = body.strip()[:60] or "nothing"
            raise NotJaegerError(
                url,
                f"JSON was expected, the answer (HTTP {response.status_code}) begins {found!r}",
                hint=hint,
            ) from None


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        valid = (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        valid = False
    if not valid:
        raise QuestionError(f"{url!r} is not the address of a Jaeger", hint="write it as http://host:16686")
    return url.rstrip("/")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _other_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.path:
        return f"is {parts.path} the base path that Jaeger runs under (`base_path` in its configuration)?"
    return f"is it Jaeger's query port (16686 by default)? if Jaeger runs under a base path, add it: {url}/jaeger"
