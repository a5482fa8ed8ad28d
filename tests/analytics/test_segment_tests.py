"""Segments against the rest: which weeks and units, the clustered test, one correction for all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from handmade_marts import Marts

from chat_pipeline.analytics._segment_tests import segment_rows
from chat_pipeline.statistics import benjamini_hochberg, clustered_difference

UNITS = """
    create temp table metric_units (
        metric varchar default 'resolution_rate', shape varchar default 'rate', conversation_key varchar,
        cluster varchar, started_date date, numerator bigint, denominator bigint default 1, pending bigint default 0
    )
"""


def prepare(marts: Marts, units: pd.DataFrame, segments: dict[str, Any]) -> None:
    """`units`: a row per conversation; `segments`: value per conversation by family.attribute."""
    marts.con.execute(UNITS)
    marts.con.execute("create schema if not exists analytics")
    marts.con.execute(
        "create or replace table analytics.conversation_segments"
        " (conversation_key varchar, family varchar, attribute varchar, value varchar)"
    )
    marts.con.register("units", units)
    names = ", ".join(units.columns)
    marts.con.execute(f"insert into metric_units ({names}) select {names} from units")
    for name, values in segments.items():
        family, _, attribute = name.partition(".")
        marts.con.register(
            "given",
            pd.DataFrame({"conversation_key": units["conversation_key"], "value": values}).drop_duplicates(),
        )
        marts.con.execute(
            f"insert into analytics.conversation_segments select conversation_key, '{family}', '{attribute}', value from given"
        )
    marts.cut_off("2026-06-29 10:00")


def units(size: int, numerator: Any, **columns: Any) -> pd.DataFrame:
    keys = [f"c{n:05}" for n in range(size)]
    given = {"conversation_key": keys, "cluster": keys, "started_date": "2026-06-22", "numerator": numerator}
    frame = pd.DataFrame({**given, **columns})
    frame["started_date"] = pd.to_datetime(frame["started_date"]).dt.date
    return frame


def test_a_two_valued_attribute_is_one_test(marts: Marts) -> None:
    chance = np.random.default_rng(1)
    side = np.array(["a", "b"] * 200)
    three = np.array(["x", "y", "z", "unknown"] * 100)
    frame = units(400, (chance.random(400) < np.where(side == "a", 0.5, 0.62)).astype(int))
    prepare(marts, frame, {"own.two": side, "own.three": three})
    rows = {(r["attribute"], r["value"]): r for r in segment_rows(marts.con, marts.settings)}
    both = rows["two", "a"], rows["two", "b"]
    assert both[0]["p"] == pytest.approx(both[1]["p"])
    ps = [both[0]["p"], *(rows["three", value]["p"] for value in "xyz")]
    assert [both[0]["q"], *(rows["three", value]["q"] for value in "xyz")] == pytest.approx(
        benjamini_hochberg(ps)
    )
    # Counted twice, the two halves would halve each other's correction.
    assert both[0]["q"] > benjamini_hochberg([ps[0], *ps])[0]
    unknown = rows["three", "unknown"]
    assert (unknown["denominator"], unknown["p"], unknown["q"], unknown["rest"]) == (100, None, None, None)


def test_value_and_rest_by_hand(marts: Marts) -> None:
    side = ["a"] * 40 + ["b"] * 60
    frame = units(100, [1] * 30 + [0] * 10 + [1] * 15 + [0] * 45)
    prepare(marts, frame, {"own.two": side})
    first, second = segment_rows(marts.con, marts.settings)
    assert (first["ratio"], first["rest"], second["ratio"]) == (0.75, 0.25, 0.25)
    assert first["comparison"].difference == pytest.approx(0.5)
    # Wilson's interval of 30 of 40.
    assert first["interval"] == pytest.approx((0.598060, 0.858129), abs=1e-6)
    assert first["is_significant"]
    assert second["comparison"].difference == pytest.approx(-0.5)


def test_conversations_of_a_person_are_not_independent(marts: Marts) -> None:
    # 20 persons with ten equal conversations each.
    persons = np.repeat(np.arange(20), 10)
    side = np.where(persons % 2 == 0, "a", "b")
    numerator = (persons % 20 < 12).astype(int) * (persons % 4 != 2)
    frame = units(200, numerator, cluster=[f"p{n}" for n in persons])
    prepare(marts, frame, {"own.two": side})
    row = segment_rows(marts.con, marts.settings)[0]
    expected = clustered_difference(frame["numerator"], [1] * 200, persons, side == "a")
    naive = clustered_difference(frame["numerator"], [1] * 200, range(200), side == "a")
    assert expected is not None
    assert naive is not None
    assert row["comparison"].p == pytest.approx(expected.p)
    assert row["p"] >= row["comparison"].p
    assert row["p"] > 10 * naive.p


def test_only_complete_weeks_count(marts: Marts) -> None:
    # The cut-off is Monday the 29th: its week has not passed. Nothing of a week with pending units counts.
    weeks = ["2026-05-11", "2026-05-18", "2026-05-25", "2026-06-01", "2026-06-14", "2026-06-28", "2026-06-29"]
    frame = units(7, 1, started_date=weeks, pending=[0, 0, 0, 0, 0, 1, 0])
    prepare(marts, frame, {"own.two": ["a"] * 7})
    (row,) = segment_rows(marts.con, marts.settings)
    assert (row["denominator"], str(row["first_week"])[:10], str(row["last_week"])[:10]) == (
        4,
        "2026-05-18",
        "2026-06-08",
    )
    assert (row["rest"], row["p"], row["is_significant"]) == (None, None, False)


def test_under_30_units_nothing_is_tested(marts: Marts) -> None:
    frame = units(100, [1] * 29 + [0] * 71)
    prepare(marts, frame, {"own.two": ["a"] * 29 + ["b"] * 71})
    assert [row["p"] for row in segment_rows(marts.con, marts.settings)] == [None, None]


def test_times_are_means_without_a_wilson_interval(marts: Marts) -> None:
    frame = units(80, [60] * 40 + [120] * 39 + [121], metric="average_resolution_time", shape="seconds")
    prepare(marts, frame, {"own.two": ["a"] * 40 + ["b"] * 40})
    row = segment_rows(marts.con, marts.settings)[0]
    assert (row["ratio"], row["rest"], row["interval"]) == (60, 120.025, None)


def test_no_units_no_rows(marts: Marts) -> None:
    prepare(marts, units(0, []), {})
    assert segment_rows(marts.con, marts.settings) == []


def test_without_an_effect_few_runs_find_one(marts: Marts) -> None:
    chance, hits = np.random.default_rng(11), 0
    for _ in range(25):
        segments = {f"own.s{n}": chance.choice(["a", "b", "c"], 300) for n in range(4)}
        prepare(marts, units(300, chance.integers(0, 2, 300)), segments)
        hits += any(row["is_significant"] for row in segment_rows(marts.con, marts.settings))
        marts.con.execute("drop table metric_units")
    # Nominal: 1 run of 25 with any finding; uncorrected it would be 10.
    assert hits <= 4


def test_a_small_group_in_which_a_rare_thing_never_happened_is_no_certainty(marts: Marts) -> None:
    happened = [0] * 40 + [1] * 28 + [0] * 332
    prepare(marts, units(400, happened), {"own.s": ["few"] * 40 + ["many"] * 360})
    few = next(row for row in segment_rows(marts.con, marts.settings) if row["value"] == "few")
    assert few["ratio"] == 0
    # 3 of 40 were to be expected: its own spread is nothing, and would say p < 1e-6.
    assert few["p"] > 0.05
