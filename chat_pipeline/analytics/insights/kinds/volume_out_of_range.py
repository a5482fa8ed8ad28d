"""Days with far more or far fewer conversations than usual, as `analytics.volume_flags` has them.

One day in some hundred is flagged by chance: told is a day twice as far off as a flag asks, or two of the last seven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics.insights._kinds import Finding, PlainKind, Told
from chat_pipeline.analytics.insights._words import day
from chat_pipeline.analytics.volume_flags import SPREADS

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from chat_pipeline.settings import Settings

# The newest complete days.
DAYS = 7
FLAGGED = f"""
    with newest as (
        select
            *, row_number() over (partition by dimension_value order by period_start desc nulls last) as age,
            dimension_value || ': ' || flag as value
        from analytics.volume_flags
        where metric = 'conversation_volume' and grain = 'day' and dimension in ('all', 'instance')
    ),
    flagged as (select * from newest where age <= {DAYS} and flag in ('high', 'low')),
    telling as (
        select dimension, dimension_value, flag, value
        from flagged
        group by dimension, dimension_value, flag, value
        having count(*) > 1 or max(abs(spreads_off)) > {2 * SPREADS}
    )
"""


def findings(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Finding]:
    """Of the shop and of each account, unless the shop is told the same of the same days."""
    rows = con.execute(f"""
        {FLAGGED}
        select
            t.dimension, t.dimension_value, t.flag, t.value, count(*), sum(f.conversations), sum(f.expected),
            min(f.period_start), max(f.period_start)
        from telling as t
        inner join flagged as f on f.dimension_value = t.dimension_value and f.flag = t.flag
        group by t.dimension, t.dimension_value, t.flag, t.value
        order by t.dimension asc nulls last, t.value asc nulls last
    """).fetchall()
    return [_finding(*row) for row in rows]


def _finding(
    dimension: str,
    name: str,
    flag: str,
    value: str,
    days: int,
    conversations: int,
    expected: float,
    first: date,
    last: date,
) -> Finding:
    where = "" if dimension == "all" else f" of {name}"
    when = f"on {day(first)}" if days == 1 else f"on {days} days from {day(first)} to {day(last)}"
    low = flag == "low"
    told = Told(
        title=f"Far {'fewer' if low else 'more'} conversations{where} than usual: {conversations:,} instead of {expected:,.0f}",
        text=f"{when.capitalize()}; usual is the median of the same weekdays in the eight weeks before.",
        advice=(
            "See first whether the export is whole (analytics.source_freshness), then whether the chat opens in the shop."
            if low
            else "Read what they are about (marts.fct_conversations.primary_intent): a campaign, a fault, or machines."
        ),
        evidence=f"analytics.volume_flags where dimension_value = '{name}' and flag = '{flag}'",
    )
    return Finding(
        kind="volume_out_of_range",
        severity="warning" if low else "notice",
        told=told,
        metric="conversation_volume",
        dimension=dimension,
        value=value,
        n=conversations,
        estimate=float(conversations),
        baseline=float(expected),
    )


KIND = PlainKind(
    name="volume_out_of_range",
    findings=findings,
    conversations=f"""
        {FLAGGED}
        select f.value, c.conversation_key
        from flagged as f
        inner join telling as t on t.value = f.value
        inner join marts.fct_conversations as c
            on c.started_date = f.period_start
            and (f.dimension = 'all' or c.platform || '/' || c.instance = f.dimension_value)
        where not coalesce(c.is_test, false)
    """,
)
