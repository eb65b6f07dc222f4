"""What holds on a machine and in a deployment that are well."""

from __future__ import annotations

from findings.rule import Rule, Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING

SPEC = Rule(
    "KIT100", "the spec can be read", ERROR,
    "Without it the machine is judged for a deployment with all defaults, and no command but `init` works.",
    "docs: README, the spec",
    "kit init writes one; kit generate names every mistake in one with its line",
)  # fmt: skip
PYTHON = Rule(
    "KIT101", "this Python has what the native target needs", WARNING,
    "The packages of the extra `native` supervise the processes and run the sample services.",
    "pyproject.toml: requires-python and the extra `native`",
    "install them: pip install 'tracing-kit[native]'",
)  # fmt: skip
CPU = Rule(
    "KIT102", "there are two processor cores", WARNING,
    "The database takes two thirds of the work. On one core everything starts, slowly, and holds a third of the load.",
    "docs/explanation/performance.md: measured on two cores",
    "give the machine or its container two cores",
)  # fmt: skip
MEMORY = Rule(
    "KIT103", "the deployment fits into memory", ERROR,
    "When it does not, the kernel kills the largest process, which is the database.",
    "the sum of the components' limits (Compose) or of what they take when idle (natively, measured)",
    "stop other programs, or lower the components' `memory` in kit.yaml",
)  # fmt: skip
DISK = Rule(
    "KIT104", "there is room on the disk", ERROR,
    "A database on a full disk stops to write, and the collector's queue, which should bridge that, can't grow.",
    "collector.queue.size, the native parts that are not there yet, and 1 GiB for traces",
    "free space, or lower collector.queue.size",
)  # fmt: skip
PORTS = Rule(
    "KIT105", "the ports are free", ERROR,
    "A component whose port is taken does not start.",
    "`ports` and `native.port_base` in kit.yaml",
    "stop the other program, or choose another port in kit.yaml",
)  # fmt: skip
DOCKER = Rule(
    "KIT106", "Docker runs, in version 20.10 or newer", WARNING,
    "The Compose target needs it. The native target needs no Docker.",
    "Docker's release notes; 20.10 is what Debian 11 and 12 have",
    "install or start Docker; without it: kit up --target native",
)  # fmt: skip
COMPOSE = Rule(
    "KIT107", "Docker Compose is there, in version 2.20 or newer", WARNING,
    "An older one does not wait for steps that end (`up --wait`). The native target needs no Compose.",
    "Compose's release notes: 2.20",
    "install Docker's Compose plugin; without it: kit up --target native",
)  # fmt: skip
AIO = Rule(
    "KIT108", "the kernel has asynchronous I/O slots for ScyllaDB", WARNING,
    "ScyllaDB stops at its start when the host has fewer free slots than 51,026 for each shard; a container can't "
    "raise it.",
    "ScyllaDB's dist/docker and seastar's reactor: fs.aio-max-nr",
    "on the host: sudo sysctl -w fs.aio-max-nr=1048576, and the same in /etc/sysctl.d/",
)  # fmt: skip
CLOCK = Rule(
    "KIT109", "the clock is synchronized", WARNING,
    "Spans of one trace come from several machines. With clocks apart, children begin before their parents, and "
    "queue waits are wrong or negative.",
    "adjtimex(2); RFC 9110, the Date header",
    "start a time service: chronyd or systemd-timesyncd",
)  # fmt: skip
HOPS = Rule(
    "KIT110", "every component is up and answers", ERROR,
    "Each is a hop of every span: what comes before it fills its queue, what comes behind it gets nothing.",
    "the component's own readiness: HTTP, CQL, PING",
    "look at its log, then `kit up`",
)  # fmt: skip
VERSIONS = Rule(
    "KIT111", "what runs is what the spec says", WARNING,
    "Names of keys and metrics depend on the version; a changed spec has no effect until the next start.",
    "the components' own answers, and the files that `up` wrote",
    "kit up --dry-run shows what differs; kit up applies it",
)  # fmt: skip
SCHEMA = Rule(
    "KIT112", "every table and type that Jaeger uses is there", ERROR,
    "Jaeger's health does not notice a missing table: it says 200, writes nothing and tries for ever.",
    "measured with Jaeger 2.13; its schema v004.cql.tmpl",
    "kit schema apply",
)  # fmt: skip
QUEUE = Rule(
    "KIT113", "queues are far from full, and move", ERROR,
    "A full queue makes senders wait; when their own queues are full as well, spans are dropped.",
    "otelcol_exporter_queue_size and _capacity; docs of the collector: scale at 60 to 70 %",
    "see why the next hop is slow or down: kit status, kit logs jaeger",
)  # fmt: skip
COUNTERS = Rule(
    "KIT114", "no span was given up or dropped", WARNING,
    "Such spans are lost. What a hop refused is not: its sender keeps the spans and sends them again.",
    "the hops' own counters since their start",
    "kit verify accounts for every span and names the hop",
)  # fmt: skip
ARRIVING = Rule(
    "KIT115", "spans arrive and are written", WARNING,
    "Everything can be up while nothing is sent: a wrong address in a service shows nowhere else.",
    "otelcol_receiver_accepted_spans of the collector, otelcol_exporter_sent_spans of Jaeger",
    "send some: kit demo; for a service of your own, check OTEL_EXPORTER_OTLP_ENDPOINT",
)  # fmt: skip
SEARCH = Rule(
    "KIT116", "Jaeger answers a search", ERROR,
    "A search needs other tables than a write does, so it can fail alone.",
    "Jaeger's query API, /api/v3",
    "kit logs jaeger; kit schema apply",
)  # fmt: skip
GRAPH = Rule(
    "KIT117", "the dependency graph is fed", WARNING,
    "On CQL storage Jaeger only reads the graph: without a job that writes it, the page is empty.",
    "Jaeger's dependencystore; issue 8588 of jaegertracing/jaeger",
    "kit dependencies --since 1h computes it now; kit logs dependencies",
)  # fmt: skip
LETTERS = Rule(
    "KIT118", "no work of the sample services is given up or stuck", WARNING,
    "A dead letter is work that failed at each try; an old entry is work that nobody takes up.",
    "the streams in Redis",
    "kit queues shows them; kit queues requeue STREAM --all tries again",
)  # fmt: skip
DEAD_SPANS = Rule(
    "KIT125", "the storage takes every span", WARNING,
    "A span that it refuses by itself is kept as a dead letter: it is in no search, and its trace has a hole.",
    "the dead letters' own counters; docs/explanation/dead-letters.md",
    "kit deadletters list",
)  # fmt: skip
REDIS = Rule(
    "KIT120", "Redis takes writes", ERROR,
    "With full memory or a full disk it refuses each write, though it answers PING. Then the services can't queue "
    "work, and every request for a coupon fails. The sample API refuses new requests from 85 % of the memory on.",
    "Redis's INFO: used_memory against maxmemory, aof_last_write_status",
    "kit queues shows what fills it; start consumers that are down, or raise `redis.memory` in kit.yaml, then "
    "kit up",
)  # fmt: skip
WRITTEN_AGAIN = Rule(
    "KIT122", "spans are written once", WARNING,
    "The collector gives up requests that Jaeger is still writing, and sends them again. Every copy is written, which "
    "slows the store further. No span is lost, but at worst none is ever acknowledged.",
    "otelcol_exporter_sent_spans and otelcol_receiver_accepted_spans of Jaeger, since its start",
    "kit validate checks the timeouts; if they are as rendered, the store is too slow: kit logs cassandra",
)  # fmt: skip
PUT_ASIDE = Rule(
    "KIT121", "no file of a collector's queue was damaged", WARNING,
    "A damaged file would end the collector at each start. It is put aside, the collector begins with an empty queue, "
    "and what was acknowledged and waited in the old file is not sent.",
    "bbolt walks the whole file when it opens it; kit/operate/inside/queue_file.py makes the same walk",
    "look for the reason: a full or failing disk, a power cut; then remove the file",
)  # fmt: skip
PROJECT = Rule(
    "KIT130", "the Compose project is this folder's", ERROR,
    "Compose knows a project by its name alone. A second folder with the same name takes over the first one's "
    "containers, and `down --volumes` there deletes the first one's data.",
    "the label com.docker.compose.project.working_dir of the containers; the volume with the label tracing-kit.folder",
    "give one of the two another `name` in kit.yaml, and other `ports`",
)  # fmt: skip
READABLE = Rule(
    "KIT131", "containers can read the files that are mounted into them", ERROR,
    "The containers run as users of their own. A checkout made under umask 077 is readable for its owner only, and "
    "then the collector and Jaeger stop at their start.",
    "the files' permissions; `user` in the images",
    "kit generate and kit up make rendered files readable; for your own: chmod o+r FILE",
)  # fmt: skip
DATA_FORMAT = Rule(
    "KIT132", "the data is of a release that the image reads", ERROR,
    "PostgreSQL reads only the files of its own major release: another one stops at its start, for ever.",
    "PostgreSQL's manual, upgrading a cluster: PG_VERSION",
    "keep the release that wrote the data, or move the data with pg_dumpall and psql",
)  # fmt: skip
OWN_IMAGE_CURRENT = Rule(
    "KIT133", "the kit's image holds this kit", WARNING,
    "After an update of the kit an image that was built before still runs the old services and schema step.",
    "the hashes in the image's installed package",
    "kit up builds it again",
)  # fmt: skip
SELINUX = Rule(
    "KIT156", "SELinux lets containers read the files that are mounted into them", WARNING,
    "Docker labels the files of the deployment's folder. It labels neither files of secrets nor files elsewhere, and "
    "SELinux may refuse to let a container read them, whatever their permissions are.",
    "`/sys/fs/selinux/enforce`; the labels of the files",
    "your own file: sudo chcon -t container_file_t FILE; a file of the system: name a copy in the deployment's folder",
)  # fmt: skip
CHECK = Rule(
    "KIT199", "every check can be made", ERROR,
    "A check that breaks tells nothing of what it should look at; the others go on.",
    "this program",
    "please report it, with the output of `kit doctor --output json`",
)  # fmt: skip

RULES = (
    SPEC, PYTHON, CPU, MEMORY, DISK, PORTS, DOCKER, COMPOSE, AIO, CLOCK, HOPS, VERSIONS, SCHEMA, QUEUE, COUNTERS,
    ARRIVING, SEARCH, GRAPH, LETTERS, REDIS, PUT_ASIDE, WRITTEN_AGAIN, DEAD_SPANS, PROJECT, READABLE,
    DATA_FORMAT, OWN_IMAGE_CURRENT, SELINUX, CHECK,
)  # fmt: skip
