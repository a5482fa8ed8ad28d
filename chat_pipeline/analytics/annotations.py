"""What the readers of a chart should know about some days: what settings say, and what the data show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._sql import is_apart, run_date, shop_date
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def remarks(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.annotations`."""
    columns = "from_date, to_date, kind, text, origin, platform, instance"
    return f"""
    with told as ({told(settings)}),
    {bot_versions(settings)},
    {late_sources(settings)},
    {unused_files(settings)}
    select {columns} from told
    union all
    select {columns} from new_versions
    union all
    select {columns} from late_sources
    union all
    select {columns} from unused_files
    """


def told(settings: Settings) -> str:
    """Annotations from the settings file."""
    rows = [
        f"select date '{note.from_date}' as from_date, date '{note.to}' as to_date, {sql_text(note.kind)} as kind,"
        f" {sql_text(note.text)} as text, 'settings' as origin, '' as platform, '' as instance"
        for note in settings.annotations
    ]
    nothing = (
        "select cast(null as date) as from_date, cast(null as date) as to_date, '' as kind, '' as text,"
        " '' as origin, '' as platform, '' as instance where false"
    )
    # The same line twice in the settings says it once.
    return " union ".join([nothing, *rows])


def bot_versions(settings: Settings) -> str:
    """Steps ending in `new_versions`: the first day of each bot version but those the data begin with."""
    return f"""
    version_days as (
        select platform, instance, bot_version, min(started_date) as first_date
        from marts.fct_conversations
        where bot_version is not null and not {is_apart(settings)}
        group by platform, instance, bot_version
    ),
    new_versions as (
        select
            v.first_date as from_date, v.first_date as to_date, 'bot_version' as kind,
            'first conversation with bot version ' || v.bot_version as text, 'automatic' as origin,
            v.platform, v.instance
        from version_days as v
        inner join (
            select platform, instance, min(started_date) as first_date from marts.fct_conversations
            where not {is_apart(settings)}
            group by platform, instance
        ) as begun on begun.platform = v.platform and begun.instance = v.instance
        where v.first_date > begun.first_date
    )"""


def late_sources(settings: Settings) -> str:
    """Step `late_sources`: the days that a late source does not cover yet."""
    return f"""
    late_sources as (
        select
            {shop_date("cutoff_at", settings)} as from_date,
            greatest({run_date(settings)}, {shop_date("cutoff_at", settings)}) as to_date, 'late_source' as kind,
            'data of ' || source || ' end here; expected every '
                || cast(round(expected_hours) as bigint) || ' hours' as text,
            'automatic' as origin, source as platform, instance
        from analytics.source_freshness
        where is_stale
    )"""


def unused_files(settings: Settings) -> str:
    """Step `unused_files`: what was delivered on a day and is held or could not be read."""
    return f"""
    unused_files as (
        select
            {shop_date("min(delivered_at)", settings)} as from_date,
            {shop_date("min(delivered_at)", settings)} as to_date, state || '_file' as kind,
            count(distinct path) || case when count(distinct path) = 1 then ' file' else ' files' end || ' of '
                || source || ' delivered on this day: ' || state as text,
            'automatic' as origin, source as platform, instance
        from marts.source_files
        where state in ('held', 'unreadable')
        group by source, instance, state, {shop_date("delivered_at", settings)}
    )"""


TABLE = AnalyticsTable(
    name="annotations",
    description=(
        "One row per remark on some days: from the settings, or automatic (a new bot version, a late source, files held"
        " or unreadable)."
    ),
    columns=(
        Column("from_date", "date", "First day in the shop's time zone."),
        Column("to_date", "date", "Last day."),
        Column(
            "kind",
            "varchar",
            "As the settings name it; automatic: bot_version, late_source, held_file, unreadable_file.",
        ),
        Column("text", "varchar", "What to know."),
        Column("origin", "varchar", "settings or automatic."),
        Column("platform", "varchar", "Source that an automatic remark is about; empty: the whole shop."),
        Column("instance", "varchar", "Account of the source; empty: the whole shop."),
    ),
    key=("from_date", "to_date", "kind", "platform", "instance", "text"),
    build=remarks,
    needs=("source_freshness",),
)
