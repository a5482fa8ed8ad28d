"""SQL that several analytics tables share: shop dates, cut-offs, intervals, ranks. No table is defined here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from datetime import timedelta

    import duckdb
    import numpy as np

    from chat_pipeline.settings import Settings

# The normal quantile of a two-sided 95 % interval.
Z = 1.959963984540054


def shop_date(timestamp: str, settings: Settings) -> str:
    """The shop's local date of a UTC timestamp expression."""
    return f"cast(timezone({sql_text(settings.shop.time_zone)}, timezone('UTC', {timestamp})) as date)"


def seconds_of(duration: timedelta) -> int:
    """A duration of the settings in whole seconds."""
    return int(duration.total_seconds())


def is_apart(settings: Settings, column: str = "is_test") -> str:
    """Whether a row is test traffic that stays out of the numbers."""
    return "false" if settings.exclude.include_test_traffic else f"coalesce({column}, false)"


def run_date(settings: Settings) -> str:
    """Scalar: the shop's date of the run's cut-off, the "today" of every table."""
    return f"(select {shop_date('max(cutoff_at)', settings)} from marts.publication)"


def is_retired(settings: Settings) -> str:
    """Whether a (platform, instance) has an end date in settings: nothing waits for it any more."""
    retired = [
        f"({sql_text(name)}, {sql_text(instance)})"
        for name, source in settings.sources.items()
        for instance in ("default", *source.instances)
        if settings.source(name, instance).retired_on
    ]
    return f"(platform, instance) in ({', '.join(retired)})" if retired else "false"


def sources_steps(settings: Settings) -> str:
    """Steps ending in `sources`: a row per kind (chat, web, order, ticket), platform and instance that has facts.

    Columns first_date and last_date (what the source covers) and cutoff_at, from `marts.publication` (the
    instance's, else the source's, else the run's row); a retired source's cut-off is the run's.
    """
    return f"""
    facts_of as (
        select 'chat' as kind, platform, instance, min(started_date) as first_date
        from marts.fct_conversations group by platform, instance
        union all
        select 'web', platform, instance, min(started_date) from marts.fct_web_sessions group by platform, instance
        union all
        select 'order', platform, instance, min(ordered_date) from marts.fct_orders group by platform, instance
        union all
        select 'ticket', platform, instance, min(created_date) from marts.fct_tickets group by platform, instance
    ),
    dated as (
        select
            f.kind, f.platform, f.instance, f.first_date,
            coalesce(
                max(case when p.source = f.platform and p.instance = f.instance then p.cutoff_at end),
                max(case when p.source = f.platform then p.cutoff_at end),
                max(p.cutoff_at)
            ) as newest_at
        from facts_of as f
        left join marts.publication as p
            on p.source in (f.platform, '')
        group by f.kind, f.platform, f.instance, f.first_date
    ),
    sources as (
        select
            kind, platform, instance, first_date, {shop_date("newest_at", settings)} as last_date,
            case when {is_retired(settings)} then (select max(cutoff_at) from marts.publication) else newest_at end
                as cutoff_at
        from dated
    )"""


def cutoff_of(kind: str) -> str:
    """Scalar: the earliest cut-off of the sources of a kind (step `sources`); null where there is none."""
    return f"(select min(cutoff_at) from sources where kind = '{kind}')"


def wilson(value: str, units: str, side: str) -> str:
    """A bound ('low', 'high') of Wilson's interval of a proportion on `units` (may be fractional).

    Clamped to [0, 1] and to contain the value: rounding puts the bound beyond it at 0 and 1.
    """
    sign, clamp, edge = (
        ("-", "least", "greatest(0.0, ") if side == "low" else ("+", "greatest", "least(1.0, ")
    )
    bound = f"""(({value}) + {Z * Z} / (2 * nullif({units}, 0)) {sign} {Z} * sqrt(
        ({value}) * (1 - ({value})) / nullif({units}, 0) + {Z * Z} / (4 * nullif({units}, 0) * nullif({units}, 0))
    )) / (1 + {Z * Z} / nullif({units}, 0))"""
    return f"case when ({value}) is not null and ({units}) > 0 then {clamp}(({value}), {edge}{bound})) end"


def trailing_steps(name: str, source: str, date: str, days: int, sums: tuple[str, ...]) -> str:
    """Steps ending in `name`: what the `days` days up to a day hold, per stretch of days on which it is the same.

    `source` has customer_key, `date` and integer columns `sums`. `name`(customer_key, since, until (exclusive),
    the sums, last_date): a row per stretch, so that no day has to be looked at by itself.
    """
    entered = ", ".join(f"{column} as {column}" for column in sums)
    left = ", ".join(f"-{column} as {column}" for column in sums)
    totals = ", ".join(f"sum({column}) as {column}" for column in sums)
    running = ", ".join(f"cast(sum({column}) over by_day as bigint) as {column}" for column in sums)
    return f"""
    {name}_changes as (
        select customer_key, since, {totals}, max(last_date) as last_date
        from (
            select customer_key, {date} as since, {entered}, {date} as last_date from {source}
            union all
            select customer_key, {date} + {days}, {left}, null from {source}
        ) as changes
        group by customer_key, since
    ),
    {name} as (
        select
            customer_key, since, lead(since, 1, date '9999-12-31') over by_day as until, {running},
            max(last_date) over by_day as last_date
        from {name}_changes
        window by_day as (partition by customer_key order by since nulls last)
    )"""


def columns_of(
    con: duckdb.DuckDBPyConnection, query: str, parameters: list[object] | None = None
) -> dict[str, np.ndarray]:
    """Columns of numbers, none of them null, as arrays."""
    import numpy as np

    return {name: np.asarray(values) for name, values in con.execute(query, parameters).fetchnumpy().items()}
