"""When the week is busy: conversations by weekday and hour of the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._sql import is_apart, run_date, shop_date, sources_steps
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

WEEKS = 13
COUNTS = ("conversations", "engaged", "escalated", "agent_answered")
DIMENSIONS = ("platform", "instance", "channel")


def hour_of_week(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.hour_of_week`."""
    means = ", ".join(f"cast(coalesce(c.{name}, 0) as double) / h.hours as mean_{name}" for name in COUNTS)
    counts = ", ".join(f"coalesce(c.{name}, 0) as {name}" for name in COUNTS)
    return f"""
    with {sources_steps(settings)},
    {_begun_step(settings)},
    {_covered_steps(settings)},
    counted as (
        select {_cell()}, {", ".join(f"sum({name}) as {name}" for name in COUNTS)}
        from begun
        group by weekday, hour, grouping sets ((), {", ".join(f"({name})" for name in DIMENSIONS)})
    )
    select h.*, {counts}, {means}
    from hours as h
    left join counted as c
        on c.dimension = h.dimension and c.dimension_value = h.dimension_value and c.weekday = h.weekday
        and c.hour = h.hour
    """


def _cell() -> str:
    names = " ".join(f"when grouping({name}) = 0 then '{name}'" for name in DIMENSIONS)
    values = " ".join(f"when grouping({name}) = 0 then {name}" for name in DIMENSIONS)
    return f"case {names} else 'all' end as dimension, case {values} else 'all' end as dimension_value, weekday, hour"


def _local(at: str, settings: Settings) -> str:
    return f"timezone({sql_text(settings.shop.time_zone)}, timezone('UTC', {at}))"


def _begun_step(settings: Settings) -> str:
    """Steps `span` (the last complete weeks) and `begun` (the conversations begun in them)."""
    monday = f"cast(date_trunc('week', {run_date(settings)}) as date)"
    local = _local("c.started_at", settings)
    return f"""
    span as (select {monday} - {7 * WEEKS} as first_date, {monday} - 1 as last_date),
    begun as (
        select
            c.platform, c.platform || '/' || c.instance as instance, coalesce(nullif(c.channel, ''), 'unknown') as channel,
            isodow({local}) as weekday, hour({local}) as hour, 1 as conversations,
            cast(coalesce(c.is_chat_engaged, false) as integer) as engaged,
            case when o.outcome = 'escalated' then 1 else 0 end as escalated,
            case when c.agent_message_count > 0 then 1 else 0 end as agent_answered
        from marts.fct_conversations as c
        cross join span
        inner join analytics.conversation_outcomes as o on o.conversation_key = c.conversation_key
        where c.started_date between span.first_date and span.last_date and not {is_apart(settings, "c.is_test")}
    )"""


def _covered_steps(settings: Settings) -> str:
    """Step `hours`: how often each hour of the week was covered by an account, hour by hour in UTC: the hour that the
    clocks skip was not, the one they repeat was there twice."""
    local = _local("tick", settings)
    return f"""
    spans as (
        select
            s.platform, s.platform || '/' || s.instance as instance, greatest(s.first_date, span.first_date) as first_date,
            -- The day of the cut-off itself has not passed.
            least({shop_date("s.cutoff_at", settings)} - 1, span.last_date) as last_date
        from sources as s
        cross join span
        where s.kind = 'chat'
    ),
    channels as (select distinct instance, channel from begun),
    ticks as (
        select tick, cast({local} as date) as date, isodow({local}) as weekday, hour({local}) as hour
        from (
            select unnest(generate_series(
                cast(first_date as timestamp) - interval 1 day, cast(last_date as timestamp) + interval 2 day,
                interval 1 hour
            )) as tick
            from span
        ) as series
    ),
    hours as (
        select dimension, dimension_value, weekday, hour, count(distinct tick) as hours
        from (
            select t.tick, t.weekday, t.hour, d.dimension, case d.dimension
                when 'all' then 'all' when 'platform' then s.platform when 'instance' then s.instance
                else channels.channel end as dimension_value
            from ticks as t
            inner join spans as s on t.date between s.first_date and s.last_date
            cross join (values ('all'), ('platform'), ('instance'), ('channel')) as d (dimension)
            left join channels on d.dimension = 'channel' and channels.instance = s.instance
        ) as covered
        where dimension_value is not null
        group by dimension, dimension_value, weekday, hour
    )"""


TABLE = AnalyticsTable(
    name="hour_of_week",
    description=(
        f"One row per dimension (all, platform, instance, channel), value, weekday and hour in the shop's time zone: the"
        f" conversations begun in it over the last {WEEKS} complete ISO weeks, in all and per covered week. Test traffic is"
        " left out. An hour that the clocks skip or repeat counts as often as it was there."
    ),
    columns=(
        Column("dimension", "varchar", "all, platform, instance or channel."),
        Column("dimension_value", "varchar", "Value of the dimension; an instance as platform/instance."),
        Column("weekday", "bigint", "1 (Monday) to 7 (Sunday)."),
        Column("hour", "bigint", "Hour of the day, 0 to 23, by the shop's clock."),
        Column("hours", "bigint", "How often that hour was covered by a source behind the value."),
        Column("conversations", "bigint", "Conversations begun in it."),
        Column("engaged", "bigint", "Of these conversations, engaged ones."),
        Column("escalated", "bigint", "Of these conversations, escalated ones (outcome), once judged."),
        Column("agent_answered", "bigint", "Conversations begun in it in which a human agent wrote."),
        Column("mean_conversations", "double", "conversations / hours: per covered week."),
        Column("mean_engaged", "double", "engaged / hours."),
        Column("mean_escalated", "double", "escalated / hours."),
        Column("mean_agent_answered", "double", "agent_answered / hours."),
    ),
    key=("dimension", "dimension_value", "weekday", "hour"),
    build=hour_of_week,
    needs=("conversation_outcomes",),
)
