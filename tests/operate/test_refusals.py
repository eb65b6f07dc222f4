"""The messages of the programs' own `validate`, as printed by collector 0.159 and Jaeger 2.13."""

from __future__ import annotations

import pytest

from kit.operate.own_check.refusals import refusals

CONFIG = {
    "exporters": {"otlp_grpc/a.b": {"endpoint": "x"}, "debug": {"level": "a"}},
    "processors": {"filter/health": {}},
    "service": {"pipelines": {"traces": {"receivers": "otlp"}}},
}  # fmt: skip
_DECODING = "decoding failed due to the following error(s):\n\n"
_CONFIG = f"Error: failed to get config: cannot unmarshal the configuration: {_DECODING}"

SAID = {
    f"{_CONFIG}'exporters' error reading configuration for \"debug\": {_DECODING}"
    "'debugexporter.Config' has invalid keys: a, b\n": [
        (("exporters", "debug", "a"), "", "has invalid keys: a"),
        (("exporters", "debug", "b"), "", "has invalid keys: b"),
    ],
    f"{_CONFIG}'service.pipelines[traces].receivers' source data must be an array or slice, got string\n": [
        (("service", "pipelines", "traces", "receivers"), "", "source data must be an array or slice, got string")
    ],
    "Error: exporters::otlp_grpc/a.b::clientconfig: invalid port \"443/x\"\n"
    "service::pipelines::traces: references processor \"x\" which is not configured\n"
    "2026/11/30 15:16:37 exporters::otlp_grpc/a.b::clientconfig: invalid port \"443/x\"\n": [
        (("exporters", "otlp_grpc/a.b"), "", 'invalid port "443/x"'),
        (("service", "pipelines", "traces"), "", 'references processor "x" which is not configured'),
    ],
    "Error: failed to get config: cannot resolve the configuration: invalid uri: \"HOST:-a\"\n": [
        ((), "HOST:-a", 'invalid uri: "HOST:-a"')
    ],
    f"{_CONFIG}'exporters' unknown type: \"kafka\" for id: \"kafka/a\" (valid values: [a b])\n": [
        (("exporters", "kafka/a"), "", "unknown type `kafka`")
    ],
    "panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 1 [running]:\n": [
        ((), "", "panic: runtime error: invalid memory address or nil pointer dereference")
    ],
    "2026/11/30 application version: git-commit=\n": [],
}  # fmt: skip


@pytest.mark.parametrize("output", SAID)
def test_a_message_is_about_a_key(output: str) -> None:
    assert [tuple(one) for one in refusals(output, CONFIG)] == SAID[output]
