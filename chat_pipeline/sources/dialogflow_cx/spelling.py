"""The ways in which one protobuf message is spelt as JSON, taken back to one.

REST and BigQuery write camelCase, Python's dumps snake_case, both may write enums as numbers; Node wraps
each value of a free-form object as {"fields": {"x": {"stringValue": ".."}}}; a JSON column may hold an
object, its text, or the text of its text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from chat_pipeline.reading import sql_text

VALUE_KINDS = {"nullValue", "numberValue", "stringValue", "boolValue", "structValue", "listValue"}
WRAPPED = "(null|number|string|bool|struct|list)_?[vV]alue\""  # fmt: skip


def snake(path: str) -> str:
    """`queryResult.matchType` as `query_result.match_type`."""
    return re.sub("([A-Z])", r"_\1", path).lower()


def paths(path: str) -> list[str]:
    """A path in both spellings, once if they are the same."""
    return list(dict.fromkeys((f"$.{path}", f"$.{snake(path)}")))


def looked_up(
    column: str, fields: Mapping[str, str], listed_as: str = "", *, only_rest: bool = False
) -> tuple[str, dict[str, str]]:
    """All fields of a JSON column by one parse: the SQL list of their texts, and per field the SQL that
    takes it out of a column `listed_as` (`<column>_found`) with that list. `only_rest`: none is spelt otherwise."""
    wanted: list[str] = []
    taken = {}
    for name, path in fields.items():
        numbers = []
        for spelling in paths(path)[: 1 if only_rest else 2]:
            wanted.append(spelling)
            numbers.append(f"nullif({listed_as or f'{column}_found'}[{len(wanted)}], '')")
        taken[name] = f"coalesce({', '.join(numbers)})" if len(numbers) > 1 else numbers[0]
    listed = ", ".join(sql_text(path) for path in wanted)
    return f"json_extract_string({column}, [{listed}])", taken


def enum(expression: str, names: Mapping[int, str]) -> str:
    """SQL: an enum's name, also where its number is given; null for the unspecified one."""
    cases = " ".join(f"when '{number}' then {sql_text(name)}" for number, name in names.items())
    return f"case {expression} when '0' then null {cases} else case when {expression} not like '%UNSPECIFIED' then {expression} end end"


def unwrap(value: Any) -> Any:
    """A parsed JSON value with every wrapped Struct and Value in it as plain JSON."""
    if isinstance(value, list):
        return [unwrap(element) for element in value]
    if not isinstance(value, dict):
        return value
    kind = _kind(value)
    if kind:
        return _plain(kind, value[_spelt(value, kind)])
    fields = value.get("fields")
    if set(value) == {"fields"} and isinstance(fields, dict) and all(map(_kind, fields.values())):
        return {name: unwrap(element) for name, element in fields.items()}
    return {name: unwrap(element) for name, element in value.items()}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _spelt(value: dict, kind: str) -> str:
    return next(name for name in value if _camel(name) == kind)


def _kind(value: Any) -> str:
    """Which kind of wrapped value an object is, or ''. Node names the kind a second time."""
    if not isinstance(value, dict):
        return ""
    kinds = {_camel(name) for name in value if name != "kind"}
    return kinds.pop() if len(kinds) == 1 and kinds <= VALUE_KINDS else ""


def _plain(kind: str, inner: Any) -> Any:
    if kind == "nullValue":
        return None
    if kind == "listValue":
        return [unwrap(element) for element in (inner or {}).get("values", [])]
    if kind == "structValue":
        return unwrap(inner if inner else {"fields": {}})
    return inner


def unwrapped(text: str) -> str:
    """`unwrap` for JSON text."""
    return json.dumps(unwrap(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
