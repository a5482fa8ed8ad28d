"""Signals, identifiers, goals, funnels: what settings say about names in the data.

How things are named is in `matches.py`, the SQL's view of the rules in `settings_tables.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from chat_pipeline.settings.fields import (
    Duration,
    Table,
    Text,
    choose,
    fault,
    faults,
    shown,
)
from chat_pipeline.settings.matches import KINDS, Found, Match, Platform, named

IdentifierType = Literal[
    "email", "phone", "user_id", "ga_client_id", "crm_id", "platform_user_id", "thread_id"
]
Attribute = Literal["age", "birth_date", "city", "country", "first_name", "gender", "language", "last_name"]


Matches = Annotated[tuple[Match, ...], Field(strict=False)]


def check_not_empty(value: tuple[Match, ...]) -> tuple[Match, ...]:
    if not value:
        raise fault("is empty", 'name at least one thing, as [{ intent = "greet" }]')
    return value


# Not by `min_length`: that counts only elements without errors, and reports a broken one twice.
SomeMatches = Annotated[Matches, AfterValidator(check_not_empty)]


class HandoffRule(Table):
    """What on one platform means that a human was asked for."""

    matches: Matches

    @model_validator(mode="before")
    @classmethod
    def _from_table(cls, table: Any) -> Any:
        matches, found = named(table)
        if found:
            raise faults(found)
        return {"matches": matches}


class RatingRule(Table):
    """Where one platform keeps a rating, its scale (lowest, highest; None: yes/no) and what asks for it."""

    matches: Matches
    scale: tuple[float, float] | None = Field(default=None, strict=False)
    asked: Matches = ()

    @model_validator(mode="before")
    @classmethod
    def _from_table(cls, table: Any) -> Any:
        if not isinstance(table, dict):
            raise faults(named(table)[1])
        matches, found = named({key: value for key, value in table.items() if key not in ("scale", "asked")})
        asked, more = named(table["asked"]) if "asked" in table else ([], [])
        found += [(f"asked.{key}".rstrip("."), wrong, remedy) for key, wrong, remedy in more]
        found += _scale(table.get("scale"))
        if found:
            raise faults(found)
        return {"matches": matches, "asked": asked, "scale": table.get("scale")}


def _scale(value: Any) -> Found:
    numbers = value if isinstance(value, list) and all(type(n) in (int, float) for n in value) else []
    if value is None or (len(numbers) == 2 and numbers[0] < numbers[1]):
        return []
    return [
        ("scale", f"{shown(value)} is no scale", "write the lowest and the highest rating, such as [1, 5]")
    ]


class Signals(Table):
    """Platform-specific signals, by platform; `any` stands for all platforms."""

    handoff: dict[Platform, HandoffRule] = Field(default_factory=dict)
    csat: dict[Platform, RatingRule] = Field(default_factory=dict)


class IdentifierRules(Table):
    """Names under which one platform keeps identifiers of a person."""

    slots: Mapping[str, IdentifierType] = Field(default_factory=dict)
    parameters: Mapping[str, IdentifierType] = Field(default_factory=dict)
    properties: Mapping[str, IdentifierType] = Field(default_factory=dict)
    note_attributes: Mapping[str, IdentifierType] = Field(default_factory=dict)


class AttributeRules(Table):
    """Names under which one platform keeps demographic answers."""

    slots: Mapping[str, Attribute] = Field(default_factory=dict)
    parameters: Mapping[str, Attribute] = Field(default_factory=dict)
    properties: Mapping[str, Attribute] = Field(default_factory=dict)


class Goal(Table):
    """What a conversation is for: entered by any of one list, completed by any of another in the window."""

    entered: Matches = ()
    completed: SomeMatches
    window: Duration = timedelta(hours=24)


class Step(Table):
    """A step of a funnel: any of its matches; maybe optional, or with a limit after the step before."""

    name: Text
    any: SomeMatches
    optional: bool = False
    within: Duration | None = None

    @model_validator(mode="before")
    @classmethod
    def _single_match(cls, table: Any) -> Any:
        # { name = "cart", ga4 = "add_to_cart" } is short for any = [{ ga4 = "add_to_cart" }].
        if not isinstance(table, dict) or "any" in table:
            return table
        own = {key: value for key, value in table.items() if key in cls.model_fields}
        rest = {key: value for key, value in table.items() if key not in own}
        words = (*KINDS, "platform", *cls.model_fields)
        found = [(key, "is an unknown key", choose(key, words)) for key in rest if key not in words]
        if found:
            raise faults(found)
        return {**own, "any": [rest]} if rest else own


class Funnel(Table):
    """Ordered steps, followed for a conversation or a customer within a window from the first step."""

    unit: Literal["conversation", "customer"] = "conversation"
    window: Duration = timedelta(hours=24)
    steps: Annotated[tuple[Step, ...], Field(strict=False)]

    @field_validator("steps")
    @classmethod
    def _check_steps(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        names = [step.name for step in steps]
        found: Found = []
        if sum(not step.optional for step in steps) < 2:
            found.append(("", "a funnel needs at least two steps that are not optional", "add a step"))
        elif steps[0].optional:
            found.append(("", "the first step is optional", "begin with a step that everybody takes"))
        elif steps[-1].optional:
            found.append(("", "the last step is optional", "end with the step that counts as success"))
        if len(set(names)) < len(names):
            found.append(("", f"two steps have the same name in {names}", "give each its own"))
        if found:
            raise faults(found)
        return steps
