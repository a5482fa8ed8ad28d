"""Where one objective stands, from its metric's complete months. Reading them is in `objectives.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from chat_pipeline.settings.plans import AMOUNTS, COUNTS, TIMES

if TYPE_CHECKING:
    from chat_pipeline.settings.plans import Objective, Target

# Metrics that are no share of 0 to 1: points of them are of their own unit.
NO_SHARES = (*COUNTS, *TIMES, *AMOUNTS)
# Without a baseline the direction is the metric's own: of these less is better.
LESS_IS_BETTER = (
    *(*TIMES, "cost_per_resolution_estimate", "fallback_rate", "fallback_turn_rate", "fallback_share_one"),
    *("fallback_share_two_or_more", "csat_negative_share", "escalation_rate", "abandonment_rate"),
    *("cart_abandonment_rate", "cart_abandonment_rate_with_chat", "cart_abandonment_rate_without_chat"),
    *("conversations_bounced", "conversations_outbound"),
)
# Fewer complete months make no trend, older ones tell of another time.
LEAST_MONTHS, MOST_MONTHS = 3, 6


@dataclass(frozen=True)
class Month:
    """A complete month of a metric; numerator and denominator may be summed if `is_additive`."""

    start: date
    numerator: int | None
    denominator: int | None
    value: float
    is_additive: bool


def standing(objective: Objective, found: list[Month], today: date | None) -> dict[str, Any]:
    """The columns of an objective; months after the one of `by` do not count."""
    found = [month for month in found if month.start <= objective.by]
    target = objective.target
    baseline = baseline_of(target, found)
    goal = target_value(objective, baseline)
    current = found[-1] if found else None
    start = baseline if target.baseline else found[0].value if found else None
    projected = projection(objective, found)
    row = {
        "metric": objective.metric,
        "segment": objective.segment,
        "target_kind": next(
            kind for kind in ("absolute", "points", "percent") if getattr(target, kind) is not None
        ),
        "baseline_period": target.baseline,
        "baseline_value": baseline,
        "target_value": goal,
        "by_date": objective.by,
        "current_month": current.start if current else None,
        "current_value": current.value if current else None,
        "progress": None,
        "projected_value": projected,
        "months": len(found),
    }
    if current is not None and goal is not None and start is not None and goal != start:
        row["progress"] = (current.value - start) / (goal - start)
    return {**row, "status": status(objective, row, today)}  # fmt: skip


def baseline_of(target: Target, found: list[Month]) -> float | None:
    """Value of the baseline period: its one month, or its months' numerators over their denominators (of a count,
    the mean month). None unless all of its months are there and may be summed."""
    wanted = baseline_months(target.baseline) if target.baseline else []
    inside = [month for month in found if month.start in wanted]
    if not inside or len(inside) < len(wanted):
        return None
    if len(inside) == 1:
        return inside[0].value
    if not all(month.is_additive for month in inside):
        return None
    numerator = sum(month.numerator or 0 for month in inside)
    if all(month.denominator is None for month in inside):
        return numerator / len(inside)
    denominator = sum(month.denominator or 0 for month in inside)
    return numerator / denominator if denominator else None


def baseline_months(period: str) -> list[date]:
    """First days of the months of "2026", "2026-Q3" or "2026-09"."""
    year, _, rest = period.partition("-")
    if rest.startswith("Q"):
        first = 3 * int(rest[1]) - 2
        return [date(int(year), month, 1) for month in range(first, first + 3)]
    return [date(int(year), month, 1) for month in ([int(rest)] if rest else range(1, 13))]


def target_value(objective: Objective, baseline: float | None) -> float | None:
    """What is aimed at, in the metric's unit: 5 points on a share of 0.70 are 0.75, 10 per cent 0.77."""
    target = objective.target
    if target.absolute is not None or baseline is None:
        return target.absolute
    if target.points is not None:
        return baseline + (target.points if objective.metric in NO_SHARES else target.points / 100)
    return baseline * (1 + (target.percent or 0) / 100)


def projection(objective: Objective, found: list[Month]) -> float | None:
    """The straight line through the last complete months, at the month of `by`; a share stays within 0 and 1."""
    import numpy as np

    last = found[-MOST_MONTHS:]
    if len(last) < LEAST_MONTHS:
        return None
    at = [month.start.year * 12 + month.start.month for month in last]
    slope, level = np.polyfit([place - at[0] for place in at], [month.value for month in last], 1)
    value = float(level + slope * (objective.by.year * 12 + objective.by.month - at[0]))
    return value if objective.metric in NO_SHARES else min(1.0, max(0.0, value))


def status(objective: Objective, row: dict[str, Any], today: date | None) -> str:
    target, current, projected = row["target_value"], row["current_value"], row["projected_value"]
    if current is None:
        return "no_data"
    if target is None:
        return "no_baseline"
    change = objective.target.points or objective.target.percent
    is_less = change < 0 if change else objective.metric in LESS_IS_BETTER

    def reaches(value: float) -> bool:
        return value <= target if is_less else value >= target

    if reaches(current):
        return "reached"
    if today is not None and today > objective.by and current_is_last(row):
        return "missed"
    if projected is None:
        return "too_early"
    return "on_track" if reaches(projected) else "off_track"


def current_is_last(row: dict[str, Any]) -> bool:
    """The month of the last day is itself complete: nothing more will come."""
    return (row["current_month"].year, row["current_month"].month) == (
        row["by_date"].year,
        row["by_date"].month,
    )
