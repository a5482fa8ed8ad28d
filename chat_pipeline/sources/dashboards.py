"""Figures read off any vendor's screen, typed into a small table: for comparison with our own numbers only."""

from __future__ import annotations

from chat_pipeline.reading import csv_rows, excel_rows
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, Column, Shape, Source, Table

COLUMNS = (
    Column("platform", "varchar", "Whose screen it is: the name of a source, such as ga4 or intercom."),
    Column("metric", "varchar", "What is counted, as docs/sources/dashboards.md names it."),
    Column("from_date", "date", "First day that the figure covers, as the vendor's screen counts days."),
    Column("to_date", "date", "Last day that the figure covers."),
    Column("value", "double", "The figure."),
    Column("dimension", "varchar", "What the figure is a part by (event_name); empty for a total."),
    Column("dimension_value", "varchar", "Which part."),
    Column("note", "varchar", "Anything to know about it."),
)
# Headers as people write them.
HEADERS = {
    "platform": "platform",
    "metric": "metric",
    "from": "from_date",
    "from_date": "from_date",
    "to": "to_date",
    "to_date": "to_date",
    "value": "value",
    "dimension": "dimension",
    "dimension_value": "dimension_value",
    "note": "note",
}
REQUIRED = {"platform", "metric", "from_date", "to_date", "value"}


def _matches(sniff: Sniff) -> bool:
    found = {HEADERS.get(header.strip().casefold()) for header in sniff.headers}
    return sniff.kind in ("csv", "xlsx") and found >= REQUIRED


def _read(batch: Batch) -> dict[str, str]:
    rows = []
    for file in batch.files:
        one = Batch(batch.con, (file,), batch.settings, batch.instance)
        rows.append(excel_rows(one, HEADERS) if file.sniff.kind == "xlsx" else csv_rows(one, HEADERS))
    return {
        "figures": f"""
        with given as ({" union all by name ".join(rows)}),
        read as (
            select
                _path, _source_row, _extra, _original, _problem, lower(trim(platform)) as platform,
                lower(trim(metric)) as metric, {_day("from_date")} as from_date, {_day("to_date")} as to_date,
                try_cast(replace(value, ',', '') as double) as value, lower(trim(dimension)) as dimension,
                trim(dimension_value) as dimension_value, note
            from given
        )
        select
            * exclude (_problem),
            concat_ws('|', platform, metric, coalesce(dimension, ''), coalesce(dimension_value, ''), from_date, to_date)
                as _record_key,
            case
                when _problem is not null then _problem
                when platform is null or metric is null then 'no platform or no metric'
                when from_date is null or to_date is null then 'from and to must be days like 2026-09-30'
                when from_date > to_date then 'from is after to'
                when value is null then 'value is no number: write 1234.5'
            end as _problem
        from read
        """
    }


def _day(column: str) -> str:
    # Excel's days come as ISO text with a time.
    return f"try_cast(left(trim({column}), 10) as date)"


SOURCE = Source(
    name="dashboards",
    kind="figures",
    description="Figures from vendors' screens, to compare ours with.",
    tables=(Table("figures", "One row per figure: platform, metric, part and days.", COLUMNS),),
    shapes=(Shape("figures_table", _matches, _read),),
    expected="a CSV or Excel file with the columns platform, metric, from, to, value (and dimension, dimension_value, note)",
)
