"""What an override may not say: each is found at its line, without any program."""

from __future__ import annotations

import pytest

from generator.config_keys import endpoints, go_yaml, ottl, variables
from generator.config_keys.catalogue import OTELCOL, catalogue
from generator.overrides import Overrides
from generator.rules.config_keys import not_checked
from generator.targets import NATIVE
from tests.config_keys.describe import VERSIONS
from tests.rules.scenes import HEAD, findings, scene

EXPORTER = "exporters: {otlp_http/jaeger: {%s}}\n"

WRONG = {
    "a key with a typo": (EXPORTER % "endpont: 'http://dead-letters:4318'", "KIT140"),
    "a key of another component": (EXPORTER % "max_recv_msg_size_mib: 4", "KIT140"),
    "a key in capitals": (EXPORTER % "Timeout: 30s", "KIT140"),
    "a key that is twice there": (EXPORTER % "timeout: 30s, timeout: 40s", "KIT140"),
    "a key below the queue": (EXPORTER % "sending_queue: {size: 5}", "KIT140"),
    "a key of service": ("service: {pipeline: {}}\n", "KIT140"),
    "a key of a pipeline": ("service: {pipelines: {traces: {processor: [batch]}}}\n", "KIT140"),
    "a key of the telemetry": ("service: {telemetry: {logs: {levels: debug}}}\n", "KIT140"),
    "a number for text": ("receivers: {otlp: {protocols: {grpc: {endpoint: 4317}}}}\n", "KIT141"),
    "text for a number": (EXPORTER % "sending_queue: {num_consumers: many}", "KIT141"),
    "keys and values for a word": (EXPORTER % "sending_queue: {sizer: {items: true}}", "KIT141"),
    "an exporter without endpoint": ("exporters: {otlp_http/vendor: {compression: gzip}}\n", "KIT141"),
    "an exporter without anything": ("exporters: {otlp_grpc/vendor: {}}\n", "KIT141"),
    "an endpoint that is taken away": (EXPORTER % "endpoint: null", "KIT141"),
    "a limiter without its limit": ("processors: {memory_limiter/own: {check_interval: 1s}}\n", "KIT141"),
    "yes for true": (EXPORTER % "disable_keep_alives: yes", "KIT141"),
    "on for true": (EXPORTER % "retry_on_failure: {enabled: on}", "KIT141"),
    "a list for a mapping": (EXPORTER % "retry_on_failure: [enabled]", "KIT141"),
    "text for a list": ("service: {pipelines: {traces: {receivers: otlp}}}\n", "KIT141"),
    "a word that there is not": (EXPORTER % "compression: gz", "KIT141"),
    "a word in capitals": (EXPORTER % "compression: GZIP", "KIT141"),
    "a sizer that there is not": (EXPORTER % "sending_queue: {sizer: spans}", "KIT141"),
    "a level that there is not": ("service: {telemetry: {metrics: {level: all}}}\n", "KIT141"),
    "an error mode that there is not": ("processors: {transform/limits: {error_mode: skip}}\n", "KIT141"),
    "no consumers": (EXPORTER % "sending_queue: {num_consumers: 0}", "KIT141"),
    "a duration with a foreign unit": (EXPORTER % "timeout: 5 seconds", "KIT141"),
    "a duration in days": (EXPORTER % "timeout: 1d", "KIT141"),
    "a duration that is text without unit": (EXPORTER % "timeout: '30'", "KIT141"),
    "a negative give-up": (EXPORTER % "retry_on_failure: {max_elapsed_time: -1s}", "KIT141"),
    "a header that is a number": (EXPORTER % "headers: {tenant: 7}", "KIT141"),
    "seconds without unit": (EXPORTER % "timeout: 30", "KIT142"),
    "milliseconds without unit": (EXPORTER % "sending_queue: {batch: {flush_timeout: 200}}", "KIT142"),
    "a fraction without unit": (EXPORTER % "retry_on_failure: {initial_interval: 0.5}", "KIT142"),
    "an interval of the limiter": ("processors: {memory_limiter: {check_interval: 1}}\n", "KIT142"),
    "one equals sign": ("processors: {filter/limits: {traces: {span: ['name = \"a\"']}}}\n", "KIT144"),
    "a function that there is not": (
        "processors: {transform/limits: {trace_statements: ['sett(span.name, \"a\")']}}\n", "KIT144"),
    "an editor as converter": (
        "processors: {transform/limits: {trace_statements: ['set(span.name, lower(span.name))']}}\n", "KIT144"),
    "too few arguments": (
        "processors: {transform/limits: {trace_statements: [{statements: ['set(span.name)']}]}}\n", "KIT144"),
    "a parenthesis that is not closed": (
        "processors: {transform/limits: {trace_statements: [{statements: ['set(span.name, \"a\"']}]}}\n", "KIT144"),
    "text in single quotes": (
        "processors: {transform/limits: {trace_statements: [{statements: [\"set(span.name, 'a')\"]}]}}\n", "KIT144"),
    "a default of the shell": (EXPORTER % "headers: {a: '${TENANT:-shop}'}", "KIT145"),
    "a dash without colon": (EXPORTER % "headers: {a: '${env:TENANT-shop}'}", "KIT145"),
    "a name with a dash at its end": (EXPORTER % "headers: {a: '${env:TENANT-}'}", "KIT145"),
    "a source that there is not": (EXPORTER % "headers: {a: '${vault:secret}'}", "KIT145"),
    "a required variable of the shell": (EXPORTER % "headers: {a: '${env:TENANT:?needed}'}", "KIT145"),
    "a name with a space": (EXPORTER % "headers: {a: '${env: TENANT}'}", "KIT145"),
}  # fmt: skip

