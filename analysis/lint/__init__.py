"""What traces show to be wrong: rules with evidence, cost and fix.

`rules` has them with their thresholds and where those come from. Each other module finds what breaks those of one
subject: a detector is a pure function over a `lint_spans.LintSpans`, a table of spans with what several of them need
to know; `linting` runs them all.
"""

from __future__ import annotations

from analysis.lint.lint_rules import RULES

__all__ = ["RULES"]
