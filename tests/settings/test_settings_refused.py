"""Settings with mistakes: all of them come at once and in words."""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from settings_texts import FULL, SOURCES, load, problems

from chat_pipeline.settings import (
    SettingsError,
    load_settings,
)
from chat_pipeline.settings.fields import check_memory


@pytest.mark.parametrize(("optional", "wrong"), [(1, "first step is optional"), (3, "last step is optional")])
def test_a_funnel_begins_and_ends_with_steps_that_count(tmp_path: Path, optional: int, wrong: str) -> None:
    steps = ", ".join(
        f'{{ name = "{n}", intent = "i", optional = {str(n == optional).lower()} }}' for n in (1, 2, 3)
    )
    with pytest.raises(SettingsError, match=wrong):
        load(tmp_path, f"[funnels.f]\nsteps = [{steps}]\n")


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
