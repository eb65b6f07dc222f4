"""Three services that issue coupons through two Redis queues, and the telemetry they share.

    coupon_api ──coupon.requests──▶ coupon_issuer ──coupon.issued──▶ coupon_notifier ──HTTP──▶ coupon_api

Everything they need comes from environment variables: see `settings`.

A module imports only from layers below its own:

    coupon_*/__main__                                             starts a service
    coupon_api/app                                                puts the API together, with or without faults
    faults                                                        what takes the place of sound code
    coupon_api  coupon_issuer  coupon_notifier                    what a service does; none imports another
    process  health  database  redis_client  redis_memory  stream_consumer
                                                                  what all of them run on
    settings                                                      the environment
    telemetry  consumer_group  delivery  outages  queues  schema  fault_names  load
"""
