"""redis_exporter: Redis and its streams. Natively a program of the kit's own, with the same names."""
