"""Shops without any effect, simulated: findings are false as often as settings put up with, and not more often."""

from __future__ import annotations

import pandas as pd
import pytest
from handmade_marts import Marts
from simulated_shop import Shop, conversations

from chat_pipeline.analytics.insights import _kinds, insight_rows
from chat_pipeline.analytics.insights._chosen import corrected
from chat_pipeline.analytics.insights._compared import Compared, make_units
from chat_pipeline.analytics.insights.kinds import volume_out_of_range

# What the longest comparison needs: 12 weeks, 30 days until an order is missed, and the weeks in a row.
GROWN = 7 * 19


def findings(shop: Shop, night: int) -> list[dict[str, object]]:
    shop.until(night)
    return insight_rows(shop.con, shop.marts.settings)


def grown(seed: int, nights: int, per_day: int = 30) -> Shop:
    return Shop(Marts(), conversations(seed, GROWN + nights, per_day, persons=1500))


def shares(seeds: range, nights: range) -> float:
    """Share of the nights with any finding."""
    hits = looks = 0
    for seed in seeds:
        shop = grown(seed, nights.stop)
        for night in nights:
            hits += bool(findings(shop, GROWN + night))
            looks += 1
    return hits / looks


def test_every_kind_of_test_is_made_in_the_simulated_shop() -> None:
    shop = grown(1, 1)
    shop.until(GROWN)
    make_units(shop.con, shop.marts.settings, _kinds.tested_kinds().values())
    tests = corrected(Compared(shop.con, shop.marts.settings, _kinds.tested_kinds()).run(0))
    assert {test.kind for test, _ in tests} == set(_kinds.tested_kinds())
    assert len(tests) > 150
    # Without the correction every night would have something to tell.
    assert sum(test.p < 0.05 for test, _ in tests) >= 3


def test_ten_nights_without_an_effect() -> None:
    assert shares(range(2, 3), range(10)) == 0


def test_200_nights_of_volumes_that_differ_by_chance() -> None:
    """A flag alone is no finding: one day in some hundred has one."""
    shop = grown(40, 200, per_day=5)
    flags = {flag for (flag,) in shop.con.execute("select distinct flag from volumes").fetchall()}
    assert "high" in flags
    hits = 0
    for night in range(GROWN, GROWN + 200):
        shop.until(night)
        hits += bool(volume_out_of_range.findings(shop.con, shop.marts.settings))
    assert hits <= 0.05 * 200


@pytest.mark.long
def test_200_nights_without_an_effect() -> None:
    # Nights of a week tell nearly the same, so that one shop's 200 are not many: several shops beside.
    assert shares(range(10, 11), range(200)) <= 0.1
    assert shares(range(20, 26), range(0, 200, 7)) <= 0.05


def worse_from(frame: pd.DataFrame, day: int) -> pd.DataFrame:
    """From a day on nine in ten on mobile devices in need of an answer get none."""
    hit = (frame["day"] >= day) & (frame["technology.device"] == "mobile") & (frame["cluster"].str[-1] != "0")
    return frame.assign(resolution_rate=frame["resolution_rate"].where(~hit, 0))


def test_an_effect_is_found_and_nothing_else() -> None:
    frame = worse_from(conversations(30, GROWN + 14, 40, persons=1500), GROWN - 7)
    shop = Shop(Marts(), frame)
    assert [row["kind"] for row in findings(shop, GROWN - 15)] == []
    found = findings(shop, GROWN + 13)
    assert {(row["kind"], row["metric"], row["value"]) for row in found} == {
        ("segment_worse", "resolution_rate", "mobile"),
        ("metric_change", "resolution_rate", "all"),
    }
    assert all(row["weeks_in_a_row"] for row in found)
