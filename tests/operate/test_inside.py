"""The small programs that run inside, run here."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest


class Answers(http.server.BaseHTTPRequestHandler):
    """200 for `/`, 503 for the rest."""

    def do_GET(self) -> None:  # the base class's name
        self.send_response(200 if self.path == "/" else 503)
        self.end_headers()
        self.wfile.write(b"fine")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"kit.operate.inside.{module}", *arguments],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_what_answers_is_ready(url: str) -> None:
    assert run("wait_for", f"{url}/", "5").returncode == 0


@pytest.mark.parametrize(("path", "reason"), [("/other", "503"), ("", "refused")])
def test_what_does_not_answer_well_in_time_is_told(url: str, path: str, reason: str) -> None:
    asked = f"{url}{path}" if path else "http://127.0.0.1:1/"
    result = run("wait_for", asked, "0.3")
    assert result.returncode == 1
    assert f"{asked} is not ready after 0.3 s" in result.stderr
    assert reason in result.stderr


def test_what_urls_answer_by_name_and_null_for_those_that_do_not(url: str) -> None:
    result = run("fetch", f"one={url}/", f"other={url}/other", "none=http://127.0.0.1:1/?a=b")
    assert json.loads(result.stdout) == {"one": "fine", "other": None, "none": None}


def test_a_volume_must_belong_to_its_user(tmp_path: Path) -> None:
    assert run("owned", str(tmp_path), str(os.getuid())).returncode == 0
    result = run("owned", str(tmp_path), "10001")
    assert result.returncode == 1
    assert f"belongs to user {os.getuid()}, and user 10001 could not write there" in result.stderr
