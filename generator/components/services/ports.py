"""Listeners of the samples."""

from __future__ import annotations

from generator.components.services.spec import SERVICES
from generator.deployment.network import Listener
from generator.spec.sections.ports import Port

API_PORT = Port("coupon_api", 8080, "the sample API", 40, opened=lambda spec: spec[SERVICES] is None)
COUPON_API = Listener("coupon-api", "http", 8080, API_PORT.key)
COUPON_ISSUER_HEALTH = Listener("coupon-issuer", "health", 8081, native=8)
COUPON_NOTIFIER_HEALTH = Listener("coupon-notifier", "health", 8082, native=9)
