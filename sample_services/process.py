"""The life of a service process: telemetry, one HTTP port, workers, and a SIGTERM that loses nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from .settings import SettingsError
from .telemetry import sdk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence

    from .settings import Address

    Worker = Callable[[asyncio.Event], Awaitable[None]]

_log = logging.getLogger(__name__)

# Of 35 s of grace these may take 15 s, leaving a batch 2 s, a call of the notifier that is under way 8 s, and the
# last flush of spans 5 s.
_BATCH_GRACE_SECONDS = 10
_REQUEST_GRACE_SECONDS = 5


class ListenError(Exception):
    """The port cannot be had."""


def launch(service_name: str, start: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Run a service until SIGTERM or SIGINT; returns the process's exit code.

    0 after a signal, 1 when the settings, the port or the database are not usable (with one line
    that says which), and when a worker fails.

    Args:
        service_name: the name in traces when OTEL_SERVICE_NAME is not set.
        start: reads its settings and serves until told to stop.
    """
    _log_with_times()
    # A pool with a name of its own logs its life at INFO.
    logging.getLogger("sample_services.telemetry.sql").setLevel(logging.WARNING)
    telemetry = sdk.start(service_name)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(start())
    except (SettingsError, ListenError, SQLAlchemyError, OSError) as error:
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
    # As Jaeger and the collector do: UTC, so that lines of all can be compared.
    logging.Formatter.converter = time.gmtime


async def serve(app: Any, listen: Address, workers: Sequence[Worker] = ()) -> None:
    """Serve an ASGI application beside workers until a signal comes or one of them ends.

    Workers are told through their event and finish the batch in hand before the port closes. One
    that takes longer than ten seconds is cancelled: its entries stay pending, and are delivered again.

    Args:
        app: the ASGI application.
        listen: where to; port 0 takes a free one.
        workers: each runs until the event it is given is set.
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
            ws="none",  # its library would be imported, and nothing here speaks it
            log_config=None,
            log_level=logging.WARNING,
            timeout_graceful_shutdown=_REQUEST_GRACE_SECONDS,
        )
    )
    _log.info("listening on http://%s:%d", *listener.getsockname()[:2])
    http = asyncio.ensure_future(server.serve(sockets=[listener]))
    tasks = [asyncio.ensure_future(worker(stop)) for worker in workers]
    waiter = asyncio.ensure_future(stop.wait())
    await asyncio.wait([http, waiter, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await _finish(tasks)
    server.should_exit = True
    await http
    await waiter
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            raise error


async def _finish(tasks: Sequence[asyncio.Future[None]]) -> None:
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=_BATCH_GRACE_SECONDS)
    for task in late:
        _log.warning("the batch in hand takes more than %d s: it is left pending", _BATCH_GRACE_SECONDS)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn raises them again after its shutdown, and spans would be lost."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _spare_the_collector() -> None:
    """Look for garbage less often: a span is dozens of short-lived objects, and hardly any is in a cycle.

    At Python's defaults the search costs 10 to 18 µs a span, most of it over modules that stay.
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
            f"{address.variable}: {address.host}:{address.port} cannot be listened on: {error.strerror or error}"
        ) from error