ENDPOINTS = {
    "http": (
        "http://jaeger:4318/v1/traces", "http://jaeger:4318/v1/traces/", "http://jaeger:4318/v1/trace", "jaeger:4318",
        "https://a.b/otlp/v1/logs",
        "jaeger", "grpc://jaeger:4317", "http:/jaeger:4318", "http://jaeger:99999", "http://jaeger:port", "http://",
        "http://jaeger:4318?a=b", " http://jaeger:4318", "10.0.0.1:4318",
    ),
    "grpc": (
        "jaeger", "jaeger:4317/v1/traces", "http://jaeger:4317/", "grpc://jaeger:4317", "jaeger:70000", "jaeger:port",
        "https://a.b:443/api", "::1:4317",
    ),
    "server": (
        "http://0.0.0.0:4317", "0.0.0.0", "4317", "0.0.0.0:4317/v1/traces", "tcp://0.0.0.0:4317", "0.0.0.0:70000",
        "::1:4317",
    ),
}  # fmt: skip
RIGHT = {
    "http": ("http://jaeger:4318", "https://otlp.example.com", "https://a.b/otlp", "http://[::1]:4318", "http://a_b:1/",
             "HTTPS://a.b", "http://user:word@a.b:4318"),
    "grpc": ("jaeger:4317", "http://jaeger:4317", "https://a.b:443", "dns:///jaeger:4317", "[::1]:4317",
             "unix:///run/a.sock", "passthrough:///a:1"),
    "server": ("0.0.0.0:4317", ":4317", "localhost:0", "[::]:4317", "127.0.0.1:13133"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_the_collector_refuses_or_loses_is_found_at_its_line(name: str) -> None:
    override, rule = WRONG[name]
    found = [one for one in findings({"overrides/collector.yaml": override}) if one.rule.id == rule]
    assert found
    assert all(one.place and one.place.file == "overrides/collector.yaml" and one.place.line for one in found)


def form(kind: str, text: str) -> endpoints.WrongForm | None:
    if kind == "http":
        return endpoints.http_client(text, appends=True, whole=False)
    return endpoints.grpc_client(text) if kind == "grpc" else endpoints.server(text)


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in ENDPOINTS.items() for text in texts]
)
def test_an_endpoint_of_the_wrong_form(kind: str, text: str) -> None:
    assert form(kind, text)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in RIGHT.items() for text in texts])
def test_an_endpoint_of_the_right_form(kind: str, text: str) -> None:
    assert form(kind, text) is None


def test_an_address_that_is_used_as_it_is_needs_a_path() -> None:
    assert endpoints.http_client("http://a:4318", appends=False, whole=True)
    assert endpoints.http_client("http://a:4318/v1/traces", appends=False, whole=True) is None


@pytest.mark.parametrize(
    "text",
    ['set(span.name, "a") where span.kind == SPAN_KIND_SERVER', "limit(span.attributes, 10, [])",
     'set(span.attributes["a"], Concat([span.name, "b"], "-"))', "set(span.attributes[\"a\"], (1 + 2) * 3 - -4)",
     'set(span.attributes["m"], {"a": 1, "b": [true, nil]})',
     'replace_pattern(span.name, "(a)", "$1", function=SHA256)',
     'set(span.name, ToKeyValueString(span.attributes)) where not (IsMatch(span.name, "x") or span.status.code == 2)',
     "set(span.attributes[\"b\"], 0x0a) where true and IsString(span.attributes[\"b\"])"],
)  # fmt: skip
def test_a_statement_that_the_language_has(text: str) -> None:
    assert ottl.refused(text, catalogue(OTELCOL).functions["transform"], statement=True) is None


