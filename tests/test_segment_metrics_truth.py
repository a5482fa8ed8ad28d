"""Segments compared by metric, of the demo shop: worked out anew from its truth (`truth/`), units by segment at the start."""

from __future__ import annotations

import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from truth.groups import conversation_segments_of
from truth.rates import local_date, units_of
from truth.shop import DAY, Told, matched, told_of

from chat_pipeline.home import Home

METRICS = (
    *("conversation_volume", "conversation_rate", "csat", "average_resolution_time", "fallback_rate"),
    *("resolution_rate", "goal_completion_rate:order_tracking", "goal_completion_rate:order"),
)
KEY = ["metric", "attribute", "segment"]
WEEKS = 4


@pytest.fixture(scope="module", params=["small", pytest.param("larger", marks=pytest.mark.long)])
def told(request: pytest.FixtureRequest) -> Told:
    name = "larger_demo_once" if request.param == "larger" else "demo_home_once"
    home: Home = request.getfixturevalue(name)
    return told_of(home.root)


def last_weeks(units: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Units of a metric's last four weeks that have passed and of which nothing is pending."""
    units = units.assign(week=units["date"] - pd.to_timedelta(units["date"].dt.weekday, unit="D"))
    weight = units["numerator"].where(units["metric"] == "conversation_volume", units["denominator"])
    weeks = units.assign(weight=weight).groupby("week")[["pending", "weight"]].sum()
    done = weeks[(weeks["pending"] == 0) & (weeks["weight"] > 0) & (weeks.index + 7 * DAY <= today)]
    return units[units["week"].isin(done.index[-WEEKS:]) & (weight > 0)]


def compared(told: Told) -> pd.DataFrame:
    """numerator, denominator and rest_value by metric, attribute and segment."""
    today = local_date(told.published("select max(cutoff_at) as at from marts.publication")["at"])[0]
    segments = conversation_segments_of(told).reindex(matched(told).index).fillna("unknown")
    units = units_of(told)[lambda rows: rows["row"] >= 0]
    found = []
    for metric in METRICS:
        recent = last_weeks(units[units["metric"] == metric], today)
        for attribute in segments:
            of = recent.assign(segment=recent["row"].map(segments[attribute]))
            sums = of.groupby("segment")[["numerator", "denominator"]].sum()
            known = sums[sums.index != "unknown"]
            rest = known.sum() - sums
            sums["rest_value"] = (
                rest["numerator"] / rest["denominator"].where(rest["denominator"] > 0)
            ).where(sums.index != "unknown")
            found.append(sums.reset_index().assign(metric=metric, attribute=attribute))
    return pd.concat(found).set_index(KEY)


def test_each_segment_beside_the_rest(told: Told) -> None:
    expected = compared(told)
    found = told.published(
        "select * from analytics.segment_metrics where family in ('engagement', 'intent', 'purchase_history')"
    ).set_index(KEY)
    found = found[found.index.isin(METRICS, level="metric")]
    assert set(found.index) == set(expected.index)
    assert len(expected) > 200
    expected = expected.loc[found.index]
    assert (found["denominator"] == expected["denominator"]).all()
    # An export may round seconds away.
    slack = expected["denominator"].where(expected.index.isin(["average_resolution_time"], level="metric"), 0)
    assert ((found["numerator"] - expected["numerator"]).abs() <= slack).all()
    assert (found["rest_value"].isna() == expected["rest_value"].isna()).all()
    apart = (found["rest_value"] - expected["rest_value"]).abs()
    assert (apart.fillna(0) <= 1e-9 + slack.gt(0)).all()


def test_one_correction_over_all_tests_of_the_run(told: Told) -> None:
    found = told.published("select * from analytics.segment_metrics where p is not null")
    tests = found.assign(value=found["segment"].mask(found["is_two_valued"], ""))
    tests = tests.drop_duplicates(["metric", "family", "attribute", "value"])
    by_library = multipletests(tests["p"], method="fdr_bh")[1]
    assert len(tests) > 20
    assert tests["q"].to_numpy() == pytest.approx(by_library)
    assert (found["is_significant"] == (found["q"] <= 0.05)).all()
