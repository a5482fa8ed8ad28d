"""When a finding is worth telling: the thresholds of `analytics.insights`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chat_pipeline.settings.fields import Table

Share = Annotated[float, Field(gt=0, lt=1)]
Number = Annotated[int, Field(ge=1)]


class Insights(Table):
    """`level` is that of the corrected p; a smaller effect than `least_points` (of shares, hundredths) or
    `least_percent` (of times) is told only after `weeks_in_a_row` weeks."""

    level: Share = 0.05
    weeks_in_a_row: Number = 2
    weeks_before: Annotated[int, Field(ge=4)] = 8
    least_persons: Annotated[int, Field(ge=10)] = 30
    least_points: Annotated[float, Field(gt=0, le=100)] = 10.0
    least_percent: Annotated[float, Field(gt=0)] = 25.0
    least_questions: Number = 5
    unmapped_share: Share = 0.2
    most_per_kind: Number = 5
    most_conversations: Number = 20
