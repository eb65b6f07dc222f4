"""Three services that issue coupons through two Redis queues, and their shared telemetry.

    coupon_api ──coupon.requests──▶ coupon_issuer ──coupon.issued──▶ coupon_notifier ──HTTP──▶ coupon_api

All their settings come from environment variables: see `settings`.

A module imports only from layers below its own:

| layer | content |
| --- | --- |
| `coupon_*/__main__` | starts a service |
| `coupon_api/app` | builds the API, with or without faults |
| `faults` | code that replaces sound code |
| `coupon_api`, `coupon_issuer`, `coupon_notifier` | the work of each service; none imports another |
| `process`, `health`, `database`, `redis_client`, `redis_memory`, `stream_consumer` | shared basis of the services |
| `settings` | the environment |
| `telemetry`, `consumer_group`, `delivery`, `outages`, `queues`, `schema`, `fault_names`, `load` | the lowest layer |
"""
