"""How far each source's data reach, and what of its files could not be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.reading import sql_text
from chat_pipeline.sources import discover

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def source_freshness(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.source_freshness`; the age is measured at the run's newest load, not by a clock."""
    return f"""
    with declared as ({declared(settings)}),
    files as (
        select
            source, instance,
            count(distinct case when state = 'loaded' then path end) as files_loaded,
            count(distinct case when state = 'held' then path end) as files_held,
            count(distinct case when state = 'unreadable' then path end) as files_unreadable,
            sum(read_rows) as read_rows, sum(quarantined_rows) as quarantined_rows
        from marts.source_files
        group by source, instance
    ),
    run as (select max(loaded_at) as loaded_at from marts.publication where source = ''),
    reached as (
        select
            d.*, p.cutoff_at, p.loaded_at, f.* exclude (source, instance),
            date_diff('second', p.cutoff_at, run.loaded_at) as behind_seconds,
            coalesce(d.retired_on < cast(run.loaded_at as date), false) as is_retired
        from declared as d
        cross join run
        left join marts.publication as p on p.source = d.source and p.instance = d.instance
        left join files as f on f.source = d.source and f.instance = d.instance
        where d.expected_seconds is not null or f.source is not null or p.cutoff_at is not null
    )
    select
        source, instance, kind, cutoff_at, loaded_at, behind_seconds / 3600.0 as behind_hours,
        expected_seconds / 3600.0 as expected_hours, is_retired,
        -- No expectation, or no data at all: there is nothing to be late against.
        coalesce(not is_retired and behind_seconds > expected_seconds, false) as is_stale,
        coalesce(files_loaded, 0) as files_loaded, coalesce(files_held, 0) as files_held,
        coalesce(files_unreadable, 0) as files_unreadable, coalesce(read_rows, 0) as read_rows,
        coalesce(quarantined_rows, 0) as quarantined_rows,
        cast(quarantined_rows as double) / nullif(read_rows, 0) as quarantined_share
    from reached
    """


def declared(settings: Settings) -> str:
    """Rows of every source and account known: its kind and what settings expect of it."""
    rows = []
    for name, source in discover().items():
        named = settings.sources.get(name)
        for instance in ("default", *(named.instances if named else ())):
            own = settings.source(name, instance)
            every = int(own.expect_every.total_seconds()) if own.expect_every else "null"
            retired = f"date '{own.retired_on}'" if own.retired_on else "null"
            rows.append(
                f"({sql_text(name)}, {sql_text(instance)}, {sql_text(source.kind)}, {every}, {retired})"
            )
    return f"""
        select
            source, instance, kind, cast(expected_seconds as bigint) as expected_seconds,
            cast(retired_on as date) as retired_on
        from (values {", ".join(rows)}) as d (source, instance, kind, expected_seconds, retired_on)
    """


TABLE = AnalyticsTable(
    name="source_freshness",
    description=(
        "One row per source and account that has files or data, or that settings expect some of: how far its data reach, and"
        " what of its files could not be used. Ages are measured at the newest load of the run."
    ),
    columns=(
        Column("source", "varchar", "Source: a folder of `exports/`."),
        Column("instance", "varchar", "Account of the source."),
        Column("kind", "varchar", "chat, web, crm, shop or figures."),
        Column(
            "cutoff_at", "timestamp", "Newest event loaded (UTC); null where nothing with a time is loaded."
        ),
        Column("loaded_at", "timestamp", "Newest load that brought rows of it (UTC)."),
        Column("behind_hours", "double", "Hours from cutoff_at to the newest load of the run."),
        Column("expected_hours", "double", "Hours after which settings call it late (`expect_every`)."),
        Column("is_retired", "boolean", "Settings say that it ended (`retired_on`); then it is never late."),
        Column("is_stale", "boolean", "behind_hours is more than expected_hours."),
        Column("files_loaded", "bigint", "Files loaded."),
        Column("files_held", "bigint", "Files that an expectation holds outside."),
        Column("files_unreadable", "bigint", "Files that could not be read."),
        Column("read_rows", "bigint", "Rows read from files as they are now."),
        Column("quarantined_rows", "bigint", "Rows of them set aside with their reason."),
        Column("quarantined_share", "double", "quarantined_rows / read_rows, 0 to 1."),
    ),
    key=("source", "instance"),
    build=source_freshness,
)
