"""The forms of endpoints, by the Go type that holds them: what clients send to and what servers listen on."""

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
# Schemes of gRPC's resolvers that the collector lets pass.
_RESOLVERS = ("dns", "unix", "unix-abstract", "passthrough", "xds", "vsock")


class WrongForm(NamedTuple):
    """What is wrong with an endpoint, what it should be like, and whether that is only likely."""

    found: str
    expected: str
    likely: bool = False


def http_client(text: str, *, appends: bool, whole: bool) -> WrongForm | None:
    """Where a client sends HTTP requests.

    Args:
        text: the endpoint.
        appends: the exporter puts `/v1/traces` behind it.
        whole: it is used as it is: without a path, requests go to `/`.
    """
    if text.strip() != text or re.search(r"\s", text):
        return WrongForm(f"`{text}` holds white space", "none")
    parts = urlsplit(text)
    if "://" not in text:
        bare = _SCHEME.sub("", text, count=1) if text.lower().startswith(("http:", "https:")) else text
        return WrongForm(
            f"`{text}` has no scheme: nothing can be sent there", f"`http://{bare.lstrip('/')}`, or https"
        )
    if parts.scheme not in ("http", "https"):
        return WrongForm(f"`{parts.scheme}://` is no scheme of this exporter", "`http://` or `https://`")
    if not parts.netloc.rpartition("@")[2]:
        return WrongForm(f"`{text}` names no host", "`http://host:port`")
    if (port := _bad_port(parts.netloc.rpartition("@")[2], needed=False)) is not None:
        return WrongForm(port, "`host:port`, with a port up to 65535")
    if appends and _SIGNAL_PATH.search(parts.path):
        base = _SIGNAL_PATH.sub("", text)
        found = f"`{parts.path}` stands twice in the address that is sent to: the exporter appends it itself"
        return WrongForm(found, f"`{base}`; or the whole address as `traces_endpoint`")
    if appends and (parts.query or parts.fragment):
        return WrongForm(
            f"`{text}`: the path is put behind the query", "the whole address as `traces_endpoint`"
        )
    if whole and parts.path in ("", "/"):
        return WrongForm(
            f"`{text}` has no path: this key is used as it is", f"`{text.rstrip('/')}/v1/traces`"
        )
    if parts.port == 4317 and appends:
        return WrongForm(
            "4317 is the port of OTLP over gRPC", "port 4318, or the exporter `otlp_grpc`", likely=True
        )
    return None


def grpc_client(text: str) -> WrongForm | None:
    """Where a client connects with gRPC."""
    if text.strip() != text or re.search(r"\s", text):
        return WrongForm(f"`{text}` holds white space", "none")
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", text)
    scheme = match[1].lower() if match else ""
    if scheme in _RESOLVERS or text.startswith("unix:"):
        return None
    if scheme not in ("", "http", "https"):
        return WrongForm(f"`{scheme}://` is no scheme of gRPC", "`host:port`, or `https://host:port`")
    rest = text[match.end() :] if match else text
    host, sign, _ = rest.partition("/")
    if sign:
        return WrongForm(f"`{text}`: gRPC has no path in its address", f"`{host}`")
    if (port := _bad_port(host, needed=True)) is not None:
        return WrongForm(port, f"`{_only_host(host)}:4317`, or another port")
    if host.endswith(":4318"):
        return WrongForm(
            "4318 is the port of OTLP over HTTP", "port 4317, or the exporter `otlp_http`", likely=True
        )
    return None


def server(text: str) -> WrongForm | None:
    """Where a server listens."""
    if text.strip() != text or re.search(r"\s", text):
        return WrongForm(f"`{text}` holds white space", "none")
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
    """What is wrong with the host and port of an address; None when nothing is."""
    match = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(.*))?", netloc)
    if match is None:
        return f"`{netloc}` is not host and port: an IPv6 address stands in brackets"
    port = match[2]
    if port is None or (needed and port == ""):
        return f"`{netloc}` has no port" if needed else None
    if port == "":
        return None
    if not port.isdigit():
        return f"`{port}` is no port"
    return f"`{port}` is no port: they end at 65535" if int(port) > 65535 else None


def _only_host(netloc: str) -> str:
    return "" if netloc.isdigit() else netloc.partition(":")[0]
