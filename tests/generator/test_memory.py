from __future__ import annotations

import pytest
import yaml

from generator.components.collector.plan import CollectorPlan
from generator.components.jaeger.plan import JaegerPlan
from generator.deployment.memory import GoMemory, held_spans, queued_spans
from generator.deployment.under_way import SLOWEST_STORE
from generator.render import render_files, workloads_of
from generator.spec.quantities import Size
from generator.targets import NATIVE
from tests.generator.specs import SPECS, deployment


def test_one_number_gives_all_limits_of_a_go_program() -> None:
    memory = GoMemory(Size.parse("512MiB"))
    assert (memory.soft.mib, memory.refuse.mib, memory.spike.mib) == (409, 384, 76)


@pytest.mark.parametrize("text", ["128MiB", "300MiB", "1GiB", "64GiB"])
def test_data_is_refused_before_memory_ends(text: str) -> None:
    memory = GoMemory(Size.parse(text))
    assert memory.spike < memory.refuse < memory.soft < memory.limit


def test_a_queue_holds_what_its_size_says() -> None:
    assert queued_spans(Size.parse("1GiB")) == 1 << 20
    assert held_spans(Size.parse("512MiB")) == 32768


@pytest.mark.parametrize("name", SPECS)
def test_a_queue_in_memory_is_large_enough_for_what_is_under_way(name: str) -> None:
    plan = deployment(name)
    assert plan[JaegerPlan].queue.size >= plan[JaegerPlan].queue.consumers * plan[JaegerPlan].queue.max_batch
    # A service sends 512 spans at a time.
    assert plan[CollectorPlan].queue.size >= plan[CollectorPlan].queue.consumers * 512


def test_whatever_comes_in_can_go_out() -> None:
    """A span larger than a batch in bytes, and a batch larger than Jaeger takes, would be dropped."""
    files = render_files(deployment("minimal"))
    config, jaeger = (
        yaml.safe_load(files["collector/config.yaml"]),
        yaml.safe_load(files["jaeger/config.yaml"]),
    )
    protocols = config["receivers"]["otlp"]["protocols"]
    largest = protocols["http"]["max_request_body_size"]
    assert protocols["grpc"]["max_recv_msg_size_mib"] << 20 == largest
    batch = config["exporters"]["otlp_http/jaeger"]["sending_queue"]["batch"]
    assert batch["sizer"] == "items"
    assert (
        batch["max_size"] * largest
        <= jaeger["receivers"]["otlp"]["protocols"]["http"]["max_request_body_size"]
    )
    assert batch["max_size"] <= jaeger["exporters"]["jaeger_storage_exporter"]["queue"]["queue_size"]
    native = render_files(deployment("minimal", NATIVE))["cassandra/cassandra.yaml"]
    segment = Size.parse(yaml.safe_load(native)["commitlog_segment_size"])
    assert largest * 2 <= segment.bytes // 2


def test_what_is_under_way_is_written_within_the_timeout() -> None:
    plan = deployment("minimal")
    collector, jaeger = plan[CollectorPlan].queue, plan[JaegerPlan].queue
    under_way = collector.consumers * collector.max_batch
    assert under_way / SLOWEST_STORE < collector.timeout.seconds
    # Else Jaeger has too little to do.
    assert jaeger.consumers * jaeger.max_batch <= under_way <= jaeger.size
    assert jaeger.timeout.seconds < collector.timeout.seconds


def test_a_queue_in_memory_has_no_file() -> None:
    config = yaml.safe_load(render_files(deployment("small"))["collector/config.yaml"])
    assert "file_storage/queue" not in config["extensions"]
    assert config["service"]["extensions"] == ["health_check"]
    assert "storage" not in config["exporters"]["otlp_http/jaeger"]["sending_queue"]


@pytest.mark.parametrize(("name", "limit"), [("minimal", "4.5GiB"), ("unmonitored", "4GiB")])
def test_the_default_deployment_is_small(name: str, limit: str) -> None:
    running = [workload for workload in workloads_of(deployment(name)) if not workload.once]
    assert sum(workload.memory.bytes for workload in running) <= Size.parse(limit).bytes


def test_limits_reach_compose() -> None:
    services = yaml.safe_load(render_files(deployment("minimal"))["compose.yaml"])["services"]
    assert services["jaeger"]["mem_limit"] == "512m"
    assert services["jaeger"]["environment"]["GOMEMLIMIT"] == "409MiB"
