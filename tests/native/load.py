"""A steady load on the sample API that goes on through faults: what was refused is asked again."""

from __future__ import annotations

import threading
import time
import uuid
from types import TracebackType

import httpx

from tests.native.stack import Stack

_PAUSE_SECONDS = 0.03
_GIVE_UP_SECONDS = 300


class Load:
    """Asks for coupons from a thread of its own while a `with` block lasts.

    Attributes:
        stock: coupons of the campaign; half as many as it may ask for, so that it can be over-issued.
        accepted: trace by request id.
    """

    def __init__(self, stack: Stack) -> None:
        self._api = stack.api
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure: BaseException | None = None
        self.stock = 50
        self.campaign = ""
        self.accepted: dict[str, str] = {}

    def __enter__(self) -> Load:
        answer = httpx.post(
            f"{self._api}/campaigns",
            json={"name": "faults", "stock": self.stock},
            timeout=10,
            trust_env=False,
        )
        self.campaign = str(answer.raise_for_status().json()["id"])
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if error is None and self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            with httpx.Client(base_url=self._api, timeout=5, trust_env=False) as client:
                user = 0
                while not self._stop.is_set():
                    # Every third user asks twice.
                    self._ask(client, f"user-{user}")
                    if user % 3 == 0:
                        self._ask(client, f"user-{user}")
                    user += 1
                    time.sleep(_PAUSE_SECONDS)
        except BaseException as error:
            self._failure = error

    def _ask(self, client: httpx.Client, user: str) -> None:
        key = uuid.uuid4().hex
        deadline = time.monotonic() + _GIVE_UP_SECONDS
        while True:
            try:
                answer = client.post(
                    f"/campaigns/{self.campaign}/coupons",
                    json={"user_id": user},
                    headers={"Idempotency-Key": key},
                )
                if answer.status_code == 202:
                    self.accepted[str(answer.json()["request_id"])] = answer.headers["X-Trace-Id"]
                    return
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, "the API took nothing any more"
            time.sleep(0.1)

    def outcomes(self, seconds: float = 300) -> dict[str, str]:
        """What became of each accepted request, once all are decided; fails when some never are."""
        deadline = time.monotonic() + seconds
        found: dict[str, str] = {}
        with httpx.Client(base_url=self._api, timeout=5, trust_env=False) as client:
            while True:
                for request in self.accepted.keys() - found.keys():
                    try:
                        answer = client.get(f"/coupons/{request}")
                    except httpx.HTTPError:
                        continue
                    if answer.status_code == 200 and answer.json()["status"] in ("delivered", "rejected"):
                        found[request] = str(answer.json()["reason"] or answer.json()["status"])
                open_ = self.accepted.keys() - found.keys()
                if not open_:
                    return found
                assert time.monotonic() < deadline, f"{len(open_)} requests without an outcome"
                time.sleep(0.2)
