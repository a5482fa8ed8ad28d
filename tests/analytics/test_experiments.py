"""Experiments on marts made by hand: who is in which arm, what it did, and what may be said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts
from handmade_units import Units

from chat_pipeline.statistics import delta_ratio, welch

SETTINGS = """
[goals.order]
completed = [{ order = true }]
[experiments.greeting]
hypothesis = "Shorter is better"
primary = "goal_completion_rate:order"
arms = { long = 0.5, short = 0.5 }
assignment = { bot_version = { long = "v12", short = "v13" } }
from = 2026-09-01
to = 2026-09-30
"""
GOAL = "goal_completion_rate:order"


@pytest.fixture
def units(marts: Marts) -> Units:
    return Units(marts)


@pytest.fixture
def shop(marts: Marts, tmp_path: Path) -> Marts:
    marts.set(SETTINGS, tmp_path)
    marts.cut_off("2026-10-15 12:00:00")
    return marts


def chat(
    marts: Marts, key: str, version: str | None, at: str, person: str | None = None, **more: Any
) -> None:
    marts.add(
        "fct_conversations",
        {
            "conversation_key": key,
            "bot_version": version,
            "started_at": at,
            "person_key": person,
            "customer_key": person,
            **more,
        },
    )


def arms(marts: Marts) -> dict[str, dict[str, Any]]:
    return {row["arm"]: row for row in marts.build("experiment_arms")}


def results(marts: Marts) -> dict[tuple[str, str], dict[str, Any]]:
    marts.build("experiment_arms")
    return {(row["metric"], row["arm"]): row for row in marts.build("experiment_results")}


def shares(marts: Marts, units: Units, long: tuple[int, int], short: tuple[int, int], **more: Any) -> None:
    """Anonymous conversations of both arms, half of each at the first and the last day, k of n with the goal."""
    for arm, version, (k, n) in (("long", "v12", long), ("short", "v13", short)):
        for i in range(n):
            key, day = f"{arm}{i}", "2026-09-01" if i % 2 else "2026-09-30"
            chat(marts, key, version, f"{day} 12:00:00")
            units.add(
                metric=GOAL,
                conversation_key=key,
                started_date=day,
                numerator=int(i < k),
                denominator=1,
                **more,
            )


def test_arms_by_hand(shop: Marts) -> None:
    chat(shop, "a1", "v12", "2026-09-02 10:00:00", "ana")
    # Crosses over: stays in the arm that she met first.
    chat(shop, "a2", "v13", "2026-09-03 10:00:00", "ana")
    chat(shop, "a3", "v13", "2026-09-04 10:00:00", "ana")
    chat(shop, "b1", "v13", "2026-09-02 11:00:00", "ben")
    # Nobody known: each conversation is a unit.
    chat(shop, "n1", "v13", "2026-09-05 10:00:00")
    chat(shop, "n2", "v13", "2026-09-05 10:00:00")
    # Out: another version, test traffic, the local day before and after.
    chat(shop, "x1", "v14", "2026-09-05 10:00:00")
    chat(shop, "x2", "v13", "2026-09-05 10:00:00", is_test=True)
    chat(shop, "x3", "v12", "2026-08-31 21:59:00")
    chat(shop, "x4", "v12", "2026-09-30 22:00:00")
    found = arms(shop)
    assert {arm: (row["units"], row["persons"], row["crossovers"]) for arm, row in found.items()} == {
        "long": (1, 1, 1),
        "short": (3, 1, 0),
    }
    assert found["long"]["is_baseline"]
    assert not found["short"]["is_baseline"]
    assert (found["short"]["share"], found["short"]["planned_share"]) == (0.75, 0.5)
    # 1 and 3 where 2 and 2 were planned: chi-squared 1.
    assert found["long"]["sample_ratio_p"] == pytest.approx(0.3173105, abs=1e-7)
    assert not found["long"]["is_split_broken"]
    assert found["long"]["is_over"]
    assert (found["short"]["first_exposed_date"].isoformat(), found["short"]["last_exposed_date"].isoformat()) == (
        "2026-09-02",
        "2026-09-05",
    )  # fmt: skip


def test_an_experiment_that_nobody_met_has_its_arms(shop: Marts, units: Units) -> None:
    found = arms(shop)
    assert [(row["units"], row["share"], row["sample_ratio_p"], row["timing"]) for row in found.values()] == [
        (0, None, None, None)
    ] * 2
    (row,) = results(shop).values()
    assert (row["metric"], row["is_primary"], row["units"], row["value"], row["verdict"]) == (
        GOAL, True, 0, None, "too_few",
    )  # fmt: skip


def test_no_experiments_no_rows(marts: Marts, units: Units) -> None:
    marts.cut_off("2026-10-15 12:00:00")
    assert arms(marts) == {}
    assert results(marts) == {}


def test_a_broken_split_is_flagged_and_judges_nothing(shop: Marts, units: Units) -> None:
    shares(shop, units, (10, 200), (60, 120))
    found = arms(shop)
    # 80 squared / 320 = 20.
    assert found["short"]["sample_ratio_p"] == pytest.approx(7.744e-6, rel=1e-3)
    assert found["short"]["is_split_broken"]
    assert results(shop)[GOAL, "short"]["verdict"] == "split_broken"


def test_one_version_after_the_other_is_no_experiment(shop: Marts, units: Units) -> None:
    for i in range(40):
        for version, day in (("v12", "2026-09-05"), ("v13", "2026-09-20")):
            chat(shop, f"{version}{i}", version, f"{day} 12:00:00")
            units.add(
                metric=GOAL,
                conversation_key=f"{version}{i}",
                started_date=day,
                numerator=int(version == "v13"),
                denominator=1,
            )
    # A straggler makes the two weeks overlap, but not the arms.
    chat(shop, "late", "v12", "2026-09-21 12:00:00")
    assert {row["timing"] for row in arms(shop).values()} == {"before_after"}
    row = results(shop)[GOAL, "short"]
    assert (row["difference"], row["verdict"]) == (1.0, "before_after")


def test_shares_by_hand(shop: Marts, units: Units) -> None:
    shares(shop, units, (40, 100), (60, 100))
    assert {row["timing"] for row in arms(shop).values()} == {"concurrent"}
    row = results(shop)[GOAL, "short"]
    assert (row["test"], row["baseline_arm"], row["is_primary"]) == ("z", "long", True)
    assert [row[name] for name in ("baseline_numerator", "baseline_denominator", "numerator", "denominator")] == [
        40, 100, 60, 100,
    ]  # fmt: skip
    # z = 0.2 / sqrt(0.5 x 0.5 x 2 / 100) = 2.8284.
    assert row["p"] == row["p_adjusted"] == pytest.approx(0.0046777, abs=1e-7)
    assert row["p_all_arms"] == pytest.approx(row["p"])
    assert row["difference"] == pytest.approx(0.2)
    assert 0 < row["interval_low"] < 0.2 < row["interval_high"]
    assert row["p_mann_whitney"] is None
    assert row["smallest_detectable_difference"] == pytest.approx(0.198, abs=0.005)
    assert row["verdict"] == "higher"


@pytest.mark.parametrize(
    ("cutoff", "pending", "verdict"),
    [
        ("2026-09-30 12:00:00", 0, "running"),
        ("2026-09-30 21:59:00", 0, "running"),
        ("2026-09-30 22:00:00", 0, "higher"),
        ("2026-10-01 12:00:00", 1, "maturing"),
    ],
)
def test_no_verdict_before_the_end_and_maturity(
    marts: Marts, units: Units, tmp_path: Path, cutoff: str, pending: int, verdict: str
) -> None:
    marts.set(SETTINGS, tmp_path)
    marts.cut_off(cutoff)
    shares(marts, units, (40, 100), (60, 100))
    chat(marts, "young", "v13", "2026-09-30 13:00:00")
    units.add(
        metric=GOAL,
        conversation_key="young",
        started_date="2026-09-30",
        numerator=0,
        denominator=0,
        pending=pending,
    )
    row = results(marts)[GOAL, "short"]
    assert (row["pending"], row["units"], row["verdict"]) == (pending, 100, verdict)


def test_only_what_came_after_exposure_and_on_the_same_bot(shop: Marts, units: Units) -> None:
    goal = {"metric": GOAL, "denominator": 1}
    # Before the experiment, with the bot on trial from its first day on, with another bot, after its end.
    for key, version, at, platform in (
        ("before", "v12", "2026-08-20 10:00:00", "rasa"),
        ("first", "v13", "2026-09-02 10:00:00", "rasa"),
        ("second", "v12", "2026-09-03 10:00:00", "rasa"),
        ("other", None, "2026-09-04 10:00:00", "chat_table"),
        ("late", "v13", "2026-10-01 10:00:00", "rasa"),
    ):
        chat(shop, key, version, at, "ana", platform=platform)
        units.add(goal, conversation_key=key, started_date=at[:10], numerator=1, platform=platform)
    chat(shop, "long", "v12", "2026-09-02 10:00:00", "ben")
    row = results(shop)[GOAL, "short"]
    # The first and the second: she stays in the arm of the first.
    assert (row["units"], row["numerator"], row["denominator"]) == (1, 2, 2)
    assert row["baseline_units"] == 0


def test_ratios_of_persons_take_the_delta_method(shop: Marts, units: Units) -> None:
    did = {"long": [(1, 1), (0, 2), (1, 3)], "short": [(2, 2), (1, 1), (0, 1), (2, 3)]}
    for arm, version in (("long", "v12"), ("short", "v13")):
        for i, (k, n) in enumerate(did[arm]):
            for j in range(n):
                key = f"{arm}{i}-{j}"
                chat(shop, key, version, f"2026-09-0{j + 1} 10:00:00", f"{arm}{i}")
                units.add(
                    metric=GOAL,
                    conversation_key=key,
                    started_date=f"2026-09-0{j + 1}",
                    numerator=int(j < k),
                    denominator=1,
                )
    row = results(shop)[GOAL, "short"]
    wanted = delta_ratio([1, 0, 1], [1, 2, 3], [2, 1, 0, 2], [2, 1, 1, 3])
    assert wanted is not None
    assert (row["test"], row["units"], row["denominator"]) == ("delta", 4, 7)
    assert (row["p"], row["interval_low"]) == pytest.approx((wanted.p, wanted.low))
    assert row["difference"] == pytest.approx(5 / 7 - 2 / 6)


def test_numbers_take_welch_and_ranks_and_holm_corrects_the_others(shop: Marts, units: Units) -> None:
    shares(shop, units, (40, 100), (60, 100))
    seconds = {"long": [30, 40, 50, 60], "short": [20, 25, 30, 900]}
    for arm, values in seconds.items():
        for i, value in enumerate(values):
            units.add(
                {"metric": "average_resolution_time", "numerator": value, "denominator": 1},
                {"metric": "containment_rate", "numerator": i % 2, "denominator": 1},
                conversation_key=f"{arm}{i}",
                started_date="2026-09-01",
            )
    found = results(shop)
    time, contained = found["average_resolution_time", "short"], found["containment_rate", "short"]
    wanted = welch(seconds["long"], seconds["short"])
    assert wanted is not None
    assert (time["test"], time["p"]) == ("welch", pytest.approx(wanted.p))
    assert time["p_mann_whitney"] is not None
    assert time["p_mann_whitney"] < time["p"]
    assert contained["p"] == pytest.approx(1)
    # The primary stands alone; the two others correct one another.
    assert found[GOAL, "short"]["p_adjusted"] == found[GOAL, "short"]["p"]
    assert time["p_adjusted"] == pytest.approx(min(1, 2 * time["p"]))
    assert time["verdict"] == "too_few"


def test_volumes_count_units_that_did_nothing(shop: Marts, units: Units) -> None:
    shares(shop, units, (1, 3), (1, 2))
    for key in ("long0", "short0", "short1"):
        units.add(
            metric="orders",
            shape="count",
            conversation_key=key,
            started_date="2026-09-01",
            numerator=2,
            denominator=0,
        )
    row = results(shop)["orders", "short"]
    assert (row["baseline_units"], row["units"], row["baseline_value"], row["value"]) == (
        3,
        2,
        pytest.approx(2 / 3),
        2,
    )


def test_slots_parameters_and_three_arms(marts: Marts, units: Units, tmp_path: Path) -> None:
    toml = SETTINGS.replace('{ bot_version = { long = "v12", short = "v13" } }', '{ slot = "tone" }')
    marts.set(toml.replace("{ long = 0.5, short = 0.5 }", "{ a = 0.25, b = 0.25, c = 0.5 }"), tmp_path)
    marts.cut_off("2026-10-15 12:00:00")
    for arm, k, n in (("a", 10, 40), ("b", 20, 40), ("c", 40, 80), ("z", 9, 9)):
        for i in range(n):
            key = f"{arm}{i}"
            chat(marts, key, None, "2026-09-05 12:00:00")
            event = {"conversation_key": key, "occurred_at": "2026-09-05 12:01:00", "value": arm}
            marts.add("fct_conversation_events", {**event, "kind": "slot", "name": "tone"})
            marts.add("fct_conversation_events", {**event, "kind": "parameter", "name": "tone", "value": "a"})
            units.add(
                metric=GOAL,
                conversation_key=key,
                started_date="2026-09-05",
                numerator=int(i < k),
                denominator=1,
            )
    assert {arm: row["units"] for arm, row in arms(marts).items()} == {"a": 40, "b": 40, "c": 80}
    assert arms(marts)["c"]["sample_ratio_p"] == pytest.approx(1)
    found = results(marts)
    b, c = found[GOAL, "b"], found[GOAL, "c"]
    # Two comparisons of the primary metric: Holm corrects them together.
    assert c["p"] < b["p"]
    assert (c["p_adjusted"], b["p_adjusted"]) == pytest.approx((2 * c["p"], max(b["p"], 2 * c["p"])))
    # 10, 20, 40 of 40, 40, 80 with 70 of 160 in all: chi-squared 7.6190.
    assert b["p_all_arms"] == c["p_all_arms"] == pytest.approx(0.0221587, abs=1e-7)


def test_a_file_puts_persons_into_arms_and_web_sessions_count(
    marts: Marts, units: Units, tmp_path: Path
) -> None:
    file = SETTINGS.replace('{ bot_version = { long = "v12", short = "v13" } }', '{ file = "arms.csv" }')
    marts.set(file, tmp_path)
    marts.cut_off("2026-10-15 12:00:00")
    at = {"experiment": "greeting", "assigned_at": "2026-09-05 12:00:00"}
    marts.add("experiment_assignments", {"customer_key": "ana", "arm": "long"}, **at)
    marts.add("experiment_assignments", {"customer_key": "ben", "arm": "short"}, **at)
    marts.add("experiment_assignments", {"problem": "unknown_person", "arm": "short"}, **at)
    for key, at_time in (("w1", "2026-09-05 11:00:00"), ("w2", "2026-09-05 13:00:00")):
        marts.add("fct_web_sessions", {"web_session_key": key, "customer_key": "ben", "started_at": at_time})
        units.add(
            {"unit_key": key, "numerator": 1, "denominator": 1},
            metric="conversion",
            customer_key="ben",
            started_date="2026-09-05",
        )
    # A ticket has no time here: not on the day of the assignment, but on the next.
    for key, day in (("t1", "2026-09-05"), ("t2", "2026-09-06")):
        units.add(
            {"unit_key": key, "numerator": 0, "denominator": 1},
            metric="automation_rate",
            customer_key="ben",
            started_date=day,
        )
    # Any bot counts.
    chat(marts, "c", None, "2026-09-06 12:00:00", "ben", platform="chat_table")
    units.add(metric=GOAL, conversation_key="c", started_date="2026-09-06", numerator=1, denominator=1)
    found = arms(marts)
    assert [(row["units"], row["persons"], row["excluded"]) for row in found.values()] == [(1, 1, 1)] * 2
    rows = results(marts)
    assert {metric: row["denominator"] for (metric, _), row in rows.items()} == {
        GOAL: 1,
        "conversion": 1,
        "automation_rate": 1,
    }


def test_tables_hold_nobody_and_repeat_themselves(shop: Marts, units: Units) -> None:
    shares(shop, units, (40, 100), (60, 100))
    chat(shop, "a1", "v12", "2026-09-02 10:00:00", "ana")
    once = (arms(shop), results(shop))
    assert once == (arms(shop), results(shop))
    assert "ana" not in str(once)


def test_a_rate_of_persons_is_yes_or_no_for_each(shop: Marts, units: Units) -> None:
    for key, version, person in (("a", "v12", "ana"), ("b1", "v13", "ben"), ("b2", "v13", "ben")):
        chat(shop, key, version, "2026-09-02 10:00:00", person)
        units.add(
            {"metric": "goal_by_person:order", "shape": "persons_rate"},
            {"metric": "chatters", "shape": "persons_any"},
            {"metric": "cost_per_resolution", "shape": "money"},
            conversation_key=key,
            started_date="2026-09-02",
            numerator=int(key != "b2"),
            denominator=1,
        )
    found = results(shop)
    assert set(found) == {("goal_by_person:order", "short"), (GOAL, "short")}
    row = found["goal_by_person:order", "short"]
    assert (row["units"], row["numerator"], row["denominator"]) == (1, 1, 1)
