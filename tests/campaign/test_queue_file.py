"""A damaged queue's file never keeps the collector from starting: real files, real collector, damage by the byte."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from kit.operate.inside.queue_file import why_unsound
from kit.provision import Program
from tests.campaign.whole import WHOLE
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.native

FLIPS = 300 if WHOLE else 12
QUEUE = "exporter_otlp_http_jaeger_traces"
CONFIG = """
extensions:
  health_check: {{endpoint: "127.0.0.1:{health}"}}
  file_storage/queue:
    {{directory: {folder}, create_directory: true, max_size: 268435456, recreate: true,
     compaction: {{directory: {folder}, on_rebound: true, cleanup_on_start: true}}}}
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}}}
exporters:
  otlp_http/jaeger:
    endpoint: http://127.0.0.1:1
    retry_on_failure: {{enabled: true, max_elapsed_time: 0s}}
    sending_queue: {{enabled: true, storage: file_storage/queue, sizer: items, queue_size: 100000, num_consumers: 4}}
service:
  extensions: [health_check, file_storage/queue]
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{traces: {{receivers: [otlp], exporters: [otlp_http/jaeger]}}}}
"""


class Collector:
    """One that keeps what it gets, for nobody takes it; started through the look, as natively."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.folder, self.log = folder, folder.parent / "collector.log"
        self.health, self.otlp = free_port(), free_port()
        config = folder.parent / "config.yaml"
        config.write_text(CONFIG.format(health=self.health, otlp=self.otlp, folder=folder))
        self.command = program.command("--config", str(config))

    @contextmanager
    def started(self, *, look: bool = True) -> Iterator[subprocess.Popen[bytes]]:
        before = [sys.executable, "-m", "kit.operate.inside.look_and_start", str(self.folder), "--"]
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [*(before if look else []), *self.command], stdout=log, stderr=subprocess.STDOUT
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.health, timeout=2)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        return False

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it gets ready and takes a span; False when it ends before."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.is_ready():
            if process.poll() is not None:
                return False
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        try:
            return self.send(1) and process.poll() is None
        except (OSError, http.client.HTTPException):
            return False

    def send(self, spans: int) -> bool:
        one = (
            '{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"%d","kind":1,'
            '"startTimeUnixNano":"1","endTimeUnixNano":"2"}'
        )
        listed = ",".join(one % n for n in range(spans))
        body = f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{listed}]}}]}}]}}'
        connection = http.client.HTTPConnection("127.0.0.1", self.otlp, timeout=10)
        with contextlib.closing(connection):
            connection.request("POST", "/v1/traces", body, {"Content-Type": "application/json"})
            return connection.getresponse().status == 200


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def filled(programs: Mapping[str, Program], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A queue's file with batches of many sizes, as a killed collector leaves it."""
    folder = tmp_path_factory.mktemp("filled") / "queue"
    collector = Collector(programs["otelcol"], folder)
    with collector.started() as process:
        assert collector.wait_until_ready(process), collector.log.read_text()
        for number in range(120):
            assert collector.send(1 + number % 40 * 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert why_unsound(folder / QUEUE) == ""
    return folder / QUEUE


@pytest.fixture
def collector(programs: Mapping[str, Program], filled: Path, tmp_path: Path) -> Collector:
    folder = tmp_path / "queue"
    folder.mkdir()
    shutil.copy(filled, folder / QUEUE)
    return Collector(programs["otelcol"], folder)


def pages_of(file: Path) -> list[int]:
    """Offsets of the pages that have a header which says that it is theirs."""
    data = file.read_bytes()
    return [
        at for at in range(0, len(data), 4096) if int.from_bytes(data[at : at + 8], "little") == at // 4096
    ]


def in_use(file: Path) -> list[int]:
    """Those of them whose own number bbolt reads when it opens the file: the others are free."""
    return [at for at in pages_of(file) if flipped(file, at, lambda: bool(why_unsound(file)))]


def flipped(file: Path, at: int, look: Callable[[], bool]) -> bool:
    flip(file, at, 0xFF)
    seen = look()
    flip(file, at, 0xFF)
    return seen


def flip(file: Path, at: int, bits: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        (byte,) = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte ^ bits]))


def test_a_flipped_byte_anywhere_never_keeps_it_from_starting(collector: Collector, filled: Path) -> None:
    """Nine in ten in the first bytes of a page of the tree, most in its header; the others anywhere."""
    chance = random.Random(1)  # noqa: S311
    pages, size = in_use(filled), filled.stat().st_size
    queue = collector.folder / QUEUE
    damaged = 0
    for _ in range(FLIPS):
        shutil.rmtree(collector.folder)
        collector.folder.mkdir()
        shutil.copy(filled, queue)
        in_tree = chance.random() < 0.9
        within = chance.choice([16, 16, 200])
        at = chance.choice(pages) + chance.randrange(within) if in_tree else chance.randrange(size)
        bits = chance.randrange(1, 256)
        flip(queue, at, bits)
        damaged += bool(why_unsound(queue))
        with collector.started() as process:
            assert collector.wait_until_ready(process), f"{at} ^ {bits}\n{collector.log.read_text()[:3000]}"
    assert damaged >= FLIPS // 10


def flip_kinds(file: Path) -> None:
    """Flip the kind of each page of the tree."""
    for at in pages_of(file)[2:]:
        flip(file, at + 8, 0xFF)


def empty(file: Path) -> None:
    file.write_bytes(b"")
    os.utime(file, (1, 1))  # long ago: the collector fills a file that it has just made


DAMAGES: dict[str, Callable[[Path], object]] = {
    "flipped": flip_kinds,
    "truncated": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 3]),
    "cut in a page": lambda file: file.write_bytes(file.read_bytes()[:5000]),
    "emptied": empty,
    "foreign": lambda file: file.write_text("what somebody copied there\n" * 1000),
    "zeros": lambda file: file.write_bytes(bytes(file.stat().st_size)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_put_aside_with_a_warning(collector: Collector, damage: str) -> None:
    queue = collector.folder / QUEUE
    DAMAGES[damage](queue)
    content = queue.read_bytes()
    with collector.started() as process:
        assert collector.wait_until_ready(process), collector.log.read_text()
    (aside,) = collector.folder.glob(f"{QUEUE}.damaged-*")
    assert aside.read_bytes() == content
    assert f"warning: the queue's file {queue} is damaged (" in collector.log.read_text()
    assert f"It is put aside as {aside.name} ({len(content)} bytes)" in collector.log.read_text()


def test_without_the_look_the_collector_ends_at_each_start(collector: Collector) -> None:
    """The reason for all of this; when it fails, the collector has learned to help itself."""
    DAMAGES["flipped"](collector.folder / QUEUE)
    for _ in range(2):
        with collector.started(look=False) as process:
            assert not collector.wait_until_ready(process)


def test_a_sound_file_stays_where_it_is(collector: Collector) -> None:
    with collector.started() as process:
        assert collector.wait_until_ready(process), collector.log.read_text()
        look = f"from kit.operate.inside.aside import put_aside; put_aside([{str(collector.folder)!r}])"
        watched = subprocess.run(
            [sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=300
        )
    assert watched.stderr == ""
    assert [path.name for path in collector.folder.iterdir()] == [QUEUE]
