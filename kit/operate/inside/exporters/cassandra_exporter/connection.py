"""A session with the cluster that outlives reads, and is opened in the background."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from typing import Any

from kit.errors import KitError
from kit.operate.inside.exporters.reachability import Reachability
from kit.operate.schema import Cluster


class Connection:
    """One session with the driver. A read does not wait for a database that is down, nor open a second session.

    Attributes:
        contact_points: `host:port` of each contact point.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.contact_points: Sequence[str] = cluster.contact_points
        self._cluster = cluster
        self._state = Reachability(f"the database at {', '.join(cluster.contact_points)}")
        self._open = contextlib.ExitStack()
        self._session: Any = None
        self._opening: threading.Thread | None = None

    def session(self, seconds: float) -> Any:
        """Return the session, or None if it can't be opened within this time; opening it continues then."""
        if self._session is None:
            if self._opening is None or not self._opening.is_alive():
                self._opening = threading.Thread(target=self._connect, daemon=True)
                self._opening.start()
            self._opening.join(seconds)
        return self._session

    def nodes(self) -> list[Any]:
        """Return the nodes of the nearest datacenter; the driver has no connections to others."""
        known = self._session.cluster.metadata.all_hosts()
        return [node for node in known if node.datacenter in (None, self._cluster.datacenter)]

    def lost(self, problem: str) -> None:
        """Close a session whose nodes don't answer: after a restart they may have other addresses."""
        self._state.fails(problem)
        self.close()

    def close(self) -> None:
        """Close the session."""
        self._session = None
        stack, self._open = self._open, contextlib.ExitStack()
        stack.close()

    def _connect(self) -> None:
        stack = contextlib.ExitStack()
        try:
            session = stack.enter_context(self._cluster.session())
        except (KitError, OSError) as error:
            self._state.fails(error.message if isinstance(error, KitError) else str(error))
            return
        self._open = stack
        self._session = session
        self._state.answers()
