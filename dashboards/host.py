"""Host: the machine below the deployment, by node_exporter."""

from __future__ import annotations

from dashboards.model import GREEN, ORANGE, RED, Board, Panel, Query, Row

_RATE = "[$__rate_interval]"
# File systems in memory, and those that images are mounted from.
_REAL = 'fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660|nsfs|devtmpfs|fuse.+|autofs|proc|sysfs"'
_DISKS = 'device!~"loop.+|ram.+|sr.+"'
_NETWORK = 'device!~"lo|veth.+|br-.+|docker.+"'
_PROCESSORS = 'count(node_cpu_seconds_total{mode="idle"})'
_FREE = f"node_filesystem_avail_bytes{{{_REAL}}} / node_filesystem_size_bytes{{{_REAL}}}"
_FILLED = f"max by (mountpoint) (1 - {_FREE})"
_FULL = ((None, GREEN), (0.8, ORANGE), (0.9, RED))

_USE = Row(
    100,
    "Is the machine busy?",
    (
        Panel(
            101,
            "Processors",
            "What are the processors doing? `iowait` is waiting for the disk, and `steal` is time that "
            "another virtual machine got.",
            "percentunit",
            (
                Query(
                    f'sum by (mode) (rate(node_cpu_seconds_total{{mode!="idle"}}{_RATE})) / scalar({_PROCESSORS})',
                    "{{mode}}",
                ),
            ),
            stacked=True,
            maximum=1,
        ),
        Panel(
            102,
            "Memory",
            "Is memory short? Without available memory the kernel stops a process.",
            "bytes",
            (
                Query("sum(node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes)", "in use"),
                Query("sum(node_memory_MemTotal_bytes)", "limit", limit=True),
            ),
        ),
        Panel(
            103,
            "Load per processor",
            "Do processes wait for a processor? Above 1 there are more that want to run than processors.",
            "short",
            (Query(f"sum(node_load1) / {_PROCESSORS}", "load"),),
            steps=((None, GREEN), (1, ORANGE)),
        ),
        Panel(
            104,
            "Share of time that work waits",
            "Which resource is short: processors, memory or disk? The share of time in which at least one "
            "process waited for "
            "it. The kernel counts it (PSI). Empty on kernels without it, such as the default of Red Hat.",
            "percentunit",
            (
                Query(f"sum(rate(node_pressure_cpu_waiting_seconds_total{_RATE}))", "processors"),
                Query(f"sum(rate(node_pressure_memory_waiting_seconds_total{_RATE}))", "memory"),
                Query(f"sum(rate(node_pressure_io_waiting_seconds_total{_RATE}))", "disk"),
            ),
            maximum=1,
        ),
    ),
)

_DISK = Row(
    200,
    "Disk and network",
    (
        Panel(
            201,
            "Disk space",
            "Which file system is nearly full? Databases stop at a full disk.",
            "percentunit",
            (
                Query(
                    _FILLED,
                    "{{mountpoint}}",
                ),
            ),
            form="bargauge",
            maximum=1,
            steps=_FULL,
        ),
        Panel(
            202,
            "Disk busy",
            "Is a disk the bottleneck? The share of time in which it worked. Fast disks can do more at 100 "
            "%.",
            "percentunit",
            (
                Query(
                    f"sum by (device) (rate(node_disk_io_time_seconds_total{{{_DISKS}}}{_RATE}))",
                    "{{device}}",
                ),
            ),
            maximum=1,
        ),
        Panel(
            203,
            "Read and written",
            "How much is read from and written to the disks?",
            "Bps",
            (
                Query(f"sum(rate(node_disk_read_bytes_total{{{_DISKS}}}{_RATE}))", "read"),
                Query(f"sum(rate(node_disk_written_bytes_total{{{_DISKS}}}{_RATE}))", "written"),
            ),
        ),
        Panel(
            204,
            "Network",
            "How much is received and sent? Without the traffic between containers.",
            "Bps",
            (
                Query(f"sum(rate(node_network_receive_bytes_total{{{_NETWORK}}}{_RATE}))", "received"),
                Query(f"sum(rate(node_network_transmit_bytes_total{{{_NETWORK}}}{_RATE}))", "sent"),
            ),
        ),
    ),
)

HOST = Board("host", "Host", "Processors, memory, disks and network of the machine.", (_USE, _DISK))
