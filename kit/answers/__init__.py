"""What JSON answers look like: a JSON Schema for each kind, which tests hold every answer against.

A verb's answer is described in the module here that is named after it; `kit explain KIND` tells it, and
docs/reference/json.md is rendered from it.
"""
