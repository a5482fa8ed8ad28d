"""The one chart that says most of an analytics table: a SELECT of `label` and `value`, in order.

A table that is not named here is counted by its first text column: true of every table, if not the best of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat_pipeline.analytics import AnalyticsTable

WEEKS = 26


@dataclass(frozen=True)
class Headline:
    """`is_series`: over time, drawn as a line; else a bar per label."""

    title: str
    sql: str
    is_series: bool = False


def headline(table: AnalyticsTable) -> Headline:
    return HEADLINES.get(table.name) or _counted(table)


def _counted(table: AnalyticsTable) -> Headline:
    """Rows by the first text column that is no key; one bar for all where there is none."""
    texts = [
        c.name for c in table.columns if c.type == "varchar" and not c.name.endswith(("_key", "cluster"))
    ]
    label = f"coalesce({texts[0]}, 'unknown')" if texts else "'all'"
    title = f"Rows by {texts[0]}" if texts else "Rows"
    return Headline(
        title,
        f"select {label} as label, count(*) as value from analytics.{table.name}"
        " group by 1 order by 2 desc, 1",
    )


def _weeks(title: str, table: str, value: str, where: str) -> Headline:
    """The newest weeks of a table by grain and period, oldest first."""
    return Headline(
        f"{title}, by week",
        f"select strftime(period_start, '%Y-%m-%d') as label, value from (select period_start, {value} as value"
        f" from analytics.{table} where grain = 'week' and {where} order by period_start desc limit {WEEKS})"
        " order by label",
        is_series=True,
    )


def _bars(title: str, table: str, label: str, value: str, where: str = "true") -> Headline:
    """A bar per row, the largest value first."""
    return Headline(
        title,
        f"select {label} as label, {value} as value from analytics.{table} where {where} order by 2 desc, 1",
    )


def _sums(title: str, table: str, label: str, value: str, where: str = "true") -> Headline:
    """A bar per label, the largest value first."""
    return Headline(
        title,
        f"select {label} as label, {value} as value from analytics.{table} where {where}"
        " group by 1 order by 2 desc, 1",
    )


def _in_order(title: str, table: str, label: str, value: str, order: str, where: str) -> Headline:
    return Headline(
        title,
        f"select {label} as label, {value} as value from analytics.{table} where {where} order by {order}",
        is_series=True,
    )


WHOLE = "dimension = 'all'"
# A week that has not passed looks like a fall.
DRAWN = f"{WHOLE} and is_complete"
HEADLINES = {
    "metrics": _weeks("Conversations", "metrics", "value", f"{DRAWN} and metric = 'conversation_volume'"),
    "volume_flags": _weeks(
        "Conversations", "volume_flags", "conversations", f"{WHOLE} and metric = 'conversation_volume'"
    ),
    "sentiment_trend": _weeks("Mean sentiment", "sentiment_trend", '"mean"', DRAWN),
    "web_conversion": _weeks(
        "Web sessions with a chat", "web_conversion", "sessions", f"{DRAWN} and has_chat"
    ),
    "attribution": _weeks(
        "Orders that a chat led to",
        "attribution",
        "orders",
        "tier = 'led' and is_main_window and is_complete",
    ),
    "conversation_outcomes": _sums(
        "Conversations by outcome", "conversation_outcomes", "coalesce(outcome, state)", "count(*)"
    ),
    "conversation_segments": _sums(
        "Conversations by level of engagement",
        "conversation_segments",
        '"value"',
        "count(*)",
        "attribute = 'level'",
    ),
    "segments": _sums(
        "Customers by status of purchase", "segments", '"value"', "count(*)", "attribute = 'status'"
    ),
    "segment_metrics": _bars(
        "Conversation rate by segment, the highest first",
        "segment_metrics",
        "attribute || ': ' || segment",
        '"value"',
        "metric = 'conversation_rate' and denominator >= 30",
    ),
    "funnel_steps": _sums(
        "Entries that reached the step, all months",
        "funnel_steps",
        "funnel || ' ' || step || ': ' || step_name",
        "sum(entered)",
        f"{WHOLE} and grain = 'month'",
    ),
    "platform_segment_funnels": _sums(
        "Entries by platform, all months",
        "platform_segment_funnels",
        "funnel || ': ' || platform",
        "sum(entered)",
        "step = 1 and attribute = 'level'",
    ),
    "funnel_dropoffs": _sums(
        "Entries by the step that they missed",
        "funnel_dropoffs",
        "funnel || ': ' || coalesce(missed_step_name, 'none')",
        "count(*)",
    ),
    "retention_cohorts": _in_order(
        "Back in the chat, of the largest cohort, by months after",
        "retention_cohorts",
        "cast(period_index as varchar)",
        "rate",
        "period_index",
        "kind = 'return_to_chat' and grain = 'month' and cohort_start = (select cohort_start from"
        " analytics.retention_cohorts where kind = 'return_to_chat' and grain = 'month' and period_index = 1"
        " and cohort_size >= 30 order by cohort_size desc, cohort_start limit 1)",
    ),
    "hour_of_week": Headline(
        "Conversations by hour of the day",
        "select lpad(cast(hour as varchar), 2, '0') || ':00' as label, sum(conversations) as value"
        f" from analytics.hour_of_week where {WHOLE} group by hour order by hour",
        is_series=True,
    ),
    "csat_distribution": _sums(
        "Ratings, all months",
        "csat_distribution",
        "rating_scale || ': ' || rating",
        "sum(ratings)",
        f"{WHOLE} and grain = 'month'",
    ),
    "product_interest": _bars(
        "Conversations about a product", "product_interest", "product_name", "conversations"
    ),
    "retention_influence_survival": _in_order(
        "Not yet back, chat before the first purchase, by days",
        "retention_influence_survival",
        "cast(day as varchar)",
        "survival",
        "day",
        "group_name = 'chat'",
    ),
    "data_coverage": _sums(
        "Units that can't be judged, by reason",
        "data_coverage",
        "reason",
        "sum(units)",
        "reason <> 'computable'",
    ),
    "insights": _bars("Findings by what they may be worth", "insights", "title", "worth_conversations"),
    "sentiment_drivers": _bars(
        "Mean sentiment against the rest", "sentiment_drivers", "dimension_value", "difference", "is_driver"
    ),
    "signals": _bars("Names by conversations", "signals", "platform || ' ' || name", "conversations"),
    "unmapped_signals": _bars(
        "Unmapped names by conversations", "unmapped_signals", "platform || ' ' || name", "conversations"
    ),
    "source_freshness": _sums("Rows read", "source_freshness", "source", "sum(read_rows)"),
    "transaction_matches": _bars("Share matched by rule", "transaction_matches", "rule", "share"),
    "objectives": _bars("Progress", "objectives", "objective", "progress"),
    "experiment_arms": _bars("Persons", "experiment_arms", "experiment || ': ' || arm", "persons"),
}
