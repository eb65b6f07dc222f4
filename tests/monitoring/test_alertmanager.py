"""Alerts reach people: Alertmanager is rendered for the receivers of a spec, and delivers."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from generator.components.alertmanager.component import CONFIG
from generator.components.prometheus.component import CONFIG as PROMETHEUS_CONFIG
from generator.kit_yaml import parse_spec
from generator.render import workloads_of
from generator.spec.problem import SpecError
from generator.targets import COMPOSE, NATIVE
from kit.provision import Program, TextProgress, provision
from tests.monitoring.test_alerts import rendered
from tests.monitoring.test_render import _deployment
from tests.native.stack import running
from tests.patience import ANSWER_S, PATIENCE_S, until

HEAD = "spec: 1\nname: shop\nnative: {monitoring: true}\n"
WEBHOOK = "webhook: {url: 'https://hooks.example/a?b=$c&d=\"e\"'}"
SLACK = "slack: {url: {file: secrets/slack}, channel: '#alerts'}"
EMAIL = (
    "email: {smarthost: 'mail.example:587', sender: kit@shop.example, to: 'a@shop.example, b@shop.example', "
    "username: kit, password: {file: secrets/mail}}"
)


def _spec(*receivers: str) -> str:
    return HEAD + f"monitoring: {{enabled: true, alerts: {{{', '.join(receivers)}}}}}\n"


@pytest.fixture(scope="module")
def alertmanager() -> Program:
    return provision(["alertmanager"], progress=TextProgress())["alertmanager"]


@pytest.mark.parametrize("target", [COMPOSE, NATIVE], ids=lambda target: target.name)
def test_without_a_receiver_it_does_not_run(target: Any) -> None:
    spec = _spec("repeat: 1h")
    files = rendered(spec, target)
    assert CONFIG not in files
    assert "alerting" not in yaml.safe_load(files[PROMETHEUS_CONFIG])
    assert "alertmanager" not in {one.name for one in workloads_of(_deployment(spec, target))}
    off = spec.replace("enabled: true", "enabled: false").replace("repeat: 1h", WEBHOOK)
    assert CONFIG not in rendered(off, target)


@pytest.mark.parametrize("target", [COMPOSE, NATIVE], ids=lambda target: target.name)
def test_prometheus_sends_to_it(target: Any) -> None:
    spec = _spec(WEBHOOK)
    config = yaml.safe_load(rendered(spec, target)[PROMETHEUS_CONFIG])
    address = "alertmanager:9093" if target is COMPOSE else "127.0.0.1:9093"
    assert config["alerting"]["alertmanagers"] == [{"static_configs": [{"targets": [address]}]}]
    assert "alertmanager" in [job["job_name"] for job in config["scrape_configs"]]


def test_secrets_are_files_and_no_rendered_file_holds_one() -> None:
    spec = _spec(WEBHOOK, SLACK, EMAIL, "repeat: 1d")
    config = yaml.safe_load(rendered(spec)[CONFIG])
    (receiver,) = config["receivers"]
    assert config["route"]["repeat_interval"] == "24h"
    assert receiver["webhook_configs"][0]["url"] == 'https://hooks.example/a?b=$c&d="e"'
    assert receiver["slack_configs"][0]["api_url_file"] == "/run/secrets/secrets-slack"
    assert receiver["email_configs"][0]["auth_password_file"] == "/run/secrets/secrets-mail"
    (workload,) = [one for one in workloads_of(_deployment(spec, COMPOSE)) if one.name == "alertmanager"]
    assert [secret.file for secret in workload.secrets] == ["secrets/slack", "secrets/mail"]


@pytest.mark.parametrize(
    ("receiver", "said"),
    [
        ("webhook: {url: {env: HOOK}}", "reads secrets only from files"),
        ("slack: {url: 'https://hooks.slack.example/x', channel: '#a'}", "clear text"),
        (EMAIL.replace("username: kit, ", ""), "`password` alone"),
        (EMAIL.replace(", password: {file: secrets/mail}", ""), "`username` alone"),
        ("webhook: {url: 'ftp://x'}", "http://"),
        ("webhook: {url: 'http://x/{{ y }}'}", "http://"),
        ("webhook: {}", "url"),
    ],
)
def test_mistakes(receiver: str, said: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_spec(_spec(receiver))
    assert said in str(error.value)


class Webhook:
    """A server that keeps the messages that it gets."""

    def __init__(self) -> None:
        self.messages: queue.Queue[dict[str, Any]] = queue.Queue()
        messages = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                messages.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts"


@contextmanager
def webhook() -> Iterator[Webhook]:
    found = Webhook()
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.server.shutdown()
        found.server.server_close()
        thread.join()


@pytest.mark.native
def test_alertmanager_accepts_all_receivers(alertmanager: Program, tmp_path: Path) -> None:
    text = rendered(_spec(WEBHOOK, SLACK, EMAIL))[CONFIG]
    (tmp_path / "alertmanager.yml").write_text(text.replace("/run/secrets", str(tmp_path)))
    for name in ("secrets-slack", "secrets-mail"):
        (tmp_path / name).write_text("https://hooks.slack.example/x\n")
    command = alertmanager.command(
        "--config.file=alertmanager.yml",
        "--storage.path=data",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    )
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        lines: list[str] = []
        assert process.stderr is not None
        # It reads its config first, and ends if that is wrong.
        for line in process.stderr:
            lines.append(line)
            if "Listening on" in line:
                break
        process.terminate()
    assert "Listening on" in lines[-1], "".join(lines)


@pytest.mark.native
def test_an_alert_arrives(prometheus: Program, alertmanager: Program, tmp_path: Path) -> None:
    """A span without an id is dropped by the collector: it is lost, which is an alert at once."""
    del prometheus, alertmanager
    with webhook() as hook:
        spec = (
            f"monitoring: {{enabled: true, interval: 1s, alerts: {{webhook: {{url: '{hook.url}'}}}}}}\n"
            "native: {monitoring: true, storage: badger}\nservices: []\n"
        )
        with running(tmp_path / "stack", spec) as stack:
            span = {
                "traceId": "0" * 32,
                "spanId": "0" * 16,
                "name": "lost",
                "kind": 1,
                "startTimeUnixNano": str(time.time_ns()),
                "endTimeUnixNano": str(time.time_ns()),
            }
            body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
            httpx.post(
                f"{stack.otlp_http}/v1/traces", json=body, timeout=ANSWER_S, trust_env=False
            ).raise_for_status()
            until(lambda: not hook.messages.empty(), lambda: stack.kit("logs", "alertmanager").stdout)
            message = hook.messages.get(timeout=PATIENCE_S)
            assert "alertmanager" in {it["name"] for it in stack.status()["components"]}
    (alert,) = message["alerts"]
    assert (message["status"], message["receiver"]) == ("firing", "all")
    assert alert["labels"]["alertname"] == "SpansLost"
    assert alert["labels"]["hop"] == "collector"
    assert alert["labels"]["deployment"] == "coupons"
    assert alert["annotations"]["runbook"].startswith("kit doctor")
    assert alert["annotations"]["summary"].startswith("collector: 1 spans without a trace id or span id")
