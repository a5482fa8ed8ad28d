"""The settings file: what loads, what the defaults are, and that all mistakes come at once and in words."""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from chat_pipeline.settings import (
    TEMPLATE,
    Settings,
    SettingsError,
    load_settings,
    write_template,
)
from chat_pipeline.settings.fields import check_cron, check_memory, parse_duration, parse_weekdays

SOURCES = ("bot_framework", "chat_table", "ga4", "hubspot", "rasa", "shopify")

FULL = (Path(__file__).parent / "settings/full.toml").read_text(encoding="utf-8")


def load(folder: Path, text: str, sources: tuple[str, ...] = SOURCES) -> Settings:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, sources)


def problems(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as raised:
        load(folder, text)
    return {problem.key: f"{problem.wrong}; {problem.remedy}" for problem in raised.value.problems}


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


@pytest.mark.parametrize(("optional", "wrong"), [(1, "first step is optional"), (3, "last step is optional")])
def test_a_funnel_begins_and_ends_with_steps_that_count(tmp_path: Path, optional: int, wrong: str) -> None:
    steps = ", ".join(
        f'{{ name = "{n}", intent = "i", optional = {str(n == optional).lower()} }}' for n in (1, 2, 3)
    )
    with pytest.raises(SettingsError, match=wrong):
        load(tmp_path, f"[funnels.f]\nsteps = [{steps}]\n")


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


@pytest.mark.parametrize("value", ["24", "h", "-2d", "0h", "1.5h", "2 days", 24, True, "", "9999999d"])
def test_no_durations(value: Any, tmp_path: Path) -> None:
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    found = problems(tmp_path, f"[sources.rasa]\nexpect_every = {shown}\n")
    assert '"2d"' in found["sources.rasa.expect_every"]


def test_rules_of_own_segments_say_all_that_is_wrong(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
        [segments.Bad-Name]
        all = [{ purchases = ">= 3" }]
        [segments.empty]
        [segments.fans]
        all = [
          { purchase = ">= 3" }, { purchases = "3; drop table x" }, { purchases = 3 }, "purchases > 3",
          { attribute = "purchase_history.state", in = ["repeat"] }, { attribute = "engagement.level" },
          { purchases = "> 1", net_365d = "> 1" }, { attribute = "engagement.level", in = ["low"], not_in = ["high"] },
        ]
        """,
    )
    assert sorted(found) == [
        "segments.Bad-Name",
        "segments.empty",
        "segments.fans.all[1].purchase",
        "segments.fans.all[2].purchases",
        "segments.fans.all[3].purchases",
        "segments.fans.all[4]",
        "segments.fans.all[5].attribute",
        "segments.fans.all[6]",
        "segments.fans.all[7]",
        "segments.fans.all[8]",
    ]
    assert "did you mean 'purchases'" in found["segments.fans.all[1].purchase"]
    assert "did you mean 'purchase_history.status'" in found["segments.fans.all[5].attribute"]


def test_weekdays() -> None:
    assert parse_weekdays("Mon-Fri") == (1, 2, 3, 4, 5)
    assert parse_weekdays("sat-mon, wed") == (1, 3, 6, 7)


@pytest.mark.parametrize("cron", ["0 4 * * *", "*/15 0-6,22 1 * 1-5"])
def test_cron(cron: str) -> None:
    assert check_cron(cron) == cron


@pytest.mark.parametrize(
    "line",
    [
        "[schedule]\nnightly = '0 24 * * *'",
        "[schedule]\nnightly = '@daily'",
        "[schedule]\nnightly = '0 4 * * 5-1'",
        "[engine]\nmemory_limit = '0GB'",
        "[engine]\nmemory_limit = 'half'",
    ],
)
def test_no_cron_and_no_memory(line: str, tmp_path: Path) -> None:
    assert len(problems(tmp_path, line)) == 1
    assert check_memory("1.5GiB") == "1.5GiB"


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, '[shop]\ncurrency = "EUR"\ncountry = = "DE"\n')
    assert "line 3" in found[""]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="chat-pipeline init"):
        load_settings(tmp_path / "none.toml", SOURCES)
    path = tmp_path / "latin.toml"
    path.write_bytes('[publish]\nafter = "é"\n'.encode("latin-1"))
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(path, SOURCES)
    path.write_bytes(b"\xef\xbb\xbf[publish]\r\nkeep = 5\r\n")
    assert load_settings(path, SOURCES).publish.keep == 5


def test_all_problems_come_together(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
[shop]
time_zone = "Europe/Berln"
curency = "EUR"
country = "UK"
rates = { EUR = 2 }
business_hours = { from = "18:00", to = "09:00" }
[chat]
silence_minutes = "30"
[sources.rassa]
expect_every = "2 days"
[sources.rasa]
sender_id = "mail"
instances.default = {}
instances.de = { complete_snapshots = true }
[identifiers]
hubspott.properties = { id = "crm" }
[signals.handoff]
rasa = { actons = ["x"], intents = "y" }
[signals.csat]
rasa = { slot = "rating", scale = [5, 1], asked = { action = 5 } }
[goals.lost]
entered = [{ intent = "buy" }]
[goals.empty]
entered = [{ group = "prodct" }, { intent = "a", action = "b" }]
completed = []
[intent_groups]
product = ["p*"]
[funnels.short]
steps = [{ name = "only", intent = "a" }, { name = "maybe", intent = "b", optional = true }]
[experiments.e]
hypothesis = "h"
primary = "csatt"
arms = { a = 0.5, b = 0.6 }
assignment = { bot_version = { a = "1" } }
from = 2026-09-30
to = 2026-09-01
[objectives.o]
metric = "goal_completion_rate:unknown"
target = { points = 5 }
by = "soon"
[[annotations]]
from = 2026-01-02
to = 2026-01-01
text = "x"
[publsh]
keep = 3
""",
    )
    expected = {
        "shop.time_zone": "'Europe/Berlin'",
        "shop.curency": "did you mean 'currency'",
        "shop.country": "ISO 3166",
        "shop.rates": "own currency",
        "shop.business_hours.to": "not after",
        "chat.silence_minutes": "must be a number",
        "sources.rassa": "did you mean 'rasa'",
        "sources.rassa.expect_every": "no duration",
        "sources.rasa.sender_id": "did you mean 'email'",
        "sources.rasa.instances.default": "source's own table",
        "sources.rasa.instances.de.complete_snapshots": "unknown key",
        "identifiers.hubspott": "did you mean 'hubspot'",
        "identifiers.hubspott.properties.id": "crm_id",
        "signals.handoff.rasa.actons": "did you mean 'actions'",
        "signals.handoff.rasa.intents": "must be a list",
        "signals.csat.rasa.scale": "lowest",
        "signals.csat.rasa.asked.action": "in quotes",
        "goals.lost.completed": "missing",
        "goals.empty.completed": "empty",
        "goals.empty.entered[1].group": "did you mean 'product'",
        "goals.empty.entered[2]": "names 2 things",
        "funnels.short.steps": "at least two steps",
        "experiments.e.primary": "did you mean 'csat'",
        "experiments.e.arms": "sum to 1.1",
        "experiments.e.to": "before",
        "objectives.o.metric": "no goal",
        "objectives.o.target": "baseline",
        "objectives.o.by": "no date",
        "annotations[1].to": "before",
        "publsh": "did you mean 'publish'",
    }
    assert found.keys() == expected.keys()
    assert {key: text for key, text in expected.items() if text not in found[key]} == {}


def test_arms_of_the_assignment_are_those_of_the_experiment(tmp_path: Path) -> None:
    text = FULL.replace('{ slot = "variant" }', '{ bot_version = { old = "1", newer = "2" } }')
    assert "newer" in problems(tmp_path, text)["experiments.greeting.assignment.bot_version"]


def test_sources_are_those_found(tmp_path: Path) -> None:
    text = "[sources.acme]\ntime_zone = 'UTC'\n"
    assert load(tmp_path, text, ("acme",)).source("acme").time_zone == "UTC"
    # Nothing found: nothing to check against.
    assert load(tmp_path, text, ()).source("acme").time_zone == "UTC"
    assert "is no source" in problems(tmp_path, text)["sources.acme"]


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        inner = [leaf for key in value for leaf in _leaves(value[key], (*path, key))]
    elif isinstance(value, list):
        inner = [leaf for n, element in enumerate(value) for leaf in _leaves(element, (*path, n))]
    else:
        inner = []
    return [path, *inner] if path else inner


WRONG = ([], {}, 5, -1.5, "?", True, date(2026, 1, 1), {"?": "?"}, ["?", 5, {}])


# Each key meets three of the values; all of them where there is time.
@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("place", range(len(WRONG)))
def test_no_value_of_any_type_raises_anything_but_a_settings_error(
    place: int, every: int, monkeypatch: Any
) -> None:
    whole, wrong = tomllib.loads(FULL), WRONG[place]
    for number, (*path, last) in enumerate(_leaves(whole)):
        if (number + place) % every:
            continue
        changed = deepcopy(whole)
        holder = changed
        for part in path:
            holder = holder[part]
        holder[last] = wrong
        monkeypatch.setattr("chat_pipeline.settings.load._read", lambda _, table=changed: table)
        try:
            load_settings(Path("settings.toml"), SOURCES)
        except SettingsError as error:
            text = str(error)
            assert str(path[0] if path else last) in text
            assert not re.search(r"[Ii]nput|pydantic|valid dict|see context|<class|tuple", text), text


def test_the_digest_follows_values_not_their_order(tmp_path: Path) -> None:
    one = load(tmp_path, "[chat]\nsilence_minutes = 20\nsilence_hours_human = 12\n[publish]\nkeep = 4\n")
    two = load(tmp_path, "[publish]\nkeep = 4\n[chat]\nsilence_hours_human = 12.0\nsilence_minutes = 20\n")
    three = load(tmp_path, "[publish]\nkeep = 5\n[chat]\nsilence_hours_human = 12\nsilence_minutes = 20\n")

    assert one.digest() == two.digest() != three.digest()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().publish.keep = 7


def test_the_examples_in_the_docs_load(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs/settings.md").read_text(encoding="utf-8")
    examples = "\n".join(re.findall(r"```toml\n(.*?)```", text, re.DOTALL))

    assert load(tmp_path, examples).funnels["purchase"].steps
