"""Run the exporter: python -m … --listen HOST:PORT --redis redis://HOST:PORT [--stream NAME …]."""

from __future__ import annotations

import argparse
import sys

from kit.terminal import say


def main(arguments: list[str]) -> int:
    """Serve until stopped; return the exit code."""
    parser = argparse.ArgumentParser(prog="redis-exporter")
    parser.add_argument("--listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--redis", required=True, metavar="URL")
    parser.add_argument("--stream", action="append", default=[], metavar="NAME", help="may be repeated")
    said = parser.parse_args(arguments)

    from kit.operate.inside.exporters.redis_exporter.reader import RedisReader
    from kit.operate.inside.exporters.server import serve

    try:
        serve(said.listen, RedisReader(said.redis, said.stream).read)
    except (OSError, ValueError) as error:
        say(f"redis-exporter: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
