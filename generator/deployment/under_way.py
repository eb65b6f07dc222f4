"""Limit of the spans under way between the collector and the storage.

Time in flight = spans under way / spans written per second (Little's law). If it is longer than the collector's
timeout, requests are retried while Jaeger still writes their first copies, and no span is ever acknowledged. So the
limit is the number of spans that a slow storage writes within the timeout.
"""

from __future__ import annotations

from generator.deployment.memory import LARGEST_REQUEST
from generator.spec.quantities import Duration, Size

# Concurrent requests. Each waits until Jaeger has written it, so enough of them to keep Jaeger's consumers busy.
REQUESTS = 64
# In spans, because the time depends on their number. A larger request is split.
LARGEST_BATCH = 64
UNDER_WAY = REQUESTS * LARGEST_BATCH
# In spans/s: 1/200 of the 2,000 spans/s that the default deployment writes on two cores.
SLOWEST_STORE = 10
# Above UNDER_WAY / SLOWEST_STORE, which is 410 s. A shorter timeout is not needed: a killed Jaeger resets its
# connections, and a paused one answers when it continues.
TIMEOUT = Duration.parse("10m")
# Of one statement to the database. With 10 s, a database that hung for 35 s received 1.44 inserts per span.
STATEMENT_TIMEOUT = Duration.parse("90s")
# Sampling collects a trace's spans from several requests, in the worst case one request per span.
LARGEST_BATCH_BYTES = Size(LARGEST_BATCH * LARGEST_REQUEST.bytes)
