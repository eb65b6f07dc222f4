"""Parts of PromQL that several panels use.

A counter that nothing has increased yet has no series, so its panel would show "No data". `or_zero` fills it with zeros
only while another series proves that the program that counts is running.
"""

from __future__ import annotations

# The services that the variables at the top of a dashboard choose.
CHOSEN = 'application=~"$application",service_name=~"$service"'
# The same without the variable for services.
OF_APPLICATION = 'application=~"$application"'
SERVER = 'span_kind="SPAN_KIND_SERVER"'
FAILED = 'status_code="STATUS_CODE_ERROR"'


def select(metric: str, *matchers: str) -> str:
    """Return a selector of a metric's series."""
    return f"{metric}{{{','.join(matchers)}}}" if matchers else metric


def rate(metric: str, *matchers: str, by: str = "") -> str:
    """Return the increase per second of a counter, as a sum over its series by some labels."""
    return f"{_sum(by)} (rate({select(metric, *matchers)}[$__rate_interval]))"


def quantile(share: float, metric: str, *matchers: str, by: str = "") -> str:
    """Return a quantile of a histogram, in the histogram's unit.

    Args:
        share: Share of the observations at or below the result, such as 0.99.
        metric: Name of the histogram without `_bucket`.
        matchers: Matchers of its labels.
        by: Labels with a quantile for each of their values, separated by commas.
    """
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', *matchers, by=labels)})"


def mean(metric: str, *matchers: str, by: str = "") -> str:
    """Return the mean of a histogram's observations."""
    return f"{rate(f'{metric}_sum', *matchers, by=by)} / {rate(f'{metric}_count', *matchers, by=by)}"


def total(metric: str, *matchers: str, by: str = "") -> str:
    """Return the sum of a gauge over its series."""
    return f"{_sum(by)} ({select(metric, *matchers)})"


def or_zero(expression: str, proof: str) -> str:
    """Return an expression that is zero where it has no result but `proof` has one, with the same labels."""
    return f"{expression} or 0 * {proof}"


def _sum(by: str) -> str:
    return f"sum by ({by})" if by else "sum"
