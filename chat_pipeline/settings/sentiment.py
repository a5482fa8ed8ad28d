"""Settings of the sentiment of messages, and the one secret that its services need from us."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from chat_pipeline.settings.fields import Table, Text
from chat_pipeline.settings.matches import Platform

Score = Annotated[float, Field(ge=-1, le=1)]
Count = Annotated[int, Field(ge=0)]

AZURE_KEY = "AZURE_LANGUAGE_KEY"


class Sentiment(Table):
    """`languages`: of a platform's messages ('any': of all) where neither they nor the conversation name one.
    `region` is Amazon's, `endpoint` the service's address (Azure's resource; elsewhere: not the public one)."""

    engine: Literal["vader", "platform", "google", "amazon", "azure"] = "vader"
    languages: Mapping[Platform, Text] = Field(default_factory=dict)
    region: str = ""
    endpoint: str = ""
    most_texts_per_sync: Count = 20_000
    most_texts_per_month: Count = 50_000
    negative_score: Score = -0.05
    alert_score: Score = -0.3
    alert_turns: Annotated[int, Field(ge=1)] = 3
    driver_weeks: Annotated[int, Field(ge=1)] = 4


def azure_key() -> str:
    """The key of the Azure resource; empty if none is set. The other libraries find their own credentials."""
    return os.environ.get(AZURE_KEY, "")
