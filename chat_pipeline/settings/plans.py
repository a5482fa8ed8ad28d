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

# What an experiment or objective can be about: every metric that `analytics/_units.py` counts, by what its value is.
COUNTS = (
    *(
        "conversation_volume",
        "conversations_engaged",
        "conversations_bounced",
        "conversations_outbound",
        "chat_leads",
    ),
    *("chatters", "chatters_new", "chatters_returning"),
)
TIMES = (
    *("average_resolution_time", "average_resolution_time_lower_bound", "average_resolution_business_time"),
    *(
        "escalation_close_time",
        "escalation_close_business_time",
        "conversation_duration",
        "first_response_time",
    ),
)
AMOUNTS = ("csat_mean", "cost_per_resolution_estimate")
SHARES = (
    *("conversation_rate", "conversation_rate_bot_only", "conversation_rate_assisted", "chat_start_rate"),
    *("csat", "csat_bot_only", "csat_assisted", "csat_negative_share"),
    *("csat_response_rate", "csat_response_rate_of_engaged"),
    *("fallback_rate", "fallback_turn_rate", "fallback_share_one", "fallback_share_two_or_more"),
    *("goal_completion_rate", "goal_completion_rate_by_person", "resolution_rate", "containment_rate"),
    *("containment_without_return_rate", "durable_resolution_rate", "escalation_rate", "abandonment_rate"),
    *("automation_rate", "identified_share", "web_linked_share"),
    *("conversion", "conversion_with_chat", "conversion_without_chat"),
    *("cart_abandonment_rate", "cart_abandonment_rate_with_chat", "cart_abandonment_rate_without_chat"),
    "chatbot_influenced_retention",
)
METRICS = (*COUNTS, *SHARES, *TIMES, *AMOUNTS)
# Of experiments persons are the units themselves, and a cost has no test.
NOT_TESTED = ("chatters", "chatters_new", "chatters_returning", "cost_per_resolution_estimate")
# Metrics of which a colon chooses one: a goal, a scale.
OF_GOALS = ("goal_completion_rate", "goal_completion_rate_by_person")
OF_SCALES = ("csat",)


def check_metric(value: str, info: ValidationInfo) -> str:
    metric, colon, part = value.partition(":")
    if metric not in METRICS:
        raise fault(f"{value!r} is no metric", choose(metric, METRICS))
    if colon and metric not in (*OF_GOALS, *OF_SCALES):
        raise fault(f"{metric} takes nothing after a colon", f"write {metric!r}")
    goals = from_context(info, "goals")
    if colon and metric in OF_GOALS and goals is not None and part not in goals:
        raise fault(f"{part!r} is no goal of [goals]", choose(part, goals))
    return value


def check_tested(value: str) -> str:
    if value in NOT_TESTED:
        raise fault(
            f"{value} cannot be compared between arms", "choose a metric of conversations or sessions"
        )
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
    primary: Annotated[Metric, AfterValidator(check_tested)]
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
