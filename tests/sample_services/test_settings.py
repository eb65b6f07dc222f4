"""What the services say about an environment that is incomplete or wrong."""

from __future__ import annotations

import pytest

from sample_services.settings import SettingsError, read_api, read_issuer, read_notifier
from stream_tracing import Propagation

CONSUMER = {"REDIS_URL": "redis://r:6379/0", "HEALTH_PORT": "9001"}


def test_defaults() -> None:
    settings = read_issuer(CONSUMER | {"DATABASE_URL": "sqlite+aiosqlite:////data/coupons.db"})
    assert settings.listen.host == "127.0.0.1"
    assert settings.propagation is Propagation.PARENT
    assert settings.database.pool_size == 5
    assert (settings.queue.batch_size, settings.queue.block_ms) == (100, 1000)
    assert settings.queue.max_deliveries == 5
    assert settings.queue.consumer


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as raised:
        read_api(
            {"HTTP_PORT": "99999", "MESSAGING_PROPAGATION": "both", "DATABASE_URL": "mysql://me:secret@h/d"}
        )
    assert str(raised.value).splitlines() == [
        "HTTP_PORT is '99999': a whole number from 0 to 65535 is needed",
        "REDIS_URL is not set: a URL that starts with redis:// or rediss:// or unix:// is needed",
        "MESSAGING_PROPAGATION is 'both': `parent` or `link` is needed",
        "DATABASE_URL is 'mysql://…': a URL that starts with sqlite+aiosqlite:// or postgresql+asyncpg:// is needed",
    ]


@pytest.mark.parametrize("batch", ["0", "-1", "ten", "1.5", "99999"])
def test_a_batch_size_is_a_number_in_range(batch: str) -> None:
    with pytest.raises(SettingsError, match="QUEUE_BATCH_SIZE"):
        read_notifier(CONSUMER | {"COUPON_API_URL": "http://api:8000/", "QUEUE_BATCH_SIZE": batch})


def test_the_api_url_may_end_with_a_slash() -> None:
    assert read_notifier(CONSUMER | {"COUPON_API_URL": "http://api:8000/"}).api_url == "http://api:8000"
