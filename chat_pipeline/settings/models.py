"""`Settings`: the tables of the settings file, each key with type and default.

Reading the file is in `load.py`; what is told apart by names in the data in `rules.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from chat_pipeline.settings.accounts import SourceName, SourceSettings
from chat_pipeline.settings.fields import (
    Country,
    Cron,
    Currency,
    Day,
    Duration,
    Memory,
    Table,
    Text,
    Texts,
    TimeOfDay,
    TimeZone,
    Weekdays,
    fault,
    faults,
)
from chat_pipeline.settings.insights import Insights
from chat_pipeline.settings.matches import Platform
from chat_pipeline.settings.operations import Notices, Report, Retention
from chat_pipeline.settings.outcomes import BotActs, Outcomes
from chat_pipeline.settings.own_segments import OwnSegment, SegmentName
from chat_pipeline.settings.paths import Paths
from chat_pipeline.settings.plans import Annotation, Experiment, Objective
from chat_pipeline.settings.raw import Raw
from chat_pipeline.settings.rules import (
    AttributeRules,
    Funnel,
    Goal,
    IdentifierRules,
    Signals,
)
from chat_pipeline.settings.sentiment import Sentiment
from chat_pipeline.settings.shipped import with_shipped

# Sections that change no number: another value makes nothing new.
AROUND_THE_RUNS = {"report", "schedule", "notices", "retention", "raw", "paths"}
Positive = Annotated[float, Field(gt=0)]


class BusinessHours(Table):
    days: Weekdays = (1, 2, 3, 4, 5)
    from_time: TimeOfDay = Field(default=time(9), alias="from")
    to: TimeOfDay = time(18)

    @field_validator("to")
    @classmethod
    def _check_order(cls, value: time, info: ValidationInfo) -> time:
        start = info.data.get("from_time")
        if start and value <= start:
            raise fault(f"{value:%H:%M} is not after `from` ({start:%H:%M})", "swap the two, or correct one")
        return value


class Shop(Table):
    time_zone: TimeZone = "Europe/Berlin"
    currency: Currency = "EUR"
    rates: Mapping[Currency, Positive] = Field(default_factory=dict)
    country: Country = "DE"
    business_hours: BusinessHours = Field(default_factory=BusinessHours)
    chat_live_since: Day | None = None

    @field_validator("rates")
    @classmethod
    def _check_own(cls, rates: Mapping[str, float], info: ValidationInfo) -> Mapping[str, float]:
        own = info.data.get("currency")
        if rates.get(own or "", 1) != 1:
            raise fault(f"{own} is the shop's own currency", f"leave {own} out: its rate is 1")
        return rates

    @property
    def dial_code(self) -> str:
        """The country's calling code without +, such as "49"."""
        # Imported here: it is needed for one value, and not small.
        from phonenumbers import country_code_for_region

        return str(country_code_for_region(self.country))


class Chat(Table):
    silence_minutes: Positive = 30.0
    silence_hours_human: Positive = 24.0
    greeting_intents: Texts = ("greet", "Default Welcome Intent")
    courtesy_intents: Texts = ("thanks", "goodbye")
    reply_intents: Texts = ("inform", "affirm", "deny")
    opening_payloads: Texts = ("/session_start", "/greet")


class Exclude(Table):
    channels: Texts = ("emulator", "cmdline", "rasa")
    include_test_traffic: bool = False
    email_domains: Texts = ()


class Orders(Table):
    cash_on_delivery: bool = True
    ga4_transaction_id: Literal["name", "id", "token"] = "name"


class Attribution(Table):
    """How long before an order a chat may have begun to count for it, and which chats are about older orders."""

    led: Duration = timedelta(hours=24)
    assisted: Duration = timedelta(days=7)
    exposed: Duration = timedelta(days=30)
    earlier_orders: Texts = (
        *("*track*", "*order_status*", "return_*", "*_return", "refund*", "*_refund", "complaint*"),
        *("cancel_order*", "invoice*", "delivery_*"),
    )


