"""The kinds of JSON answers, with a JSON Schema for each. Tests check every answer against its schema.

`kit explain KIND` prints the fields of an answer, and docs/reference/json.md is rendered from them.
"""
