"""Naming things in the data: `{ intent = "greet" }` in goals and funnels, `{ intents = [...] }` in signals.

What the names are then used for is in `rules.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, ValidationInfo, model_validator

from chat_pipeline.settings.fields import Table, Text, choose, fault, faults, from_context, nearest, shown

Kind = Literal[
    "intent",
    "action",
    "slot",
    "parameter",
    "flow",
    "event",
    "page",
    "button",
    "tag",
    "topic",
    "value",
    "group",
    "order",
    "ga4",
]
KINDS: tuple[str, ...] = get_args(Kind)
# In a signal a platform's names come as lists; an order is no signal of a platform.
PLURALS = {f"{kind}s": kind for kind in KINDS if kind not in ("order", "ga4")}
ANY_PLATFORM = "any"
ANY_NAME = "*"

Found = list[tuple[str, str, str]]


def check_platform(value: str, info: ValidationInfo) -> str:
    """A name that is nearly one of the sources is a slip; another may be a platform yet to come."""
    known = from_context(info, "sources")
    if known and value not in known and value != ANY_PLATFORM and nearest(value, known, 0.75):
        raise fault(f"{value!r} is no source", choose(value, known))
    return value


Platform = Annotated[Text, AfterValidator(check_platform)]


class Match(Table):
    """Something in the data by kind and name; `*` in a name stands for any text, platform None for all."""

    kind: Kind
    name: Text
    platform: Platform | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_table(cls, table: Any) -> Any:
        if not isinstance(table, dict):
            raise fault(f"must be a table, not {shown(table)}", 'write it as { intent = "greet" }')
        keys = [key for key in table if key != "platform"]
        unknown = [key for key in keys if key not in KINDS]
        if unknown:
            raise faults([(key, "is an unknown key", choose(key, (*KINDS, "platform"))) for key in unknown])
        if len(keys) != 1:
            raise fault(
                f"names {len(keys)} things instead of one", 'write a table for each, as { intent = "greet" }'
            )
        kind = keys[0]
        found = _order(table[kind]) if kind == "order" else _name(kind, table[kind])
        if found:
            raise faults(found)
        named = {"kind": kind, "name": ANY_NAME if kind == "order" else table[kind]}
        return {**named, "platform": table["platform"]} if "platform" in table else named

    @model_validator(mode="after")
    def _known_group(self, info: ValidationInfo) -> Match:
        groups = from_context(info, "groups")
        if self.kind == "group" and groups is not None and self.name not in groups:
            raise faults(
                [("group", f"{self.name!r} is no group of [intent_groups]", choose(self.name, groups))]
            )
        return self


def named(table: Any) -> tuple[list[dict[str, str]], Found]:
    """Tables for `Match` from `{ intents = [...], action = "x" }`, and what is wrong with it."""
    if not isinstance(table, dict):
        return [], [
            (
                "",
                f"must be a table, not {shown(table)}",
                'write it as { actions = ["..."], intents = ["..."] }',
            )
        ]
    matches: list[dict[str, str]] = []
    found: Found = []
    for key, value in table.items():
        if key in PLURALS and isinstance(value, list):
            found += [fault for n, name in enumerate(value, 1) for fault in _name(f"{key}[{n}]", name)]
            matches += [{PLURALS[key]: name} for name in value]
        elif key in PLURALS:
            found.append((key, f"must be a list [ ... ], not {shown(value)}", f'write {key} = ["..."]'))
        elif key in PLURALS.values():
            found += _name(key, value)
            matches.append({key: value})
        else:
            found.append((key, "is an unknown key", choose(key, (*PLURALS, *PLURALS.values()))))
    if not matches and not found:
        found.append(("", "names nothing", 'name at least one thing, as { actions = ["..."] }'))
    return matches, found


def _name(key: str, value: Any) -> Found:
    if isinstance(value, str) and value:
        return []
    return [(key, f"must be a name in quotes, not {shown(value)}", "write the name as it stands in the data")]


def _order(value: Any) -> Found:
    return [] if value is True else [("order", f"{shown(value)} means nothing here", "write order = true")]
