"""The settings file: what loads, and what the defaults are."""

from __future__ import annotations

import re
import tomllib
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from settings_texts import FULL, SOURCES, load

from chat_pipeline.settings import (
    TEMPLATE,
    Settings,
    load_settings,
    write_template,
)
from chat_pipeline.settings.fields import check_cron, parse_duration, parse_weekdays


def test_a_full_file_loads_typed(tmp_path: Path) -> None:
    settings = load(tmp_path, FULL)

    assert settings.shop.rates == {"CHF": 1.05, "USD": 0.9}
    assert settings.shop.business_hours.days == (1, 2, 3, 4, 6)
    assert (settings.shop.business_hours.from_time, settings.shop.business_hours.to) == (
        time(8, 30),
        time(17),
    )
    assert settings.shop.chat_live_since == date(2025, 2, 1)
    assert settings.shop.dial_code == "43"
    assert settings.goals["order"].window == timedelta(days=7)
    assert [(match.kind, match.name, match.platform) for match in settings.goals["order"].entered] == [
        ("intent", "buy", None),
        ("group", "products", "rasa"),
    ]
    steps = settings.funnels["purchase"].steps
    assert [(step.name, len(step.any), step.optional) for step in steps] == [
        ("view", 2, False),
        ("cart", 1, True),
        ("order", 1, False),
    ]
    assert steps[1].within == timedelta(minutes=30)
    assert settings.signals.csat["rasa"].scale == (1, 5)
    assert settings.signals.csat["bot_framework"].scale is None
    assert settings.experiments["greeting"].assignment.slot == "variant"
    fans = settings.segments["fans"]
    assert [(rule.attribute, rule.values, rule.counter, rule.operator, rule.number) for rule in fans.all] == [
        ("purchase_history.status", ("repeat",), None, None, None),
        (None, (), "conversations_90d", ">=", 3),
    ]
    assert fans.any[1].number == 99.5
    assert settings.annotations[0].from_date == date(2026, 1, 1)
    assert settings.publish.personal_data is False


def test_every_key_is_in_the_full_file() -> None:
    # So that the tests that go through all keys miss none.
    table = tomllib.loads(FULL)
    for name, field in Settings.model_fields.items():
        assert name in table
        keys = getattr(field.annotation, "model_fields", {})
        assert [
            info.alias or key for key, info in keys.items() if (info.alias or key) not in table[name]
        ] == []


def test_the_template_holds_exactly_the_defaults() -> None:
    template = load_settings(TEMPLATE, SOURCES)

    assert template == Settings() == load_settings(None, SOURCES)
    assert template.digest() == Settings().digest()


def test_the_template_names_every_key() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    schema = Settings.model_json_schema()
    keys = set(schema["properties"])
    for name, definition in schema["$defs"].items():
        if name not in ("Match", "HandoffRule", "SegmentRule"):
            keys |= set(definition["properties"]) - {"matches"}

    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", text)] == []


def test_the_examples_in_the_template_load() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    mail = ("email_to = []\n", 'email_from = ""\n', 'smtp_host = ""\n')
    for empty in ("rates = {}\n", "email_domains = []\n", "languages = {}\n", "digest_to = []\n", *mail):
        text = text.replace(empty, "")
    examples = re.sub(r"(?m)^#(?=\S|  \{)", "", text)
    settings = Settings.model_validate(tomllib.loads(examples), context={"sources": frozenset(SOURCES)})

    for table in (
        "goals",
        "intent_groups",
        "funnels",
        "segments",
        "experiments",
        "objectives",
        "annotations",
        "attributes",
    ):
        assert getattr(settings, table), table


def test_write_template_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "chat_pipeline.toml"
    write_template(path)
    assert load_settings(path, SOURCES) == Settings()
    with pytest.raises(FileExistsError):
        write_template(path)


def test_three_funnels_are_shipped(tmp_path: Path) -> None:
    funnels = load(tmp_path, "").funnels
    assert {name: [step.name for step in funnel.steps] for name, funnel in funnels.items()} == {
        "product_inquiry": ["inquiry", "details", "cart", "checkout", "order"],
        "order_tracking": ["asked", "verified", "status", "confirmed"],
        "purchase": ["inquiry or view", "cart", "view cart", "checkout", "order"],
    }
    assert [step.name for f in funnels.values() for step in f.steps if step.optional] == ["view cart"]


def test_a_written_mapping_replaces_the_shipped_one_and_leaves_others(tmp_path: Path) -> None:
    settings = load(tmp_path, '[signals.handoff]\nbot_framework = { intents = ["agent"] }\n')
    assert set(settings.signals.handoff) == {"bot_framework", "rasa"}

    settings = load(
        tmp_path, '[identifiers]\nrasa.slots = { mail = "email" }\nrasa.parameters = { p = "phone" }\n'
    )
    assert settings.identifiers["rasa"].slots == {"mail": "email"}
    assert settings.identifiers["rasa"].parameters == {"p": "phone"}
    assert settings.source("rasa").shared_ids == ("default", "user")


def test_an_instance_stands_before_its_source_and_the_shop_last(tmp_path: Path) -> None:
    settings = load(tmp_path, FULL)

    source = settings.source("rasa")
    assert (source.time_zone, source.sender_id, source.expect_every) == ("UTC", "user_id", timedelta(days=2))
    outlet = settings.source("rasa", "outlet")
    assert (outlet.time_zone, outlet.sender_id, outlet.expect_every) == (
        "Europe/Zurich",
        "user_id",
        timedelta(hours=12),
    )
    trial = settings.source("rasa", "trial")
    assert (trial.time_zone, trial.sender_id, trial.shared_ids) == ("UTC", "email", ("kiosk",))
    assert trial.retired_on == date(2026, 1, 31)
    assert trial.options == {"a": 1, "b": 3}
    # Neither the source nor the instance is named in the file.
    assert settings.source("shopify").time_zone == "Europe/Vienna"
    assert settings.source("rasa", "unheard_of") == source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(days=1)),
        ("2d", timedelta(days=2)),
        ("90 s", timedelta(seconds=90)),
        ("1w", timedelta(days=7)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


def test_weekdays() -> None:
    assert parse_weekdays("Mon-Fri") == (1, 2, 3, 4, 5)
    assert parse_weekdays("sat-mon, wed") == (1, 3, 6, 7)


@pytest.mark.parametrize("cron", ["0 4 * * *", "*/15 0-6,22 1 * 1-5"])
def test_cron(cron: str) -> None:
    assert check_cron(cron) == cron


def test_the_digest_follows_values_not_their_order(tmp_path: Path) -> None:
    one = load(tmp_path, "[chat]\nsilence_minutes = 20\nsilence_hours_human = 12\n[publish]\nkeep = 4\n")
    two = load(tmp_path, "[publish]\nkeep = 4\n[chat]\nsilence_hours_human = 12.0\nsilence_minutes = 20\n")
    three = load(tmp_path, "[publish]\nkeep = 5\n[chat]\nsilence_hours_human = 12\nsilence_minutes = 20\n")

    assert one.digest() == two.digest() != three.digest()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().publish.keep = 7


def test_the_examples_in_the_docs_load(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
    examples = "\n".join(re.findall(r"```toml\n(.*?)```", text, re.DOTALL))

    assert load(tmp_path, examples).funnels["purchase"].steps
