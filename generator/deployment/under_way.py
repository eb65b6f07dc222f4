"""How many spans may be under way between the collector and the storage.

Time in flight = spans under way / spans written per second (Little's law). When it is longer than the collector's
timeout, requests are sent again while Jaeger still writes their first copies, and nothing is ever acknowledged. So
what is under way is bounded by what a slow store writes within the timeout.
"""

from __future__ import annotations

from generator.deployment.memory import LARGEST_REQUEST
from generator.spec.quantities import Duration, Size

# Each request waits until Jaeger has written it: enough of them to keep all of Jaeger's consumers busy.
REQUESTS = 64
# Counted in spans, since spans are what takes time. A larger request is split.
LARGEST_BATCH = 64
UNDER_WAY = REQUESTS * LARGEST_BATCH
# A two-hundredth of the 2,000 spans/s that the default deployment writes on two cores.
SLOWEST_STORE = 10
# Above UNDER_WAY / SLOWEST_STORE, which is 410 s. A killed Jaeger resets its connections and a paused one answers
# when it continues, so neither needs a shorter one.
TIMEOUT = Duration.parse("10m")
# Of one statement to the database. With 10 s a store that hung for 35 s was sent 1.44 inserts for each span.
STATEMENT_TIMEOUT = Duration.parse("90s")
# A trace that sampling has put together may come from several requests, in the worst case one for each span.
LARGEST_BATCH_BYTES = Size(LARGEST_BATCH * LARGEST_REQUEST.bytes)
