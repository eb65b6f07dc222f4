"""Forms of endpoints of clients and servers, by the Go type that holds them."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

HTTP_CLIENT = "confighttp.ClientConfig"
GRPC_CLIENT = "configgrpc.ClientConfig"
SERVERS = (
    "confighttp.ServerConfig",
    "confignet.AddrConfig",
    "confignet.TCPAddrConfig",
    "configgrpc.ServerConfig",
)

_SIGNAL_PATH = re.compile(r"/v1(?:development)?/(?:traces?|spans?|metrics?|logs?|profiles?)/?$")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/{0,3}")
# Schemes of gRPC's resolvers that the collector accepts.
_RESOLVERS = ("dns", "unix", "unix-abstract", "passthrough", "xds", "vsock")


class WrongForm(NamedTuple):
    """Message about a wrong endpoint; `likely` if it may be right after all."""

    found: str
    expected: str
    likely: bool = False


def http_client(text: str, *, appends: bool, whole: bool) -> WrongForm | None:
    """Check the endpoint of an HTTP client; None if it is valid.

    Args:
        text: the endpoint.
        appends: the exporter appends `/v1/traces` to it.
        whole: the endpoint is used unchanged: without a path, requests go to `/`.
    """
    if text.strip() != text or re.search(r"\s", text):
        return WrongForm(f"`{text}` contains white space", "none")
    parts = urlsplit(text)
    if "://" not in text:
        bare = _SCHEME.sub("", text, count=1) if text.lower().startswith(("http:", "https:")) else text
        return WrongForm(
            f"`{text}` has no scheme: no request can be sent", f"`http://{bare.lstrip('/')}`, or https"
        )
    if parts.scheme not in ("http", "https"):
        return WrongForm(f"`{parts.scheme}://` is not a scheme of this exporter", "`http://` or `https://`")
    if not parts.netloc.rpartition("@")[2]:
        return WrongForm(f"`{text}` has no host", "`http://host:port`")
    if (port := _bad_port(parts.netloc.rpartition("@")[2], needed=False)) is not None:
        return WrongForm(port, "`host:port`, with a port up to 65535")
    if appends and _SIGNAL_PATH.search(parts.path):
        base = _SIGNAL_PATH.sub("", text)
        found = f"`{parts.path}` would be twice in the URL: the exporter appends it itself"
        return WrongForm(found, f"`{base}`; or the whole URL as `traces_endpoint`")
    if appends and (parts.query or parts.fragment):
        return WrongForm(
            f"`{text}`: the exporter appends its path after the query", "the whole URL as `traces_endpoint`"
        )
    if whole and parts.path in ("", "/"):
        return WrongForm(
            f"`{text}` has no path, and none is appended to this key", f"`{text.rstrip('/')}/v1/traces`"
        )
    if parts.port == 4317 and appends:
        return WrongForm(
            "4317 is the port of OTLP over gRPC", "port 4318, or the exporter `otlp_grpc`", likely=True
        )
    return None


def grpc_client(text: str) -> WrongForm | None:
    """Check the endpoint of a gRPC client; None if it is valid."""
    if text.strip() != text or re.search(r"\s", text):
        return WrongForm(f"`{text}` contains white space", "none")
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", text)
    scheme = match[1].lower() if match else ""
    if scheme in _RESOLVERS or text.startswith("unix:"):
        return None
    if scheme not in ("", "http", "https"):
        return WrongForm(f"`{scheme}://` is not a scheme of gRPC", "`host:port`, or `https://host:port`")
    rest = text[match.end() :] if match else text
    host, sign, _ = rest.partition("/")
    if sign:
        return WrongForm(f"`{text}`: a gRPC address has no path", f"`{host}`")
    if (port := _bad_port(host, needed=True)) is not None:
        return WrongForm(port, f"`{_only_host(host)}:4317`, or another port")
    if host.endswith(":4318"):
        return WrongForm(
            "4318 is the port of OTLP over HTTP", "port 4317, or the exporter `otlp_http`", likely=True
        )
    return None


def server(text: str) -> WrongForm | None:
    """Check the address of a server; None if it is valid."""
    if text.strip() != text or re.search(r"\s", text):
        return WrongForm(f"`{text}` contains white space", "none")
    if match := re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", text):
        host = text[match.end() :].partition("/")[0]
        return WrongForm(f"`{text}`: a server listens on an address, not on a URL", f"`{host}`")
    host, sign, _ = text.partition("/")
    if sign:
        return WrongForm(f"`{text}`: a server's address has no path", f"`{host}`")
    if (port := _bad_port(text, needed=True)) is not None:
        return WrongForm(port, f"`{_only_host(text) or '127.0.0.1'}:4317`, or another port")
    return None


def _bad_port(netloc: str, *, needed: bool) -> str | None:
    """Describe why the host and port of an address are invalid; None if they are valid."""
    match = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(.*))?", netloc)
    if match is None:
        return f"`{netloc}` is not host and port: an IPv6 address needs brackets"
    port = match[2]
    if port is None or (needed and port == ""):
        return f"`{netloc}` has no port" if needed else None
    if port == "":
        return None
    if not port.isdigit():
        return f"`{port}` is not a port"
    return f"`{port}` is not a port: the largest is 65535" if int(port) > 65535 else None


def _only_host(netloc: str) -> str:
    return "" if netloc.isdigit() else netloc.partition(":")[0]
