"""What is read of a JSON record, as one structure: DuckDB parses the record once per call of a function, so all of it
is taken by one `json_transform`. A structure is a type of DuckDB, a list with that of its elements, or fields by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from chat_pipeline.reading import sql_name, sql_text


def structure(paths: Iterable[str], rest: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The texts that the paths lead to, beside what is given."""
    found: dict[str, Any] = dict(rest or {})
    for path in paths:
        *outer, last = path.removeprefix("$.").split(".")
        inside = found
        for name in outer:
            inside = inside.setdefault(name, {})
        inside[last] = "VARCHAR"
    return found


def taken(record: str, shape: Mapping[str, Any]) -> str:
    """SQL: the structure of a record; null where it lacks something or has something else there."""
    return f"json_transform({record}, {sql_text(json.dumps(shape))})"


def sql_type(shape: Any) -> str:
    """The type of a structure; a struct that is cast to it gets the fields it lacks as nulls."""
    if isinstance(shape, list):
        return f"{sql_type(shape[0])}[]"
    if isinstance(shape, Mapping):
        return f"struct({', '.join(f'{sql_name(name)} {sql_type(inner)}' for name, inner in shape.items())})"
    return shape
