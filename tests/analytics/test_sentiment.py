"""Sentiment on marts made by hand: messages, conversations, trend and drivers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts
from scipy.stats import t

TABLES = ("message_sentiment", "conversation_sentiment")


def talk(
    marts: Marts, conversation: str, *scores: float | None, at: str = "2026-03-02 10:00", **columns: Any
) -> None:
    """A conversation whose typed messages have these scores, in order of their sequence."""
    marts.add("fct_conversations", {"conversation_key": conversation, "started_at": at, **columns})
    for n, score in enumerate(scores, start=1):
        key = f"{conversation}-{n}"
        # Equal times: the sequence tells which came first.
        marts.add(
            "fct_messages",
            {"message_key": key, "conversation_key": conversation, "sequence": n, "sent_at": at},
        )
        unscored = None if score is not None else "language"
        marts.con.execute(
            "insert into message_scores values (?, 'en', ?, 'vader', ?)", [key, score, unscored]
        )


def built(marts: Marts, name: str) -> list[dict[str, Any]]:
    for needed in TABLES:
        marts.build(needed)
    return marts.build(name)


def by_conversation(marts: Marts) -> dict[str, dict[str, Any]]:
    return {row["conversation_key"]: row for row in built(marts, "conversation_sentiment")}


def test_a_message_has_its_score_or_why_not(marts: Marts) -> None:
    talk(marts, "a", 0.5, None)
    rows = marts.build("message_sentiment")
    assert [(r["message_key"], r["conversation_key"], r["score"], r["unscored"]) for r in rows] == [
        ("a-1", "a", 0.5, None),
        ("a-2", "a", None, "language"),
    ]


def test_a_conversation_is_mean_minimum_and_way(marts: Marts) -> None:
    talk(marts, "down", 0.5, None, -0.2, -0.6)
    talk(marts, "once", 0.4, None)
    talk(marts, "foreign", None, None)
    found = by_conversation(marts)
    assert found["down"] == {
        **{"conversation_key": "down", "engine": "vader", "typed_turns": 4, "scored_turns": 3, "mean": -0.1},
        **{"minimum": -0.6, "last_minus_first": -1.1, "is_negative": True, "is_alert": False},
    }
    assert found["once"]["last_minus_first"] is None
    assert found["once"]["is_negative"] is False
    assert {found["foreign"][name] for name in ("mean", "minimum", "is_negative", "is_alert")} == {None}
    assert found["foreign"]["typed_turns"] == 2


@pytest.mark.parametrize(
    ("scores", "alert"),
    [
        ((-0.3, -0.3, -0.3), True),
        ((-0.9, -0.9), False),
        ((-0.9, -0.9, -0.2999), False),
        # Only the last three count, and only those with a score.
        ((0.9, -0.4, -0.5, -0.6), True),
        ((-0.4, None, -0.5, -0.6, None), True),
        ((-0.4, -0.5, -0.6, 0.0), False),
    ],
)
def test_an_alert_is_the_last_three_scored_turns(marts: Marts, scores: Any, alert: bool) -> None:
    talk(marts, "a", *scores)
    assert by_conversation(marts)["a"]["is_alert"] is alert


def test_thresholds_are_settings(marts: Marts, tmp_path: Path) -> None:
    talk(marts, "a", 0.1, -0.2, -0.2)
    marts.set("[sentiment]\nalert_turns = 2\nalert_score = -0.2\nnegative_score = -0.2\n", tmp_path)
    found = by_conversation(marts)["a"]
    assert (found["is_alert"], found["is_negative"]) == (True, False)


def trend(marts: Marts) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    rows = built(marts, "sentiment_trend")
    names = ("grain", "period_start", "dimension", "dimension_value")
    return {tuple(str(row[name]) for name in names): row for row in rows}


def test_the_trend_counts_a_conversation_once_in_its_period(marts: Marts) -> None:
    # Ten angry messages of one conversation weigh as much as one friendly one. 23:30 UTC is the next day in Berlin.
    talk(
        marts,
        "angry",
        *[-0.6] * 10,
        at="2026-03-01 22:30",
        person_key="p",
        language="en-GB",
        primary_intent_group="x",
    )
    talk(marts, "kind", 0.2, at="2026-03-01 23:30", person_key="q", platform="chat_table")
    talk(marts, "foreign", None, at="2026-03-02 10:00")
    talk(marts, "test", -0.9, at="2026-03-02 10:00", is_test=True)
    marts.cut_off("2026-03-09 10:00")
    found = trend(marts)
    month = found["month", "2026-03-01", "all", "all"]
    assert (month["conversations"], month["persons"], month["scored_turns"]) == (2, 2, 11)
    assert (month["mean"], month["negative"], month["negative_share"], month["alerts"]) == (-0.2, 1, 0.5, 1)
    assert found["day", "2026-03-01", "language", "en"]["mean"] == -0.6
    assert found["day", "2026-03-02", "language", "unknown"]["mean"] == 0.2
    assert found["week", "2026-03-02", "platform", "chat_table"]["conversations"] == 1
    assert found["week", "2026-02-23", "intent_group", "x"]["alerts"] == 1
    assert found["week", "2026-02-23", "all", "all"]["interval_low"] is None
    assert month["is_complete"] is False
    assert found["week", "2026-03-02", "all", "all"]["is_complete"] is True


def test_the_interval_of_the_trend_is_clustered_by_person(marts: Marts) -> None:
    # One person with three conversations at -0.3, two with one each at 0.3 and 0.6: mean 0.0.
    for n in range(3):
        talk(marts, f"a{n}", -0.3, person_key="a")
    talk(marts, "b", 0.3, person_key="b")
    talk(marts, "c", 0.6, person_key="c")
    marts.cut_off("2026-03-09 10:00")
    day = trend(marts)["day", "2026-03-02", "all", "all"]
    # Sums of deviations by person: -0.9, 0.3, 0.6; squares 0.81 + 0.09 + 0.36 = 1.26.
    error = (3 / 2 * 1.26) ** 0.5 / 5
    assert day["mean"] == 0.0
    assert day["interval_high"] == pytest.approx(min(1, t.ppf(0.975, 2) * error), abs=1e-6)
    assert day["interval_low"] == -day["interval_high"]


def test_a_driver_stands_out_from_the_rest_and_noise_does_not(marts: Marts) -> None:
    for n in range(40):
        swing = 0.1 if n % 2 else -0.1
        talk(
            marts, f"late{n}", -0.4 + swing, primary_intent="late", primary_intent_group="g", bot_version="v1"
        )
        talk(
            marts, f"fine{n}", 0.4 + swing, primary_intent="fine", primary_intent_group="g", bot_version="v2"
        )
        talk(
            marts, f"so{n}", swing, primary_intent="so", primary_intent_group="g", bot_version=f"v{n % 2 + 1}"
        )
    talk(marts, "rare", -1.0, primary_intent="rare", primary_intent_group="g", bot_version="v1")
    # Outside the four complete weeks before the cut-off.
    talk(marts, "old", -1.0, at="2026-02-08 10:00", primary_intent="old")
    talk(marts, "young", -1.0, at="2026-03-09 10:00", primary_intent="young")
    marts.cut_off("2026-03-11 10:00")
    rows = {(r["dimension"], r["dimension_value"]): r for r in built(marts, "sentiment_drivers")}
    late = rows["intent", "late"]
    assert (late["first_date"], late["last_date"]) == (date(2026, 2, 9), date(2026, 3, 8))
    assert (late["conversations"], late["rest_conversations"]) == (40, 81)
    assert late["mean"] == pytest.approx(-0.4)
    assert late["rest_mean"] == pytest.approx((40 * 0.4 - 1) / 81, abs=1e-6)
    assert late["difference"] == pytest.approx(late["mean"] - late["rest_mean"], abs=1e-6)
    assert late["interval_low"] < late["difference"] < late["interval_high"] < 0
    assert late["is_driver"] is True
    assert rows["intent", "so"]["is_driver"] is False
    assert rows["intent", "rare"]["p_value"] is None
    assert rows["intent", "rare"]["is_driver"] is None
    assert not {("intent", "old"), ("intent", "young")} & rows.keys()
    # A dimension with one value has no rest.
    assert rows["intent_group", "g"]["difference"] is None


def test_two_values_of_a_dimension_are_one_test(marts: Marts) -> None:
    for n in range(60):
        value = n % 3 * 0.1
        talk(marts, f"a{n}", value + 0.06 * (n % 2), bot_version=f"v{n % 2}", primary_intent="i")
    marts.cut_off("2026-03-11 10:00")
    rows = {(r["dimension"], r["dimension_value"]): r for r in built(marts, "sentiment_drivers")}
    first, second = rows["bot_version", "v0"], rows["bot_version", "v1"]
    assert first["difference"] == -second["difference"]
    # The only test of the run: nothing to correct.
    assert first["p_adjusted"] == second["p_adjusted"] == pytest.approx(first["p_value"])


def test_one_persons_many_chats_are_no_proof(marts: Marts) -> None:
    for n in range(40):
        talk(marts, f"a{n}", -0.5 - 0.001 * n, primary_intent="late", person_key="one")
        talk(marts, f"b{n}", 0.1 - 0.001 * n, primary_intent="fine", person_key=f"p{n}")
    marts.cut_off("2026-03-11 10:00")
    rows = {r["dimension_value"]: r for r in built(marts, "sentiment_drivers") if r["dimension"] == "intent"}
    assert rows["late"]["difference"] == pytest.approx(-0.6)
    assert (rows["late"]["persons"], rows["late"]["p_value"], rows["late"]["is_driver"]) == (1, None, None)
