"""PostgreSQL: the database of the sample services."""
