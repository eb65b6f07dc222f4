"""Three services that issue coupons through two Redis queues, and the telemetry they share.

    coupon_api ──coupon.requests──▶ coupon_issuer ──coupon.issued──▶ coupon_notifier ──HTTP──▶ coupon_api

Everything they need comes from environment variables: see `settings`.
"""
