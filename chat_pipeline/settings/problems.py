"""What is wrong with a settings file, in words: pydantic's errors turned into key, fault and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from chat_pipeline.settings.fields import choose, shown

NUMBER = ("a number", "write it without quotes")
TABLE = ("a table", "write it as { key = value }, or with a [table] of its own")
# Type that pydantic misses -> its name here, and what to do.
TYPES = {
    "string_type": ("text", "put it in quotes"),
    "int_type": ("a whole number", "write it without quotes"),
    "int_from_float": ("a whole number", "write it without decimals"),
    "float_type": NUMBER,
    "finite_number": ("a finite number", "write one in digits"),
    "bool_type": ("true or false", "write it without quotes"),
    "dict_type": TABLE,
    "mapping_type": TABLE,
    "model_type": TABLE,
    "tuple_type": ("a list", "put it in brackets: [ ... ]"),
    "date_type": ("a date", "write it as 2026-09-30"),
}


@dataclass(frozen=True)
class Problem:
    """`key` as written in the file (list elements counted from 1; '' for the file itself)."""

    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: {self.wrong}; {self.remedy}" if self.key else f"{self.wrong}; {self.remedy}"


class SettingsError(Exception):
    """All that is wrong with a settings file."""

    def __init__(self, path: Path | None, problems: list[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = [f"{count} in {path or 'the settings'}:", *(f"  - {problem}" for problem in problems)]
        super().__init__("\n".join(lines))


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Every problem that pydantic found while it validated `model`."""
    return [problem for entry in error.errors(include_url=False) for problem in _problems(entry, model)]


def _problems(entry: Mapping[str, Any], model: type[BaseModel]) -> Iterator[Problem]:
    path = [part for part in entry["loc"] if part != "[key]"]
    key = key_of(path)
    context = entry.get("ctx", {})
    if entry["type"] == "settings":
        for below, wrong, remedy in context["faults"]:
            yield Problem(".".join(part for part in (key, below) if part), wrong, remedy)
    elif entry["type"] == "extra_forbidden":
        yield Problem(key, "is an unknown key", choose(str(path[-1]), _keys_at(model, path[:-1])))
    else:
        yield Problem(key, *_in_words(entry["type"], entry["input"], context, entry["msg"]))


def _in_words(kind: str, value: Any, context: Mapping[str, Any], message: str) -> tuple[str, str]:
    if kind == "missing":
        return "is missing", "add the key"
    if kind in TYPES:
        wanted, remedy = TYPES[kind]
        return f"must be {wanted}, not {shown(value)}", remedy
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        return f"{shown(value)} is not known here", choose(str(value), words)
    if kind == "string_too_short":
        return "is empty", "write something, or leave the key out"
    return f"{shown(value)} can't be used", message.replace("Input should be", "it must be")


def key_of(path: list[Any]) -> str:
    """A path of keys and positions as one would write it in TOML."""
    key = ""
    for part in path:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        else:
            plain = re.fullmatch(r"[A-Za-z0-9_-]+", part)
            key += ("." if key else "") + (part if plain else f'"{part}"')
    return key


def _keys_at(model: type[BaseModel], path: list[Any]) -> list[str]:
    """Keys that the table at `path` may have."""
    current: Any = model
    for part in path:
        found = _model_in(current)
        field = (
            {info.alias or name: info for name, info in found.model_fields.items()}.get(part)
            if found
            else None
        )
        # A name in a mapping or a position in a list: the model is further inside the same annotation.
        current = field.annotation if field else current
    found = _model_in(current)
    return [info.alias or name for name, info in found.model_fields.items()] if found else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)
