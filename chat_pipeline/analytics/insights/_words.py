"""Plain words: what a metric counts, shares, times, weeks. No finding is decided here."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chat_pipeline.analytics.metric_definitions import definitions

if TYPE_CHECKING:
    from datetime import date

    from chat_pipeline.analytics.insights._kinds import Tested

# Under so many a percentage promises more than it holds.
LEAST_FOR_PERCENT = 30
GOAL = "goal_completion_rate:"
STEP = "funnel_step_rate:"
MINUTE = 60
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# What those in the numerator did.
DID = {
    "conversation_rate": "reached a goal or were confirmed as resolved",
    "csat": "were rated as satisfied",
    "fallback_rate": "ended in a fallback",
    "resolution_rate": "were resolved",
    "abandonment_rate": "were abandoned",
    "escalation_rate": "were handed over to a human",
    "bought_rate": "were followed by an order of the product",
}
# Fifths and thirds by words, by the upper end of the share.
SHARES = (
    *((0.0, "none"), (0.15, "few"), (0.29, "about a quarter"), (0.42, "about a third"), (0.58, "about half")),
    *((0.71, "about two thirds"), (0.85, "about three quarters"), (0.999, "almost all"), (1.0, "all")),
)


@cache
def _defined() -> dict[str, tuple[str, str | None]]:
    """Title and better direction of the metrics, by the name before any colon."""
    rows = [(row["metric"] or "", row) for row in definitions()]
    return {
        metric.partition(":")[0]: (row["title"] or metric, row["better"]) for metric, row in reversed(rows)
    }


def better(metric: str) -> str | None:
    """higher, lower or None (neither); what is no metric of the metrics' table is a share that should be high."""
    return _defined().get(metric.partition(":")[0], ("", "higher"))[1]


def lower_is_better() -> tuple[str, ...]:
    """The metrics that should be low."""
    return tuple(metric for metric, (_, way) in _defined().items() if way == "lower")


def is_worse(test: Tested) -> bool:
    """Whether the difference is for the worse."""
    return (test.comparison.difference > 0) == (better(test.metric) == "lower")


def name_of(metric: str) -> str:
    """What the metric is called."""
    if metric.startswith(STEP):
        funnel, _, step = metric.removeprefix(STEP).partition(":")
        return f"Step '{step}' of the funnel {funnel}"
    stem, _, part = metric.partition(":")
    title = _defined()[stem][0] if stem in _defined() else stem
    return f"{title}: {part}" if part else title


def did(metric: str) -> str:
    """What those in the numerator did."""
    if metric.startswith(GOAL):
        return f"completed the goal {metric.removeprefix(GOAL)}"
    return "went on" if metric.startswith(STEP) else DID[metric]


def share(k: float, n: int) -> str:
    """A share in per cent, or in words with the counts under 30."""
    if n >= LEAST_FOR_PERCENT:
        return percent(k / n)
    return (
        f"{next(word for bound, word in SHARES if k / n <= bound)} ({k:.0f} of {n})" if n else "none of none"
    )


def share_of(k: float, n: int, whom: str) -> str:
    """The share and whom it is of, `whom` such as "with 'new'"."""
    return f"{share(k, n)} of {n:,} {whom}" if n >= LEAST_FOR_PERCENT else f"{share(k, n)} {whom}"


def percent(ratio: float) -> str:
    """Whole per cent; a decimal where it is small."""
    return f"{100 * ratio:.1f} %" if abs(ratio) < 0.1 else f"{100 * ratio:.0f} %"


def amount(value: float, shape: str) -> str:
    """A value of a metric: a share of 30 or more units, a time, a score of -1 to 1."""
    if shape == "rate":
        return percent(value)
    if shape == "score":
        return f"{value:+.2f}"
    return f"{value / MINUTE:.1f} minutes" if value >= MINUTE else f"{value:.0f} seconds"


def gap(test: Tested) -> str:
    """The difference with its interval, without its sign."""
    found = test.comparison
    assert found.low is not None
    assert found.high is not None
    size, ends = abs(found.difference), sorted((abs(found.low), abs(found.high)))
    if found.low * found.high < 0:
        ends[0] = 0.0
    if test.shape == "rate":
        return f"{100 * size:.1f} points (with 95 % certainty {100 * ends[0]:.1f} to {100 * ends[1]:.1f})"
    if test.shape == "score":
        return f"{size:.2f} (with 95 % certainty {ends[0]:.2f} to {ends[1]:.2f})"
    return f"{amount(size, test.shape)} (with 95 % certainty {amount(ends[0], test.shape)} to {amount(ends[1], test.shape)})"


def day(when: date) -> str:
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def weeks(test: Tested) -> str:
    """The weeks that were looked at."""
    if test.weeks == 1:
        return f"In the week of {day(test.last_week)}"
    return f"In the {test.weeks} complete weeks up to that of {day(test.last_week)}"


def against(test: Tested, those: str, others: str) -> str:
    """Sentence: the value, the other side, the difference. `those` and `others` name the two sides in the plural."""
    value, rest = amount(test.estimate, test.shape), amount(test.baseline, test.shape)
    if test.shape == "rate":
        said = f"{value} of {test.n:,} {those} {did(test.metric)}, against {rest} of {test.rest_n:,} {others}"
    else:
        said = f"the mean of {test.n:,} {those} was {value}, against {rest} of {test.rest_n:,} {others}"
    return f"{weeks(test)} {said}: a difference of {gap(test)}."
