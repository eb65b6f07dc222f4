"""Run the proxy: python -m … --listen HOST:PORT --jaeger URL --at-once URL --folder FOLDER --limit BYTES."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

# Memory for bodies: three of the largest; the usual one is 128 KiB.
_BODIES = 48 << 20
_AT_ONCE_SECONDS = 10.0
# Longer than a client keeps an idle connection, so that it never writes to one that is being closed.
_KEEP_ALIVE_SECONDS = 300
_STOP_SECONDS = 12


def main(arguments: list[str]) -> int:
    """Serve until stopped; return the exit code."""
    parser = argparse.ArgumentParser(prog="dead-letters")
    parser.add_argument("--listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--jaeger", required=True, metavar="URL", help="Jaeger's receiver with a queue")
    parser.add_argument("--at-once", required=True, metavar="URL", help="Jaeger's receiver that tries once")
    parser.add_argument("--folder", required=True, type=Path, metavar="FOLDER")
    parser.add_argument(
        "--limit", required=True, type=int, metavar="BYTES", help="limit of all letters together"
    )
    parser.add_argument(
        "--timeout",
        required=True,
        type=float,
        metavar="SECONDS",
        help="timeout of a request to Jaeger's receiver with a queue",
    )
    said = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(said))
    except OSError as error:
        sys.stderr.write(f"dead letters: {error}\n")
        return 1
    return 0


async def _serve(said: argparse.Namespace) -> None:
    import httpx
    import uvicorn

    from kit.operate.inside.dead_letters.control import Control
    from kit.operate.inside.dead_letters.counts import Counts
    from kit.operate.inside.dead_letters.entrance import Entrance
    from kit.operate.inside.dead_letters.evidence import Evidence
    from kit.operate.inside.dead_letters.forward import Forwarder
    from kit.operate.inside.dead_letters.letterbox import Letterbox
    from kit.operate.inside.dead_letters.room import Room
    from kit.operate.inside.dead_letters.server import Server

    letters = Letterbox(said.folder, said.limit)
    counts, evidence = Counts(letters), Evidence()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=128)
    async with httpx.AsyncClient(trust_env=False, limits=limits) as client:
        at_once = Entrance(client, said.at_once, _AT_ONCE_SECONDS)
        forwarder = Forwarder(
            Entrance(client, said.jaeger, said.timeout), at_once, evidence,
            Control(said.folder, at_once, evidence), letters, counts,
        )  # fmt: skip
        host, _, port = said.listen.rpartition(":")
        config = uvicorn.Config(
            Server(forwarder, letters, counts, Room(_BODIES)),
            host=host,
            port=int(port),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
