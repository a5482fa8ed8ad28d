"""The conversations to read for each insight, the most telling first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._units import ensure_units
from chat_pipeline.analytics.insights._compared import make_units
from chat_pipeline.analytics.insights._kinds import PlainKind, discover_kinds, tested_kinds
from chat_pipeline.analytics.insights._words import lower_is_better

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def insight_conversations(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.insight_conversations`. Units are made again only of the kinds that found something."""
    ensure_units(con, settings)
    found = {kind for (kind,) in con.execute("select distinct kind from analytics.insights").fetchall()}
    make_units(con, settings, [kind for name, kind in tested_kinds().items() if name in found])
    selects = [_tested()]
    for kind in discover_kinds():
        if isinstance(kind, PlainKind) and kind.conversations:
            selects.append(f"""
                select i.insight_key, c.conversation_key, 0.0 as badness, cast(null as date) as started_date
                from analytics.insights as i
                inner join ({kind.conversations}) as c on c.value = i.value
                where i.kind = '{kind.name}' and c.conversation_key is not null
            """)
    con.execute(
        f"create or replace temp table insight_reading as {' union all '.join(f'({s})' for s in selects)}"
    )
    con.execute("drop table insight_units")
    return f"""
        select insight_key, conversation_key, row_number() over (
            partition by insight_key order by badness desc nulls last, started_date desc nulls last, conversation_key
        ) as reading_rank
        from (
            select insight_key, conversation_key, max(badness) as badness, max(started_date) as started_date
            from insight_reading
            group by insight_key, conversation_key
        ) as each_once
        qualify reading_rank <= {settings.insights.most_conversations}
    """


def _tested() -> str:
    """The units of the weeks and the value that a finding is about, of shares only those that went wrong."""
    lower = f"u.metric in {lower_is_better()}"
    ratio = "u.numerator / u.denominator"
    return f"""
        select
            i.insight_key, u.conversation_key, case when {lower} then {ratio} else -{ratio} end as badness,
            u.started_date
        from analytics.insights as i
        inner join insight_units as u
            on u.kind = i.kind and u.metric = i.metric and u.dimension = i.dimension and u.value = i.value
            and u.week between i.first_week and i.last_week
        where u.conversation_key is not null
            and (u.shape <> 'rate' or (case when {lower} then u.numerator > 0 else u.numerator < u.denominator end))
    """


TABLE = AnalyticsTable(
    name="insight_conversations",
    description=(
        "One row per insight and conversation to read: of a share those that went wrong, of times the longest, of sentiment"
        " the worst, the latest first among equals; at most 20 each (setting most_conversations). Of a question the latest"
        " conversation with it."
    ),
    columns=(
        Column("insight_key", "varchar", "Finding (analytics.insights)."),
        Column("conversation_key", "varchar", "Conversation (`marts.fct_conversations`)."),
        Column("reading_rank", "bigint", "1 is the first to read."),
    ),
    key=("insight_key", "reading_rank"),
    build=insight_conversations,
    needs=("insights",),
)
