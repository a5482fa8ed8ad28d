"""Experiments, objectives and annotations: what the shop plans, and what its readers should know.

Names in the data are in `rules.py`; the metrics themselves are computed in `analytics/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from chat_pipeline.settings.fields import Day, LastDay, Table, Text, choose, fault, faults, from_context
from chat_pipeline.settings.matches import Found

# What an experiment or objective can be about; goal_completion_rate may name its goal after a colon.
METRICS = (
    "conversation_volume",
    "conversation_rate",
    "chat_start_rate",
    "csat",
    "csat_response_rate",
    "average_resolution_time",
    "first_response_time",
    "fallback_rate",
    "fallback_turn_rate",
    "goal_completion_rate",
    "resolution_rate",
    "containment_rate",
    "durable_resolution_rate",
    "escalation_rate",
    "abandonment_rate",
    "automation_rate",
    "conversion",
    "cart_abandonment_rate",
    "chatbot_influenced_retention",
)


def check_metric(value: str, info: ValidationInfo) -> str:
    metric, colon, goal = value.partition(":")
    if metric not in METRICS:
        raise fault(f"{value!r} is no metric", choose(metric, METRICS))
    if colon and metric != "goal_completion_rate":
        raise fault(f"{metric} takes nothing after a colon", f"write {metric!r}")
    goals = from_context(info, "goals")
    if colon and goals is not None and goal not in goals:
        raise fault(f"{goal!r} is no goal of [goals]", choose(goal, goals))
    return value


Metric = Annotated[str, AfterValidator(check_metric)]


class Assignment(Table):
    """How a unit's arm is known: by bot version, value of a slot or parameter, or file (person,arm,time)."""

    bot_version: Mapping[str, Text] | None = None
    slot: Text | None = None
    parameter: Text | None = None
    file: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Assignment:
        given = sorted(self.model_fields_set)
        if len(given) != 1:
            raise fault(
                f"names {len(given)} ways instead of one", f"use one of: {', '.join(type(self).model_fields)}"
            )
        return self


class Experiment(Table):
    """A trial of two or more arms: shares of traffic, how they are told apart, first and last day."""

    hypothesis: Text
    primary: Metric
    arms: Mapping[str, Annotated[float, Field(gt=0, le=1)]]
    assignment: Assignment
    from_date: Day = Field(alias="from")
    to: LastDay

    @field_validator("arms")
    @classmethod
    def _check_arms(cls, arms: Mapping[str, float]) -> Mapping[str, float]:
        found: Found = []
        if len(arms) < 2:
            found.append(("", f"{len(arms)} arm is no comparison", "name at least two arms"))
        if abs(sum(arms.values()) - 1) > 1e-6:
            found.append(("", f"the arms sum to {sum(arms.values()):g}", "give shares that sum to 1"))
        if found:
            raise faults(found)
        return arms

    @field_validator("assignment")
    @classmethod
    def _check_versions(cls, assignment: Assignment, info: ValidationInfo) -> Assignment:
        arms = info.data.get("arms")
        if arms and assignment.bot_version is not None and set(assignment.bot_version) != set(arms):
            wrong = f"names the arms {sorted(assignment.bot_version)}, the experiment has {sorted(arms)}"
            raise faults([("bot_version", wrong, "name each arm once in both")])
        return assignment


class Target(Table):
    """What an objective aims at: an absolute value, or points or per cent above a baseline period's."""

    absolute: float | None = None
    points: float | None = None
    percent: float | None = None
    baseline: str | None = None

    @field_validator("baseline")
    @classmethod
    def _check_period(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"\d{4}(-Q[1-4]|-(0[1-9]|1[0-2]))?", value):
            raise fault(
                f"{value!r} is no period", 'write a year, quarter or month: "2026", "2026-Q3", "2026-09"'
            )
        return value

    @model_validator(mode="after")
    def _one_aim(self) -> Target:
        given = [key for key in ("absolute", "points", "percent") if getattr(self, key) is not None]
        if len(given) != 1:
            raise fault(f"names {len(given)} aims instead of one", "use one of: absolute, points, percent")
        if (self.absolute is None) != (self.baseline is not None):
            raise fault(
                "points and percent need a baseline, absolute has none",
                'write { points = 5, baseline = "2026-Q3" }',
            )
        return self


class Objective(Table):
    """Where a metric shall be by a day, for one segment or all."""

    metric: Metric
    segment: Text = "all"
    target: Target
    by: Day


class Annotation(Table):
    """Something that readers of charts should know about the days from first to last."""

    from_date: Day = Field(alias="from")
    to: LastDay
    kind: Text = "note"
    text: Text
