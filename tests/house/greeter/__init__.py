"""A component that exists only in tests: it serves a page that lists where the others' metrics are."""
