"""Metrics of Redis and of its streams, under the names of oliver006/redis_exporter.

That exporter is in no package registry, so this one replaces it natively. It has the metrics that dashboards and alerts
use, and differs in one: `redis_stream_group_lag` is counted where Redis does not report it (before 7.0, or after
entries were deleted out of order). The other exporter shows 0 there.
"""
