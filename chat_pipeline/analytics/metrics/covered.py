"""Which accounts stand behind a metric, and the cells of every day that one of them covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import shop_date, sources_steps

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

GRAINS = ("day", "week", "month")
COVERED = ("platform", "instance", "channel")


def cover(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make `metric_sources` (accounts behind a metric) and add nothing to the cells of every day that one covers:
    they are there, with 0."""
    con.execute(f"""
        create or replace temp table metric_sources as
        with {sources_steps(settings)}
        select
            seen.*, greatest(s.first_date, chats.chat_first) as first_date, s.last_date,
            -- The day of the cut-off itself has not passed.
            {shop_date("s.cutoff_at", settings)} - 1 as last_whole_date
        from (
            select distinct r.metric_id, p.platform, p.instance, p.channel
            from metric_rows as r
            inner join metric_profiles as p on p.id = r.id
        ) as seen
        inner join sources as s
            on s.platform || '/' || s.instance = seen.instance and s.kind in ('chat', 'web', 'ticket')
        cross join (select min(first_date) as chat_first from sources where kind = 'chat') as chats
    """)
    dimensions = "', '".join(("all", *COVERED))
    con.execute(f"""
        insert into metric_sums
        select distinct
            days.metric_id, grains.grain, cast(date_trunc(grains.grain, days.day) as date), dimensions.dimension,
            case dimensions.dimension
                when 'all' then 'all' when 'platform' then days.platform when 'instance' then days.instance
                else days.channel
            end,
            0, 0, 0, 0, 0, 0, 0, 0, 0
        from (
            select *, unnest(generate_series(first_date, last_date, interval 1 day)) as day from metric_sources
        ) as days
        cross join (select unnest(['{"', '".join(GRAINS)}']) as grain) as grains
        cross join (select unnest(['{dimensions}']) as dimension) as dimensions
    """)
