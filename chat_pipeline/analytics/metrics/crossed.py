"""Which cells are of a platform and a segment at once: the headline metrics of the newest periods.

All metrics by both for all time would be many times `analytics.metrics`, and hardly any cell would hold thirty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._segment_values import attributes
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

METRICS = (
    *("conversation_volume", "conversation_rate", "resolution_rate", "escalation_rate", "abandonment_rate", "csat"),
    *("average_resolution_time", "fallback_rate", "goal_completion_rate:%", "chatbot_influenced_retention"),
)  # fmt: skip
WEEKS, MONTHS = 13, 13
CROSSED = "platform and "
# Stands between platform and segment in a cell's value; no platform's name has it.
BETWEEN = "chr(31)"


def crossed_dimensions(settings: Settings) -> dict[str, str]:
    """SELECT of each unit's platform and segment, by the name of the dimension; '' where it has none or is older."""
    return {f"{CROSSED}{family}.{name}": _values(family, name) for family, name in attributes(settings)}


def _values(family: str, attribute: str) -> str:
    return f"""
    select
        p.id, case when s.value is not null and p.month > newest.month - interval {MONTHS} month
            then p.platform || {BETWEEN} || s.value else '' end as value
    from metric_profiles as p
    cross join (select max(month) as month from metric_profiles) as newest
    left join analytics.conversation_segments as s
        on s.conversation_key = p.conversation_key
        and s.family = {sql_text(family)} and s.attribute = {sql_text(attribute)}"""


def crossed_metrics(con: duckdb.DuckDBPyConnection) -> set[int]:
    """Numbers of the metrics that are counted by both."""
    named = " or ".join(f"metric like {sql_text(metric)}" for metric in METRICS)
    return {
        number for (number,) in con.execute(f"select metric_id from metric_names where {named}").fetchall()
    }
