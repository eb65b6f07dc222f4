"""Rules that hold on a healthy machine and in a healthy deployment."""

from __future__ import annotations

from findings.rule import Rule, Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING

SPEC = Rule(
    "KIT100", "the spec can be read", ERROR,
    "Without a spec the checks assume a deployment with all defaults, and only `kit init` works.",
    "docs: README, the spec",
    "kit init writes a new one; kit generate lists every mistake with its line",
)  # fmt: skip
PYTHON = Rule(
    "KIT101", "this Python can run the native target", WARNING,
    "The target needs the packages of the extra `native`: they supervise the processes and run the sample services.",
    "pyproject.toml: requires-python and the extra `native`",
    "install them: pip install 'tracing-kit[native]'",
)  # fmt: skip
CPU = Rule(
    "KIT102", "there are at least two processor cores", WARNING,
    "The database does two thirds of the work. On one core everything starts, but slowly, and sustains a third of "
    "the load.",
    "docs/explanation/performance.md: measured on two cores",
    "give the machine or its container two cores",
)  # fmt: skip
MEMORY = Rule(
    "KIT103", "the deployment fits into memory", ERROR,
    "If it does not, the kernel kills the largest process, which is the database.",
    "the sum of the components' memory limits (Compose) or of their measured idle use (native)",
    "stop other programs, or lower the components' `memory` in kit.yaml",
)  # fmt: skip
DISK = Rule(
    "KIT104", "the disk has enough free space", ERROR,
    "On a full disk the database stops writing, and the collector's queue, which holds spans meanwhile, can't grow.",
    "collector.queue.size, the native parts that are still to be installed, and 1 GiB for traces",
    "free space, or lower collector.queue.size",
)  # fmt: skip
PORTS = Rule(
    "KIT105", "the ports are free", ERROR,
    "A component does not start if its port is taken.",
    "`ports` and `native.port_base` in kit.yaml",
    "stop the other program, or choose another port in kit.yaml",
)  # fmt: skip
DOCKER = Rule(
    "KIT106", "Docker 20.10 or newer is running", WARNING,
    "The Compose target needs it. The native target needs no Docker.",
    "Docker's release notes (Debian 11 and 12 have 20.10)",
    "install or start Docker; without it: kit up --target native",
)  # fmt: skip
COMPOSE = Rule(
    "KIT107", "Docker Compose 2.20 or newer is installed", WARNING,
    "In older versions `up --wait` does not wait for one-time steps. The native target needs no Compose.",
    "Compose's release notes: 2.20",
    "install Docker's Compose plugin; without it: kit up --target native",
)  # fmt: skip
AIO = Rule(
    "KIT108", "the kernel has enough asynchronous I/O slots for ScyllaDB", WARNING,
    "ScyllaDB does not start if the host has fewer than 51,026 free slots for each shard. A container can't raise "
    "the limit.",
    "ScyllaDB's dist/docker and seastar's reactor: fs.aio-max-nr",
    "on the host: sudo sysctl -w fs.aio-max-nr=1048576, and the same in /etc/sysctl.d/",
)  # fmt: skip
CLOCK = Rule(
    "KIT109", "the clock is synchronized", WARNING,
    "Spans of one trace come from several machines. If their clocks differ, children begin before their parents, "
    "and queue waits are wrong or negative.",
    "adjtimex(2); RFC 9110, the Date header",
    "start a time service: chronyd or systemd-timesyncd",
)  # fmt: skip
HOPS = Rule(
    "KIT110", "every component is up and answers", ERROR,
    "Every span passes each of them. If one is down, the queue before it fills, and the hops behind it get nothing.",
    "the component's own readiness: HTTP, CQL, PING",
    "read its log with `kit logs COMPONENT`, then `kit up`",
)  # fmt: skip
VERSIONS = Rule(
    "KIT111", "the running components match the spec", WARNING,
    "Names of keys and metrics depend on the version. A changed spec has no effect until the next start.",
    "the components' own answers, and the files that `up` wrote",
    "kit up --dry-run shows the differences; kit up applies them",
)  # fmt: skip
SCHEMA = Rule(
    "KIT112", "every table and type that Jaeger uses exists", ERROR,
    "Jaeger's health check does not notice a missing table: it returns 200, but Jaeger writes nothing and retries "
    "forever.",
    "measured with Jaeger 2.13, and its schema v004.cql.tmpl",
    "kit schema apply",
)  # fmt: skip
QUEUE = Rule(
    "KIT113", "queues are far from full, and drain", ERROR,
    "A full queue makes senders wait. When their own queues are full as well, spans are dropped.",
    "otelcol_exporter_queue_size and _capacity; docs of the collector: scale at 60 to 70 %",
    "see why the next hop is slow or down: kit status, kit logs jaeger",
)  # fmt: skip
COUNTERS = Rule(
    "KIT114", "no span was given up or dropped", WARNING,
    "Such spans are lost. Refused spans are not: their sender keeps them and sends them again.",
    "the hops' own counters since their start",
    "kit verify accounts for every span and names the hop",
)  # fmt: skip
ARRIVING = Rule(
    "KIT115", "spans arrive and are written", WARNING,
    "Everything can be up while no spans are sent. A wrong address in a service shows only here.",
    "otelcol_receiver_accepted_spans of the collector, otelcol_exporter_sent_spans of Jaeger",
    "send some: kit demo; for a service of your own, check OTEL_EXPORTER_OTLP_ENDPOINT",
)  # fmt: skip
SEARCH = Rule(
    "KIT116", "Jaeger answers a search", ERROR,
    "A search uses other tables than a write, so it can fail alone.",
    "Jaeger's query API, /api/v3",
    "kit logs jaeger; kit schema apply",
)  # fmt: skip
GRAPH = Rule(
    "KIT117", "the dependency graph has data", WARNING,
    "On CQL storage Jaeger only reads the graph. Without a job that writes it, the page is empty.",
    "Jaeger's dependencystore; jaegertracing/jaeger #8588",
    "kit dependencies --since 1h computes it now; kit logs dependencies",
)  # fmt: skip
MONITOR = Rule(
    "KIT157", "Jaeger's Monitor tab has data", WARNING,
    "The tab shows what the collector counts from spans, and Jaeger reads it from Prometheus. If a name or a unit "
    "differs between the two, the tab is empty and no program logs an error.",
    "Jaeger's documentation of Service Performance Monitoring; its metric_backends.prometheus",
    "kit doctor names the first broken link: collector, Prometheus or Jaeger",
)  # fmt: skip
LETTERS = Rule(
    "KIT118", "no message of the sample services is given up or stuck", WARNING,
    "A dead letter is a message that failed at each try. An old entry is a message that no consumer takes.",
    "the streams in Redis",
    "kit queues lists them; kit queues requeue STREAM --all tries again",
)  # fmt: skip
DEAD_SPANS = Rule(
    "KIT125", "the storage accepts every span", WARNING,
    "A span that it refuses even when sent alone is kept as a dead letter. No search finds it, and its trace has a "
    "gap.",
    "the dead letters' own counters; docs/explanation/dead-letters.md",
    "kit deadletters list",
)  # fmt: skip
REDIS = Rule(
    "KIT120", "Redis accepts writes", ERROR,
    "With full memory or a full disk it refuses each write, but still answers PING. Then the services can't queue "
    "work, and every request for a coupon fails. The sample API refuses new requests when 85 % of the memory is in "
    "use.",
    "Redis's INFO: used_memory against maxmemory, aof_last_write_status",
    "kit queues shows the queues that fill it; start consumers that are down, or raise `redis.memory` in kit.yaml, "
    "then kit up",
)  # fmt: skip
WRITTEN_AGAIN = Rule(
    "KIT122", "spans are written once", WARNING,
    "The collector's requests time out while Jaeger is still writing them, and it sends them again. Every duplicate is "
    "written, which slows the storage further. No span is lost, but at worst none is ever acknowledged.",
    "otelcol_exporter_sent_spans and otelcol_receiver_accepted_spans of Jaeger, since its start",
    "kit validate checks the timeouts; if they are unchanged, the storage is too slow: kit logs cassandra (or scylla)",
)  # fmt: skip
PUT_ASIDE = Rule(
    "KIT121", "no queue file of a collector was damaged", WARNING,
    "A damaged file would crash the collector at each start. So the file is renamed, and the collector starts with "
    "an empty queue. Acknowledged spans that waited in the old file are not sent.",
    "bbolt walks the whole file when it opens it; kit/operate/inside/queue_file.py makes the same walk",
    "find the cause (a full or failing disk, a power cut), then delete the renamed file",
)  # fmt: skip
PROJECT = Rule(
    "KIT130", "the Compose project belongs to this folder", ERROR,
    "Compose identifies a project only by its name. A second folder with the same name takes over the first one's "
    "containers, and `down --volumes` there deletes the first one's data.",
    "the label com.docker.compose.project.working_dir of the containers; the volume with the label tracing-kit.folder",
    "set another `name` and other `ports` in the kit.yaml of one of the two",
)  # fmt: skip
READABLE = Rule(
    "KIT131", "containers can read their mounted files", ERROR,
    "The containers run as their own users. A checkout made under umask 077 is readable only by its owner, so the "
    "collector and Jaeger fail at start.",
    "the files' permissions, and `user` in the images",
    "kit generate and kit up make rendered files readable; for your own: chmod o+r FILE",
)  # fmt: skip
DATA_FORMAT = Rule(
    "KIT132", "the image can read the stored data", ERROR,
    "PostgreSQL reads only the files of its own major release. Another release fails at every start.",
    "PostgreSQL's manual, upgrading a cluster: PG_VERSION",
    "keep the release that wrote the data, or move the data with pg_dumpall and psql",
)  # fmt: skip
OWN_IMAGE_CURRENT = Rule(
    "KIT133", "the kit's image contains this version of the kit", WARNING,
    "An image that was built before an update of the kit still runs the old services and schema step.",
    "the hashes in the image's installed package",
    "rebuild it: kit up",
)  # fmt: skip
SELINUX = Rule(
    "KIT156", "SELinux lets containers read the files that are mounted into them", WARNING,
    "Docker labels the files of the deployment's folder. It labels neither files of secrets nor files elsewhere, and "
    "SELinux may refuse to let a container read them, whatever their permissions are.",
    "`/sys/fs/selinux/enforce`; the labels of the files",
    "your own file: sudo chcon -t container_file_t FILE; a system file: use a copy in the deployment's folder",
)  # fmt: skip
CHECK = Rule(
    "KIT199", "every check completes", ERROR,
    "A check that crashes reports nothing about its subject. The other checks still run.",
    "this program",
    "please report it, with the output of `kit doctor --output json`",
)  # fmt: skip

RULES = (
    SPEC, PYTHON, CPU, MEMORY, DISK, PORTS, DOCKER, COMPOSE, AIO, CLOCK, HOPS, VERSIONS, SCHEMA, QUEUE, COUNTERS,
    ARRIVING, SEARCH, GRAPH, MONITOR, LETTERS, REDIS, PUT_ASIDE, WRITTEN_AGAIN, DEAD_SPANS, PROJECT, READABLE,
    DATA_FORMAT, OWN_IMAGE_CURRENT, SELINUX, CHECK,
)  # fmt: skip
