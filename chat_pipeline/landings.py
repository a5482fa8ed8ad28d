"""Tables that a connector wrote (Fivetran, Airbyte, Estuary, dlt): recognised, so that they are refused by name.

Their column names and values are the connector's, not the vendor's. `LANDINGS` are refused for every source; a
source adds `FIVETRAN_NAMING` if its vendor's own CSV never has snake_case headers and it can't read them. No
vendor's format is described here.
"""

from __future__ import annotations

import re

from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Refusal

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def _names(sniff: Sniff) -> set[str]:
    """Columns (of a database: of all its tables) or top-level keys, lower case."""
    of_tables = [name for columns in sniff.tables.values() for name in columns]
    return {name.casefold() for name in (*sniff.columns, *sniff.keys, *of_tables)}


def is_fivetran(sniff: Sniff) -> bool:
    """Columns that Fivetran adds to each table it writes."""
    return any(name.startswith("_fivetran_") or name == "_synced" for name in _names(sniff))


def is_fivetran_naming(sniff: Sniff) -> bool:
    """A CSV all in snake_case with a column of ids: Fivetran's naming, exported without its own columns."""
    named = sniff.kind == "csv" and all(SNAKE_CASE.fullmatch(name) for name in sniff.columns)
    ids = [name for name in sniff.columns if name == "id" or name.endswith("_id")]
    return named and bool(ids) and any("_" in name for name in sniff.columns)


def is_airbyte(sniff: Sniff) -> bool:
    """Airbyte's columns, or its messages {stream, data, emitted_at}."""
    names = _names(sniff)
    return any(name.startswith("_airbyte_") for name in names) or {"stream", "data", "emitted_at"} <= names


def is_estuary(sniff: Sniff) -> bool:
    """Estuary's [stream, record] pairs, or records with its _meta.uuid."""
    pairs = [s for s in sniff.samples if isinstance(s, list) and len(s) == 2]
    if pairs:
        return all(isinstance(stream, str) and isinstance(record, dict) for stream, record in pairs)
    metas = [s["_meta"] for s in sniff.samples if isinstance(s, dict) and isinstance(s.get("_meta"), dict)]
    return any("uuid" in meta for meta in metas)


def is_dlt(sniff: Sniff) -> bool:
    """Columns that dlt adds to each row."""
    return bool(_names(sniff) & {"_dlt_id", "_dlt_load_id"})


def _remedy(connector: str, conversion: str) -> str:
    return f"a table that {connector} wrote, not the vendor's export: {conversion}"


FROM_THE_VENDOR = (
    "its names and types are not the vendor's, so export from the vendor itself, as docs/sources say"
)
LANDINGS: tuple[Refusal, ...] = (
    Refusal("connector_landing", is_fivetran, _remedy("Fivetran", FROM_THE_VENDOR)),
    Refusal(
        "connector_landing",
        is_airbyte,
        _remedy(
            "Airbyte",
            "hand over the vendor's records alone, `jq -c .data` of its messages or the column `_airbyte_data` of its "
            "raw tables, one per line and each stream in a file of its own; else export from the vendor itself",
        ),
    ),
    Refusal(
        "connector_landing",
        is_estuary,
        _remedy(
            "Estuary",
            "hand over the vendor's records alone, `jq -c '.[1] // . | del(._meta)'` of its lines, each stream in a "
            "file of its own; else export from the vendor itself",
        ),
    ),
    Refusal("connector_landing", is_dlt, _remedy("dlt", FROM_THE_VENDOR)),
)
FIVETRAN_NAMING = Refusal(
    "connector_landing",
    is_fivetran_naming,
    _remedy("a connector with snake_case columns (Fivetran's naming)", FROM_THE_VENDOR),
)
