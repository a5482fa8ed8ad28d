"""The kinds of findings, found by listing `kinds/`: each module there offers one `KIND`.

A tested kind says which units it compares and how a difference is told; a plain kind reads its findings off a table.
How units are compared, corrected and ranked is not said there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from chat_pipeline.analytics.insights import kinds

if TYPE_CHECKING:
    from datetime import date

    import duckdb

    from chat_pipeline.analytics.insights._worth import Prices
    from chat_pipeline.settings import Settings
    from chat_pipeline.statistics import Comparison

ALL = "all"


@dataclass(frozen=True)
class Tested:
    """One comparison: a value of a dimension against the rest in the same weeks or, of dimension 'all', the last week
    against the weeks before. `rest_*` is the other side; `n` counts units; `p` is the cautious one."""

    kind: str
    metric: str
    shape: str
    dimension: str
    value: str
    n: int
    rest_n: int
    estimate: float
    baseline: float
    interval: tuple[float, float] | None
    comparison: Comparison
    p: float
    weeks: int
    first_week: date
    last_week: date
    is_two_valued: bool

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What the finding is about, week after week."""
        return self.kind, self.metric, self.dimension, self.value

    @property
    def question(self) -> tuple[str, str, str, str]:
        """What names the test: both values of a dimension that has but two ask one question."""
        return (*self.place[:3], "" if self.is_two_valued else self.value)


@dataclass(frozen=True)
class Told:
    """What a shop owner reads. `worth_*`: per month, None where nothing can be said."""

    title: str
    text: str
    advice: str
    evidence: str
    worth_conversations: float | None = None
    worth_at_least: float | None = None
    worth_money: float | None = None


@dataclass(frozen=True)
class Finding:
    """A row of the table before it is ranked. `severity`: problem, warning or notice."""

    kind: str
    severity: str
    told: Told
    metric: str = ""
    dimension: str = ""
    value: str = ""
    n: int | None = None
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    baseline: float | None = None
    comparison: Comparison | None = None
    p: float | None = None
    q: float | None = None
    weeks_in_a_row: int | None = None
    first_week: date | None = None
    last_week: date | None = None


@dataclass(frozen=True)
class TestedKind:
    """`units`: SELECT of metric, shape, unit_key, conversation_key, cluster, started_date, numerator, denominator,
    pending. `values`: SELECT of unit_key, dimension, value. `weeks`: complete weeks compared with the rest."""

    name: str
    units: Callable[[Settings], str]
    values: Callable[[Settings], str]
    weeks: Callable[[Settings], int]
    tell: Callable[[Tested, Settings, Prices], Told]
    tells_of_better: bool = False


@dataclass(frozen=True)
class PlainKind:
    """`findings`: what holds now, by no test of ours. `conversations`: SELECT of value, conversation_key, or None."""

    name: str
    findings: Callable[[duckdb.DuckDBPyConnection, Settings], list[Finding]]
    conversations: str | None = None


@cache
def discover_kinds() -> tuple[TestedKind | PlainKind, ...]:
    """Every kind, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))
    return tuple(importlib.import_module(f"{kinds.__name__}.{name}").KIND for name in names)


def tested_kinds() -> dict[str, TestedKind]:
    return {kind.name: kind for kind in discover_kinds() if isinstance(kind, TestedKind)}
