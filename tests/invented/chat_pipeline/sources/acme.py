"""Acme Talk, an invented platform: a talk as a JSON object with its lines."""

from __future__ import annotations

from chat_pipeline.reading import elements, extra, records
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch, Column, Shape, Source, Table
from chat_pipeline.times import utc

COLUMNS = (
    Column("talk", "varchar", "The talk's id."),
    Column("number", "bigint", "Place of the line in its talk, from 1."),
    Column("said_at", "timestamp", "When the line was said (UTC)."),
    Column("who", "varchar", "visitor or machine."),
    Column("words", "varchar", "What was said.", personal=True),
)


def _is_talk(sniff: Sniff) -> bool:
    return sniff.kind == "json" and {"talk", "lines"} <= sniff.keys


def _read(batch: Batch) -> dict[str, str]:
    return {
        "talks": f"""
        select
            _path, _source_row, _problem, _original,
            {extra("record", ("at", "who", "words"))} as _extra,
            talk,
            row_number() over (partition by _path, talk order by _source_row) as number,
            {utc("record ->> '$.at'", batch.settings.time_zone)} as said_at,
            record ->> '$.who' as who,
            record ->> '$.words' as words,
            concat_ws('|', talk, said_at, number) as _record_key
        from ({elements(batch, records(batch), "$.lines", {"talk": "record ->> '$.talk'"})})
        """
    }


SOURCE = Source(
    name="acme",
    kind="chat",
    description="Acme Talk: talks of visitors with a machine.",
    tables=(
        Table(
            name="talks",
            description="One row per line of a talk.",
            columns=COLUMNS,
            event_at="said_at",
            threads=("talk",),
        ),
    ),
    shapes=(Shape("talks", _is_talk, _read),),
    expected="JSON objects with talk and lines",
)
