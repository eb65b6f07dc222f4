"""GET requests to a Jaeger, with an error and a hint for each way in which they can fail."""

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
        url: URL of the request.
        status: HTTP status.
        values: JSON values of the body, in order; a streamed answer has several.
    """

    url: str
    status: int
    values: list[Any]

    @property
    def reason(self) -> str:
        """Jaeger's error text: `error.message` in v3, `errors[0].msg` in v1; empty if there is none."""
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
        """Raise JaegerRefusedError if the status or any value of the answer is an error."""
        if self.status >= 400 or self.reason:
            hint = "see Jaeger's log for details" if self.status >= 500 else ""
            raise JaegerRefusedError(self.url, self.status, self.reason or "no reason given", hint=hint)


class JaegerHttp:
    """A connection to the HTTP API of one Jaeger."""

    def __init__(self, url: str, *, timeout_s: float, transport: httpx.BaseTransport | None) -> None:
        """Prepare the connection; nothing is sent.

        Args:
            url: `http://host:port`, with Jaeger's base path if it has one.
            timeout_s: timeout of one request in seconds.
            transport: replacement for the network, for tests.

        Raises:
            QuestionError: the URL is not an http(s) URL.
        """
        self.url = _checked(url)
        self._timeout_s = timeout_s
        self._transport = transport
        self._client: httpx.Client | None = None

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Send a GET request.

        Raises:
            JaegerUnreachableError: the connection fails.
            JaegerTimeoutError: the connection times out.
            JaegerSlowError: the answer times out.
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
                hint="check the address and the firewall",
            ) from None
        except httpx.TimeoutException:
            raise JaegerSlowError(
                url,
                f"Jaeger did not answer within {self._timeout_s:g} s",
                hint="use a shorter time range or a smaller limit",
            ) from None
        except httpx.RemoteProtocolError as error:
            raise NotJaegerError(
                self.url,
                f"the answer is not HTTP: {error}",
                hint="this may be a gRPC port; the query port is 16686 by default",
            ) from None
        except httpx.TransportError as error:
            raise JaegerUnreachableError(
                self.url,
                f"cannot reach Jaeger: {error or type(error).__name__}",
                hint="check that Jaeger is running and that this is its query address",
            ) from None
        return Answer(url, response.status_code, self._json(response))

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connect(self) -> httpx.Client:
        import httpx

        return httpx.Client(
            timeout=self._timeout_s,
            transport=self._transport,
            # A proxy from the environment cannot reach this machine's loopback interface.
            trust_env=not _is_loopback(self.url),
        )

    def _json(self, response: httpx.Response) -> list[Any]:
        url = str(response.url)
        if response.status_code in {401, 403}:
            raise NotJaegerError(
                url,
                f"the address requires a login (HTTP {response.status_code})",
                hint="use Jaeger's own address, without the proxy",
            )
        if response.is_redirect:
            raise NotJaegerError(
                url, f"the address redirects to {response.headers.get('location', 'elsewhere')}"
            )
        body = response.text
        hint = _other_address(self.url)
        if body.lstrip().startswith("<"):
            raise NotJaegerError(
                url, f"the answer is a web page (HTTP {response.status_code}), not Jaeger's API", hint=hint
            )
        try:
            return list(concatenated(body))
        except (json.JSONDecodeError, RecursionError):
            found = body.strip()[:60] or "nothing"
            raise NotJaegerError(
                url,
                f"the answer (HTTP {response.status_code}) is not JSON but begins with {found!r}",
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
        return f"check that {parts.path} is Jaeger's base path (`base_path` in its config)"
    return f"check that it is Jaeger's query port (16686 by default), and add its base path if it has one: {url}/jaeger"
