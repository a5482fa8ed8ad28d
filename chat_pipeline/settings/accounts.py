"""Sources and their instances: what settings say about an account whose exports are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from chat_pipeline.settings.fields import (
    Day,
    Duration,
    Table,
    Text,
    Texts,
    TimeZone,
    choose,
    fault,
    from_context,
)

SenderId = Literal["platform_user_id", "user_id", "email", "phone", "ga_client_id"]


class InstanceSettings(Table):
    """A second account of a source; a key given here stands before the source's own."""

    # "" is the shop's; `Settings.source` fills it.
    time_zone: TimeZone = ""
    sender_id: SenderId = "platform_user_id"
    expect_every: Duration | None = None
    retired_on: Day | None = None
    columns: Mapping[str, Text] = Field(default_factory=dict)
    options: Mapping[str, Any] = Field(default_factory=dict)


def check_instance(value: str) -> str:
    if value == "default":
        raise fault("'default' is the source's first account", "write its keys into the source's own table")
    if not value or value.startswith(".") or "/" in value or "\\" in value:
        raise fault(f"{value!r} is no folder name", "name the folder below exports/<source>/")
    return value


class SourceSettings(InstanceSettings):
    """A source; what only holds for a source as a whole is not in `InstanceSettings`."""

    shared_ids: Texts = ()
    complete_snapshots: bool = False
    instances: Mapping[Annotated[str, AfterValidator(check_instance)], InstanceSettings] = Field(
        default_factory=dict
    )


def check_source(value: str, info: ValidationInfo) -> str:
    known = from_context(info, "sources")
    if known and value not in known:
        raise fault("is no source", choose(value, known))
    return value


SourceName = Annotated[str, AfterValidator(check_source)]
