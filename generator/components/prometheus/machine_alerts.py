"""Alerts about the machine: disk, and the memory of components with a limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from generator.components.prometheus.alerts import Alert
from generator.components.prometheus.promql import job, quoted
from generator.spec.quantities import Size

NODE_EXPORTER = "node-exporter"
# A database needs room to merge its files; a full disk loses data.
_LEAST_FREE = 0.1
# Go programs are set to keep below 85 to 90 % of their limit, and are killed at 100 %.
_MOST_USED = 0.95
# Of programs with a Prometheus library, of Jaeger and the collector, and of services that push their metrics.
_MEMORY = "process_resident_memory_bytes|otelcol_process_memory_rss(_bytes)?|process_memory_usage_bytes"
# They hold no data, or can't be written.
_NO_DISK = "tmpfs|devtmpfs|ramfs|squashfs|iso9660|erofs|proc|sysfs|nsfs|autofs|rpc_pipefs|fuse.*"


def machine_alerts(jobs: Sequence[str], limits: Mapping[str, Size]) -> Iterator[Alert]:
    """Make the alerts about disk and memory.

    Args:
        jobs: Names of the scraped components.
        limits: Memory limit of each component.
    """
    if NODE_EXPORTER in jobs:
        matchers = f'{job([NODE_EXPORTER])},fstype!~"{_NO_DISK}"'
        free = f"node_filesystem_avail_bytes{{{matchers}}} / node_filesystem_size_bytes{{{matchers}}}"
        writable = f"node_filesystem_readonly{{{matchers}}} == 0"
        yield Alert(
            "DiskNearlyFull", f"{free} < {_LEAST_FREE} and {writable}", "10m", "critical",
            "{{ $labels.mountpoint }} has {{ $value | humanizePercentage }} of its disk left",
            "kit doctor, then shorten storage.retention or monitoring.retention in kit.yaml",
        )  # fmt: skip
    for name in jobs:
        if name in limits:
            used = f"max by (service_name)({{__name__=~{quoted(_MEMORY)},service_name={quoted(name)}}})"
            yield Alert(
                "MemoryNearlyFull", f"{used} / {limits[name].bytes} > {_MOST_USED}", "10m", "warning",
                f"{{{{ $labels.service_name }}}} uses {{{{ $value | humanizePercentage }}}} of its {limits[name]}",
                "kit status, then raise the memory of {{ $labels.service_name }} in kit.yaml",
                {"component": name},
            )  # fmt: skip
