"""The storage: its keys, its schema, and access to it. The databases themselves are separate components."""
