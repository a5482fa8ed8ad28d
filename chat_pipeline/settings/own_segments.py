"""Segments of the shop's own: rules over a customer's attributes and counters, written without SQL.

How they are computed is in `analytics/_own_segments.py`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from chat_pipeline.settings.fields import Table, Texts, choose, fault, faults, shown

# Attributes of the families that are always there; `analytics.segments` has a value of each per customer.
FAMILIES: dict[str, tuple[str, ...]] = {
    "demographic": ("country", "city", "age_band", "gender"),
    "engagement": ("level",),
    "intent": ("intent_group", "intent"),
    "purchase_history": ("status", "rfm_recency", "rfm_frequency", "rfm_monetary", "rfm_segment"),
    "technology": ("device", "operating_system", "browser", "channel"),
    "acquisition": ("source", "medium", "campaign"),
}
ATTRIBUTES = tuple(f"{family}.{attribute}" for family, names in FAMILIES.items() for attribute in names)
Counter = Literal[
    "conversations_90d",
    "chat_minutes_90d",
    "purchases",
    "purchases_365d",
    "net_365d",
    "days_since_purchase",
]
COUNTERS: tuple[str, ...] = get_args(Counter)
COMPARISON = re.compile(r"(>=|<=|>|<|=) *(-?\d+(?:\.\d+)?)")


def check_name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", value):
        raise fault(
            f"{shown(value)} can't name a segment",
            "use small letters, digits and _, a letter first, such as loyal_chatters",
        )
    return value


SegmentName = Annotated[str, AfterValidator(check_name)]


class SegmentRule(Table):
    """One condition: an attribute with the values that fit (or don't), or a counter compared with a number."""

    attribute: str | None = None
    values: Texts = Field(default=(), alias="in")
    not_values: Texts = Field(default=(), alias="not_in")
    counter: Counter | None = None
    operator: Literal[">=", "<=", ">", "<", "="] | None = None
    number: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_table(cls, table: Any) -> Any:
        example = (
            'write it as { attribute = "purchase_history.status", in = ["repeat"] } or { purchases = ">= 3" }'
        )
        if not isinstance(table, dict):
            raise fault(f"must be a table, not {shown(table)}", example)
        if "attribute" in table:
            return _attribute_rule(table)
        unknown = [key for key in table if key not in COUNTERS]
        if unknown:
            words = (*COUNTERS, "attribute", "in", "not_in")
            raise faults([(key, "is an unknown key", choose(key, words)) for key in unknown])
        if len(table) != 1:
            raise fault(f"compares {len(table)} counters instead of one", "write a table for each")
        ((counter, comparison),) = table.items()
        found = COMPARISON.fullmatch(comparison.strip()) if isinstance(comparison, str) else None
        if not found:
            wrong = f"{shown(comparison)} is no comparison"
            raise faults(
                [(counter, wrong, 'write one of >= <= > < = and a number, in quotes, such as ">= 3"')]
            )
        return {"counter": counter, "operator": found[1], "number": float(found[2])}


def _attribute_rule(table: dict[str, Any]) -> dict[str, Any]:
    words = ("attribute", "in", "not_in")
    found = [(key, "is an unknown key", choose(key, words)) for key in table if key not in words]
    if table["attribute"] not in ATTRIBUTES:
        name = table["attribute"]
        found.append(("attribute", f"{shown(name)} is no attribute", choose(str(name), ATTRIBUTES)))
    if len([key for key in ("in", "not_in") if table.get(key)]) != 1:
        found.append(("", "needs values", 'give one of in = ["..."] and not_in = ["..."]'))
    if found:
        raise faults(found)
    return table


class OwnSegment(Table):
    """A yes or no of each customer: every rule of `all` holds, and one of `any` if there are some."""

    all: Annotated[tuple[SegmentRule, ...], Field(strict=False)] = ()
    any: Annotated[tuple[SegmentRule, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> OwnSegment:
        if not self.all and not self.any:
            raise fault("has no rule", 'write all = [{ purchases = ">= 3" }], or any = [...]')
        return self
