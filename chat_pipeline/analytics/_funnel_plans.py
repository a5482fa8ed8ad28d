"""Which funnels can be followed with the sources at hand, and the names that mean their steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chat_pipeline.analytics._funnel_chain import Plan, PlannedStep
from chat_pipeline.analytics._sql import sources_steps
from chat_pipeline.reading import sql_text
from chat_pipeline.settings_tables import like_pattern

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings
    from chat_pipeline.settings.rules import Funnel, Step

# Kinds of matches that chat data don't show, or not they alone.
READS = {"ga4": ("web",), "order": ("order",), "page": ("chat", "web")}


def plans_of(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Plan]:
    """The funnels of the settings whose first and last step some source of the home can show.

    A step between that none can show is left out (`is_seen` false): nobody could pass it.
    """
    present = {
        kind
        for (kind,) in con.execute(
            f"with {sources_steps(settings)} select distinct kind from sources"
        ).fetchall()
    }
    plans = [_plan(name, funnel, present) for name, funnel in settings.funnels.items()]
    return [
        plan for plan in plans if plan.steps[0].is_seen and plan.steps[-1].is_seen and len(plan.required) > 1
    ]


def _plan(name: str, funnel: Funnel, present: set[str]) -> Plan:
    kinds = [_kinds(step) & present for step in funnel.steps]
    steps = tuple(
        PlannedStep(
            number,
            step.name,
            step.optional,
            int(step.within.total_seconds()) if step.within else None,
            bool(seen),
        )
        for number, (step, seen) in enumerate(zip(funnel.steps, kinds, strict=True), 1)
    )
    return Plan(name, funnel.unit, int(funnel.window.total_seconds()), steps, frozenset().union(*kinds))


def _kinds(step: Step) -> set[str]:
    return {kind for match in step.any for kind in READS.get(match.kind, ("chat",))}


def rules_step(plans: list[Plan], settings: Settings) -> str:
    """Step `rules`: funnel, unit, step, is_end, kind, pattern, platform (null: any)."""
    rows = [
        f"({sql_text(plan.name)}, {sql_text(plan.unit)}, {number}, {number == len(plan.steps)}, {sql_text(match.kind)},"
        f" {sql_text(like_pattern(match.name))}, {sql_text(match.platform) if match.platform else 'null'})"
        for plan in plans
        for number, step in _seen(plan, settings)
        for match in step.any
    ]
    values = ", ".join(rows or ["('', '', 0, false, '', '', null)"])
    return f"""
    rules as (
        select funnel, unit, step, is_end, kind, pattern, nullif(platform, 'any') as platform
        from (values {values}) as r (funnel, unit, step, is_end, kind, pattern, platform)
    )"""


def _seen(plan: Plan, settings: Settings) -> Iterator[tuple[int, Step]]:
    for planned, step in zip(plan.steps, settings.funnels[plan.name].steps, strict=True):
        if planned.is_seen:
            yield planned.number, step
