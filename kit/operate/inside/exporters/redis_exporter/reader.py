"""Read Redis and its streams in one round trip, and a second one where Redis does not report a group's lag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import redis
from prometheus_client.core import Metric
from redis.backoff import NoBackoff
from redis.retry import Retry

from kit.operate.inside.exporters.reachability import Reachability
from kit.operate.inside.exporters.redis_exporter import families
from kit.operate.inside.exporters.redis_exporter.streams import Stream, stream_of
from kit.operate.queues.look import COUNT_UNREAD

# Keeps a read cheap: counting in Redis blocks it.
_COUNTED = 1_000
# A connection and two round trips share the time of a read.
_STEPS = 3


class RedisReader:
    """Reads one Redis, over a connection for each read."""

    def __init__(self, url: str, streams: Sequence[str]) -> None:
        """Check the URL.

        Args:
            url: such as `redis://host:6379`.
            streams: streams to read; one that does not exist has no metrics.

        Raises:
            ValueError: The URL is invalid.
        """
        self._url, self._streams = url, tuple(dict.fromkeys(streams))
        where = redis.ConnectionPool.from_url(url).connection_kwargs
        self._state = Reachability(f"Redis at {where.get('host')}:{where.get('port')}")

    def read(self, seconds: float) -> Iterator[Metric]:
        """Yield the metrics; only `redis_up 0` if Redis does not answer in time.

        Args:
            seconds: the time that this may take.
        """
        client = redis.Redis.from_url(
            self._url, protocol=2, decode_responses=True, encoding_errors="replace",
            client_name="redis_exporter", retry=Retry(NoBackoff(), 0),
            socket_timeout=seconds / _STEPS, socket_connect_timeout=seconds / _STEPS,
        )  # fmt: skip
        try:
            info, streams = self._ask(client)
        except (redis.RedisError, OSError) as error:
            self._state.fails(str(error))
            yield families.up(0)
            return
        finally:
            client.close()
        self._state.answers()
        yield families.up(1)
        yield from families.server(info)
        yield from families.streams(streams)

    def _ask(self, client: Any) -> tuple[dict[str, Any], list[Stream]]:
        ask = client.pipeline(transaction=False)
        ask.info()
        for name in self._streams:
            ask.xinfo_stream(name)
            ask.xinfo_groups(name)
        # A stream that does not exist is an error in its place; the others are read.
        info, *told = ask.execute(raise_on_error=False)
        if isinstance(info, Exception):
            raise info
        streams = [
            stream_of(name, about, groups)
            for name, about, groups in zip(self._streams, told[::2], told[1::2], strict=True)
            if isinstance(about, dict) and isinstance(groups, list)
        ]
        return info, _counted(client, streams)


def _counted(client: Any, streams: Sequence[Stream]) -> list[Stream]:
    """Return the streams with the lag of each group."""
    ask = client.pipeline(transaction=False)
    unknown = [
        (stream.name, group.name) for stream in streams for group in stream.groups if group.lag is None
    ]
    for stream in streams:
        for group in stream.groups:
            if group.lag is None:
                ask.eval(COUNT_UNREAD, 1, stream.name, group.delivered, _COUNTED)
    counts = dict(zip(unknown, ask.execute(raise_on_error=False), strict=True)) if unknown else {}

    def known(stream: Stream) -> Stream:
        groups = []
        for group in stream.groups:
            count = counts.get((stream.name, group.name))
            # The stream may have been deleted in between.
            counted = group.with_lag(count, _COUNTED, stream.length) if isinstance(count, int) else group
            groups.append(counted)
        return replace(stream, groups=tuple(groups))

    return [known(stream) for stream in streams]
