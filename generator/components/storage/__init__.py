"""The storage: its keys, its schema, and how it is reached. The databases themselves are components of their own."""
