"""postgres_exporter: PostgreSQL. Natively the samples use SQLite, so it runs in containers only."""