def test_deep_parentheses_are_parsed_in_time() -> None:
    text = "(" * 60 + 'name == "a"' + ")" * 60
    assert ottl.refused(text, {}, statement=False) is None


@pytest.mark.parametrize(
    "text",
    ["${env:A}", "${A}", "${env:A:-b}", "${env:A:-}", "$${A:-b}", "${file:/run/a}", "${env:A:-${env:B}}", "$1", "{a}",
     "${yaml:a: 1}", "${A"],
)  # fmt: skip
def test_a_variable_that_the_collector_takes(text: str) -> None:
    assert list(variables.wrong(text)) == []


def test_yaml_is_read_as_go_reads_it() -> None:
    text = "{a: yes, b: 1e3, c: 010, d: 0o10, e: 1:30, f: ~, g: True, h: 1_000, i: .5, j: '7', k: 0x1f, l: 2026-01-01}"
    assert go_yaml.load(text) == {
        "a": "yes", "b": 1000.0, "c": 8, "d": 8, "e": "1:30", "f": None, "g": True, "h": 1000, "i": 0.5, "j": "7",
        "k": 31, "l": "2026-01-01",
    }  # fmt: skip


def test_what_no_rule_understands_is_named() -> None:
    override = (
        "exporters: {kafka: {brokers: ['a:9092']}}\n"
        "service: {pipelines: {traces: {exporters: [otlp_http/jaeger, kafka]}}}\n"
    )
    [(place, line)] = not_checked(scene(HEAD, Overrides(collector=override)))
    assert (place.file, place.line) == ("overrides/collector.yaml", 1)
    assert "kafka" in line


def test_what_is_understood_is_not_named() -> None:
    override = EXPORTER % "timeout: 30s"
    assert list(not_checked(scene(HEAD, Overrides(collector=override)))) == []


def test_the_data_is_of_the_native_parts() -> None:
    assert {program: catalogue(program).version for program in VERSIONS} == VERSIONS


def test_jaegers_own_keys_are_compared_where_its_version_is_known() -> None:
    edit = "-        consistency: LOCAL_ONE\n+        consistencies: LOCAL_ONE\n"
    rendered = scene(HEAD, Overrides(), target=NATIVE).files["jaeger/config.yaml"]
    assert "consistency: LOCAL_ONE" in rendered
    line = next(one for one in rendered.splitlines() if "consistency:" in one)
    edit = f"-{line}\n+{line.replace('consistency', 'consistencies')}\n"
    assert "KIT140" in {one.rule.id for one in findings({"jaeger/config.yaml, edited by hand": edit}, NATIVE)}


def test_a_block_of_which_nothing_is_known_is_named() -> None:
    override = "service: {telemetry: {metrics: {readers: [{periodic: {exporter: {vendor: {a: 1}}}}]}}}\n"
    [(place, line)] = not_checked(scene(HEAD, Overrides(collector=override)))
    assert place.line == 1
    assert line.startswith("service.telemetry.metrics.readers.0.periodic.exporter.vendor: ")


def test_settings_of_the_ui_are_named() -> None:
    assert len(list(not_checked(scene(HEAD, Overrides(jaeger_ui='{"menu": []}'))))) == 1


OF_A_BLOCK_THAT_CAN_NOT_BE_EMPTY = {
    "{protocol: http/protobuf, endpoint: 'http://a:4318'}": [],
    "{headers: {a: b}}": [],
    "{}": ["KIT141"],
    "{protocol: grpc}": ["KIT141"],
    "{endpoint: 'http://a:4318', endpiont: b}": ["KIT140"],
    "{endpoint: 'http://a:4318', insecure: maybe}": ["KIT141"],
}


@pytest.mark.parametrize("otlp", OF_A_BLOCK_THAT_CAN_NOT_BE_EMPTY)
def test_a_block_that_can_not_be_empty(otlp: str) -> None:
    override = (
        f"service: {{telemetry: {{traces: {{processors: [{{batch: {{exporter: {{otlp: {otlp}}}}}}}]}}}}}}\n"
    )
    found = [
        one.rule.id for one in findings({"overrides/collector.yaml": override}) if one.rule.id >= "KIT140"
    ]
    assert found == OF_A_BLOCK_THAT_CAN_NOT_BE_EMPTY[otlp]
