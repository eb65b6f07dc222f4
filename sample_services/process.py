"""Life cycle of a service process: telemetry, one HTTP port, workers, and a shutdown without losses on SIGTERM."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import uvicorn
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from .settings import SettingsError
from .telemetry import sdk
from .telemetry.process_use import watch_event_loop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence

    from .settings import Address

    Worker = Callable[[asyncio.Event], Awaitable[None]]

_log = logging.getLogger(__name__)

# The grace period is 35 s. These two take up to 15 s of it. Leaving a batch takes up to 2 s, the notifier's current
# call 8 s, and the last flush of spans 5 s.
_BATCH_GRACE_SECONDS = 10
_REQUEST_GRACE_SECONDS = 5


class Settings(Protocol):
    """The settings that telemetry needs before a service starts."""

    @property
    def latency_buckets(self) -> tuple[float, ...]:
        """Edges of the buckets for the durations of HTTP requests, in seconds."""
        ...


Read = TypeVar("Read", bound=Settings)


class ListenError(Exception):
    """Raised when the port is not available."""


def launch(
    service_name: str, read: Callable[[], Read], start: Callable[[Read], Coroutine[Any, Any, None]]
) -> int:
    """Run a service until SIGTERM or SIGINT; return the process's exit code.

    The code is 0 after a signal. It is 1 if a worker fails, or if the settings, the port or the database
    are not usable; one log line then gives the reason.

    Args:
        service_name: Name in traces if OTEL_SERVICE_NAME is not set.
        read: Reads the settings.
        start: Serves with these settings until a signal arrives.
    """
    _log_with_times()
    # A pool with its own name logs each of its steps at INFO.
    logging.getLogger("sample_services.telemetry.sql").setLevel(logging.WARNING)
    try:
        settings = read()
        telemetry = sdk.start(service_name, settings.latency_buckets)
    except (SettingsError, ValueError) as error:
        _log.error("%s cannot run: %s", service_name, error)
        return 1
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(start(settings))
    except (ListenError, SQLAlchemyError, OSError) as error:
        _log.error("%s cannot run: %s", service_name, error)
        return 1
    except Exception:
        _log.exception("%s failed", service_name)
        return 1
    finally:
        telemetry.shutdown()
    return 0


def _log_with_times() -> None:
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
    )
    # UTC, as in Jaeger and the collector, so that the lines of all logs can be compared.
    logging.Formatter.converter = time.gmtime


async def serve(app: Any, listen: Address, workers: Sequence[Worker] = ()) -> None:
    """Serve an ASGI application and run workers, until a signal arrives or one of them ends.

    Then the workers' stop event is set, and they finish their current batch before the port closes. A worker
    that takes longer than ten seconds is cancelled: its entries stay pending, and are delivered again.

    Args:
        app: The ASGI application.
        listen: Address to listen on; port 0 means a free port.
        workers: Functions that run until their stop event is set.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    listener = _listen(listen)
    _spare_the_collector()
    server = _Server(
        uvicorn.Config(
            app,
            access_log=False,
            ws="none",  # no route uses WebSockets, so their library need not be imported
            log_config=None,
            log_level=logging.WARNING,
            timeout_graceful_shutdown=_REQUEST_GRACE_SECONDS,
        )
    )
    _log.info("listening on http://%s:%d", *listener.getsockname()[:2])
    http = asyncio.ensure_future(server.serve(sockets=[listener]))
    tasks = [asyncio.ensure_future(worker(stop)) for worker in workers]
    waiter = asyncio.ensure_future(stop.wait())
    lag = asyncio.ensure_future(watch_event_loop())
    await asyncio.wait([http, waiter, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await _finish(tasks)
    server.should_exit = True
    await http
    await waiter
    lag.cancel()
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            raise error


async def _finish(tasks: Sequence[asyncio.Future[None]]) -> None:
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=_BATCH_GRACE_SECONDS)
    for task in late:
        _log.warning("the current batch takes more than %d s: it is left pending", _BATCH_GRACE_SECONDS)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn would raise them again after its shutdown, and spans would be lost."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _spare_the_collector() -> None:
    """Collect garbage less often: a span has dozens of short-lived objects, and hardly any is in a cycle.

    With Python's defaults, collections cost 10 to 18 µs per span, most of it for modules that stay loaded.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family, backlog=2048)
    except OSError as error:
        raise ListenError(
            f"{address.variable}: cannot listen on {address.host}:{address.port}: {error.strerror or error}"
        ) from error
