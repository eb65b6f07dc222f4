"""Problems found in traces: rules with evidence, cost and fix.

`lint_rules` lists the rules with their thresholds and sources. Each module of detectors covers one subject. A detector
is a pure function over a `lint_spans.LintSpans`, a table of spans with data that several detectors share. `linting`
runs them all.
"""

from __future__ import annotations

from analysis.lint.lint_rules import RULES

__all__ = ["RULES"]
