"""Run the exporter: python -m … --listen HOST:PORT --keyspace NAME --contact-point HOST:PORT --datacenter NAME …."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kit.errors import KitError
from kit.terminal import say

if TYPE_CHECKING:
    from kit.operate.schema import Cluster

# One try: the next read tries again.
_WAIT_SECONDS = 0.0


def main(arguments: list[str]) -> int:
    """Serve until stopped; return the exit code."""
    parser = argparse.ArgumentParser(prog="cassandra-exporter")
    parser.add_argument("--listen", required=True, metavar="HOST:PORT")
    parser.add_argument("--keyspace", required=True, metavar="NAME", help="keyspace whose tables are shown")
    # The options of `kit schema apply`: generator/components/storage/access.py writes them.
    parser.add_argument("--contact-point", action="append", required=True, metavar="HOST:PORT")
    parser.add_argument("--datacenter", required=True, metavar="NAME")
    for secret in ("username", "password"):
        parser.add_argument(f"--{secret}-env", default="", metavar="VARIABLE")
        parser.add_argument(f"--{secret}-file", default="", metavar="FILE")
    parser.add_argument("--tls", action="store_true")
    for file in ("ca", "certificate", "key"):
        parser.add_argument(f"--{file}", default="", metavar="FILE")
    parser.add_argument("--any-host", action="store_true")
    said = parser.parse_args(arguments)

    from kit.operate.inside.exporters.cassandra_exporter.connection import Connection
    from kit.operate.inside.exporters.cassandra_exporter.reader import CassandraReader
    from kit.operate.inside.exporters.server import serve

    try:
        connection = Connection(_cluster(said))
        try:
            serve(said.listen, CassandraReader(connection, said.keyspace).read)
        finally:
            connection.close()
    except KitError as error:
        say(f"cassandra-exporter: {error.message}")
        return error.exit_code
    except (OSError, ValueError) as error:
        say(f"cassandra-exporter: {error}")
        return 1
    return 0


def _cluster(said: argparse.Namespace) -> Cluster:
    from kit.operate.schema import Cluster, Credentials, Encryption, secret

    credentials = None
    if said.username_env or said.username_file:
        credentials = Credentials(
            secret(said.username_env, said.username_file), secret(said.password_env, said.password_file)
        )
    encryption = None
    if said.tls:
        encryption = Encryption(said.ca, said.certificate, said.key, verify_host=not said.any_host)
    return Cluster(said.contact_point, said.datacenter, _WAIT_SECONDS, credentials, encryption)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
