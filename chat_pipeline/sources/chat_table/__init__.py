"""Any other bot's CSV or Excel export: one row per turn or per message, columns named in settings.

`[sources.chat_table] columns` maps headers of the file to the names in `columns.py`. What a row says is
decided only as far as the file itself tells it (`turns.py`): times, durations, who spoke.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chat_pipeline.reading import csv_rows, excel_rows
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, PlainFile, Shape, Source, Table, UnreadableFile
from chat_pipeline.sources.chat_table.columns import COLUMNS, DEFAULT_COLUMNS, NAMES, REQUIRED
from chat_pipeline.sources.chat_table.turns import DATE_ORDERS, turns


def _has_required(sniff: Sniff) -> bool:
    """Whether the headers, as settings or else the usual names map them, hold what every turn needs."""
    headers = replace(sniff, mapping=sniff.mapping or DEFAULT_COLUMNS).headers
    return set(REQUIRED) <= {header.strip().casefold() for header in headers}


def _mapping(file: PlainFile, given: Mapping[str, str]) -> dict[str, str]:
    """Header -> name for one file: settings first, then headers that are our names already."""
    wanted = dict(given) or DEFAULT_COLUMNS
    unknown = sorted(set(wanted.values()) - set(NAMES))
    if unknown:
        raise UnreadableFile(
            f"[sources.chat_table] columns maps to {', '.join(unknown)}; the names are {', '.join(NAMES)}"
        )
    headers = {header.strip().casefold() for header in file.sniff.columns}
    mapped = {name for header, name in wanted.items() if header.strip().casefold() in headers}
    wanted |= {name: name for name in NAMES if name not in mapped}
    return {**wanted, **{f"no header for {name}": name for name in NAMES if name not in wanted.values()}}


def _read(batch: Batch) -> dict[str, str]:
    order = batch.settings.options.get("date_order", "")
    if order not in ("", *DATE_ORDERS):
        raise UnreadableFile(f"[sources.chat_table] options.date_order is {order!r}, not dmy or mdy")
    rows = []
    for file in batch.files:
        one = Batch(batch.con, (file,), batch.settings, batch.instance)
        columns = _mapping(file, batch.settings.columns)
        rows.append(excel_rows(one, columns) if file.sniff.kind == "xlsx" else csv_rows(one, columns))
    return {"turns": turns(batch, " union all by name ".join(rows), order)}


SOURCE = Source(
    name="chat_table",
    kind="chat",
    description="Any other bot's conversations as a table, its columns named in settings.",
    tables=(
        Table(
            name="turns",
            description="One row per turn (query and response) or per message, as the export has it.",
            columns=COLUMNS,
            event_at="sent_at",
        ),
    ),
    shapes=(
        Shape("table_csv", lambda s: s.kind == "csv" and _has_required(s), _read),
        Shape("table_excel", lambda s: s.kind == "xlsx" and _has_required(s), _read),
    ),
    tells_reply_times=False,
    expected="a CSV or Excel file with a column each for thread_id and sent_at: "
    "name its headers in [sources.chat_table] columns",
)