class Identity(Table):
    """`threshold`: least probability at which two records are one person's, if `probabilistic` is on."""

    probabilistic: bool = False
    threshold: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class Costs(Table):
    """In the shop's currency and minutes; None: unknown, so that no savings are shown."""

    bot_per_month: Annotated[float, Field(ge=0)] | None = None
    agent_minutes_per_chat: Positive | None = None
    agent_per_hour: Positive | None = None


class Publish(Table):
    after: str = ""
    keep: Annotated[int, Field(ge=1)] = 3
    personal_data: bool = True
    expect_every: Duration | None = None


class Schedule(Table):
    nightly: Cron = "0 4 * * *"


class Engine(Table):
    memory_limit: Memory = "50%"


class Settings(Table):
    """All settings; `Settings()` are the defaults."""

    shop: Shop = Field(default_factory=Shop)
    chat: Chat = Field(default_factory=Chat)
    exclude: Exclude = Field(default_factory=Exclude)
    outcomes: Outcomes = Field(default_factory=Outcomes)
    bot_acts: BotActs = Field(default_factory=BotActs)
    sources: Mapping[SourceName, SourceSettings] = Field(default_factory=dict)
    identifiers: Mapping[Platform, IdentifierRules] = Field(default_factory=dict)
    attributes: Mapping[Platform, AttributeRules] = Field(default_factory=dict)
    signals: Signals = Field(default_factory=Signals)
    goals: Mapping[Text, Goal] = Field(default_factory=dict)
    intent_groups: Mapping[Text, Texts] = Field(default_factory=dict)
    funnels: Mapping[Text, Funnel] = Field(default_factory=dict)
    segments: Mapping[SegmentName, OwnSegment] = Field(default_factory=dict)
    experiments: Mapping[Text, Experiment] = Field(default_factory=dict)
    objectives: Mapping[Text, Objective] = Field(default_factory=dict)
    annotations: Annotated[tuple[Annotation, ...], Field(strict=False)] = ()
    orders: Orders = Field(default_factory=Orders)
    attribution: Attribution = Field(default_factory=Attribution)
    identity: Identity = Field(default_factory=Identity)
    sentiment: Sentiment = Field(default_factory=Sentiment)
    insights: Insights = Field(default_factory=Insights)
    costs: Costs = Field(default_factory=Costs)
    publish: Publish = Field(default_factory=Publish)
    report: Report = Field(default_factory=Report)
    schedule: Schedule = Field(default_factory=Schedule)
    raw: Raw = Field(default_factory=Raw)
    paths: Paths = Field(default_factory=Paths)
    notices: Notices = Field(default_factory=Notices)
    retention: Retention = Field(default_factory=Retention)
    engine: Engine = Field(default_factory=Engine)

    @model_validator(mode="before")
    @classmethod
    def _with_shipped(cls, table: Any) -> Any:
        return with_shipped(table)

    @model_validator(mode="after")
    def _check_digest(self) -> Settings:
        if self.report.digest_to and not (self.notices.smtp_host and self.notices.email_from):
            wrong = "is set, but [notices] names no e-mail server"
            raise faults([("report.digest_to", wrong, "set smtp_host and email_from in [notices]")])
        return self

    def source(self, name: str, instance: str = "default") -> SourceSettings:
        """What holds for an account: the instance's keys before the source's, the shop's time zone last."""
        own = self.sources.get(name, SourceSettings())
        declared = own.instances.get(instance)
        changes = {key: getattr(declared, key) for key in declared.model_fields_set} if declared else {}
        if "options" in changes:
            changes["options"] = {**own.options, **changes["options"]}
        time_zone = changes.get("time_zone") or own.time_zone or self.shop.time_zone
        return own.model_copy(update={**changes, "time_zone": time_zone})

    def digest(self) -> str:
        """A hash of all values that may change a table, the same however the keys are ordered in the file."""
        values = self.model_dump(mode="json", by_alias=True, exclude=AROUND_THE_RUNS)
        text = json.dumps(values, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
