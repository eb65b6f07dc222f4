"""The sender, a separate process: each of its connections sends the next request after the answer to the last one.

It writes JSON lines to stdout: the start time, then the acknowledged requests.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from bench.write_path.encoded import Encoded

# A refused request is retried, as an SDK does.
_AGAIN_SECONDS = 0.2
_FULL_SUCCESS = (b"", b"\x0a\x00")


@dataclass
class Sent:
    """Results of the requests, by their numbers.

    Attributes:
        acknowledged: Requests answered with 200 and no rejected spans.
        unanswered: Requests without an answer when the time was over.
        refused: Number of answers that asked for a retry.
        cpu_seconds: CPU seconds of this process, from the first request to the last.
    """

    acknowledged: list[int] = field(default_factory=list)
    unanswered: list[int] = field(default_factory=list)
    refused: int = 0
    cpu_seconds: float = 0.0


def send(
    host: str, port: int, encoded: Encoded, *, connections: int, seconds: float, linger: float, most: int
) -> Sent:
    """Send for some seconds, then wait a little for the last answers."""
    sent = Sent()
    numbers, lock = iter(range(most)), threading.Lock()
    end = time.monotonic() + seconds
    cpu = time.process_time()
    threads = [
        threading.Thread(target=_connection, args=(host, port, encoded, _next(numbers, lock, end), end + linger, sent))
        for _ in range(connections)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.cpu_seconds = time.process_time() - cpu
    return sent


def _next(numbers: Iterator[int], lock: threading.Lock, end: float) -> Iterator[int]:
    for _ in itertools.count():
        if time.monotonic() >= end:
            return
        with lock:
            number = next(numbers, None)
        if number is None:
            return
        yield number


def _connection(
    host: str, port: int, encoded: Encoded, numbers: Iterator[int], give_up: float, sent: Sent
) -> None:
    connection = http.client.HTTPConnection(host, port)
    for number in numbers:
        body = encoded.batch(number)
        while True:
            left = give_up - time.monotonic()
            if left <= 0 or (answered := _post(connection, body, left)) is None:
                sent.unanswered.append(number)
                break
            if answered:
                sent.acknowledged.append(number)
                break
            sent.refused += 1
            time.sleep(_AGAIN_SECONDS)
    connection.close()


def _post(connection: http.client.HTTPConnection, body: bytearray, seconds: float) -> bool | None:
    """Send a request. Return True if acknowledged, False if refused, None if there was no answer."""
    connection.timeout = seconds
    if connection.sock is not None:
        connection.sock.settimeout(seconds)
    try:
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return None
    return response.status == 200 and answer in _FULL_SUCCESS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("salt", type=int)
    parser.add_argument("start_us", type=int)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--linger", type=float, required=True)
    parser.add_argument("--most", type=int, required=True)
    asked = parser.parse_args()
    encoded = Encoded(asked.salt, asked.start_us)
    print(json.dumps({"began_us": time.time_ns() // 1000}), flush=True)
    sent = send(
        "127.0.0.1", asked.port, encoded,
        connections=asked.connections, seconds=asked.seconds, linger=asked.linger, most=asked.most,
    )  # fmt: skip
    print(json.dumps(asdict(sent)))


if __name__ == "__main__":
    main()
