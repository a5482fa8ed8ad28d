"""The shop's own segments: rules of the settings as expressions over a row of `counted`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings
    from chat_pipeline.settings.own_segments import OwnSegment, SegmentRule

FAMILY = "own"
# Of a customer up to the day. What is not known is null, and fits no rule.
COUNTERS = {
    "conversations_90d": "coalesce(activity.conversations, 0)",
    "chat_minutes_90d": "cast(coalesce(activity.milliseconds, 0) as double) / 60000",
    "purchases": "coalesce(bought.purchases_ever, 0)",
    "purchases_365d": "coalesce(bought.purchases, 0)",
    "net_365d": "cast(coalesce(bought.cents, 0) as double) / 100",
    "days_since_purchase": "asked.day - bought.last_date",
}


def counters() -> str:
    """Select list of every counter, over asked, activity and bought."""
    return ", ".join(f"{expression} as {name}" for name, expression in COUNTERS.items())


def own_column(name: str) -> str:
    """The column that holds an own segment: no name of another attribute."""
    return f"own__{name}"


def own_columns(settings: Settings) -> str:
    """Select list of every own segment, 'yes' or 'no', each followed by a comma."""
    return "".join(
        f"case when {_fits(segment)} then 'yes' else 'no' end as {own_column(name)}, "
        for name, segment in sorted(settings.segments.items())
    )


def _fits(segment: OwnSegment) -> str:
    conditions = [_condition(rule) for rule in segment.all]
    if segment.any:
        conditions.append(f"({' or '.join(_condition(rule) for rule in segment.any)})")
    return " and ".join(conditions)


def _condition(rule: SegmentRule) -> str:
    if rule.counter:
        return f"coalesce({rule.counter} {rule.operator} {rule.number!r}, false)"
    column = (rule.attribute or "").partition(".")[2]
    values = ", ".join(sql_text(value) for value in rule.values or rule.not_values)
    return f"{column} {'in' if rule.values else 'not in'} ({values})"
