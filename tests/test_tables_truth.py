"""Orders, web sessions, hours of the week and retention of the demo shop against the same counted from its truth.

As `test_metrics_truth.py`, for the tables beside `metrics`.
"""

from __future__ import annotations

import pandas as pd
import pytest
from truth.cohorts import LAST_INDEX, brackets_of, cohorts_of
from truth.outcomes import outcomes_of
from truth.rates import cells_of, local_date
from truth.sales import attribution_of, conversion_of, conversion_units
from truth.shop import CELL, COUNTS, DAY, ZONE, Told, assert_same, matched, told_of

from chat_pipeline.home import Home


@pytest.fixture(scope="module", params=["small", pytest.param("larger", marks=pytest.mark.long)])
def told(request: pytest.FixtureRequest) -> Told:
    is_larger = request.param == "larger"
    home: Home = request.getfixturevalue("larger_demo_once" if is_larger else "demo_home_once")
    return told_of(home.root)


def test_order_attribution(told: Told) -> None:
    expected = attribution_of(told)
    expected["conversation_key"] = expected["row"].map(matched(told)["conversation_key"])
    found = told.published(
        "select o.order_id, a.* from analytics.order_attribution as a join marts.fct_orders as o using (order_key)"
    ).set_index("order_id")
    assert {"led", "assisted", "none"} <= set(expected["tier"])
    assert_same(expected, found, ["state", "tier", "tier_1d", "tier_30d", "conversation_key"])


def test_web_sessions_with_a_chat_and_without(told: Told) -> None:
    expected = conversion_of(told)
    columns = list(expected.columns)
    sums = ", ".join(f"sum({column}) as {column}" for column in columns)
    found = told.published(
        f"select has_chat, {sums} from analytics.web_conversion where grain = 'month' and dimension = 'all' group by all"
    ).set_index("has_chat")
    assert (expected[["converted", "cart_sessions", "abandoned"]] > 0).all(axis=None)
    assert_same(expected.astype(float), found.astype(float), columns)


@pytest.mark.parametrize("dimension", ["all", "acquisition"])
def test_metrics_of_web_sessions_with_a_chat_and_without(told: Told, dimension: str) -> None:
    published = told.published(
        f"select grain, {', '.join([*CELL, *COUNTS])} from analytics.metrics where dimension = '{dimension}'"
        " and (metric like 'conversion%' and metric not like '%rate%' or metric like 'cart_abandonment%')"
    )
    for grain in ("day", "week", "month"):
        expected = cells_of(conversion_units(told), grain, dimension)
        assert expected["numerator"].gt(0).groupby("metric").any().sum() == 6
        found = published[published["grain"] == grain].set_index(CELL)[COUNTS].fillna(0)
        found = found[found.index.isin(expected.index) | found.any(axis=1)]
        assert_same(expected, found, COUNTS)


@pytest.mark.parametrize("dimension", ["all", "platform", "instance", "channel"])
def test_hours_of_the_week(told: Told, dimension: str) -> None:
    """The last 13 whole weeks, by the shop's clock."""
    chats, ends = matched(told), outcomes_of(told)
    local = ends["started_at"].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.tz_localize(None)
    until = told.published("select max(cutoff_at) as at from marts.publication")["at"]
    monday = local_date(until).dt.to_period("W-SUN").dt.start_time[0]
    rows = pd.DataFrame(
        {
            "weekday": local.dt.isocalendar().day.astype(int),
            "hour": local.dt.hour,
            "dimension_value": {
                "all": "all",
                "platform": chats["platform"],
                "instance": chats["platform"] + "/" + chats["instance"],
                "channel": chats["channel_m"].fillna("unknown"),
            }[dimension],
            "conversations": 1,
            "engaged": chats["is_engaged"].astype(int),
            "escalated": (ends["outcome"] == "escalated").astype(int),
        }
    )[~chats["is_test"] & (local < monday) & (local >= monday - 91 * DAY)]
    key = ["dimension_value", "weekday", "hour"]
    expected = rows.groupby(key).sum()
    found = told.published(
        f"select * from analytics.hour_of_week where dimension = '{dimension}' and conversations > 0"
    ).set_index(key)
    assert expected["escalated"].sum() > 5
    assert_same(expected, found, ["conversations", "engaged", "escalated"])


@pytest.mark.parametrize("grain", list(LAST_INDEX))
def test_retention_cohorts(told: Told, grain: str) -> None:
    expected = cohorts_of(told, grain)
    expected = expected[expected.index.get_level_values("period_index") <= LAST_INDEX[grain]]
    found = told.published(
        f"select * from analytics.retention_cohorts where grain = '{grain}' and active > 0"
    )
    found = found.set_index(["kind", "cohort_start", "period_index"])
    assert_same(expected, found, ["active", "active_or_after"])
    # Index 0 is the cohort itself.
    first = found[found.index.get_level_values("period_index") == 0]
    assert (first["active"] == first["cohort_size"]).all()


def test_retention_brackets(told: Told) -> None:
    expected = brackets_of(told)
    for grain in LAST_INDEX:
        found = told.published(
            "select kind, first_day, last_day, sum(cohort_size) as cohort_size, sum(eligible) as eligible,"
            f" sum(active) as active from analytics.retention_brackets where grain = '{grain}' group by all"
        ).set_index(["kind", "first_day", "last_day"])
        assert_same(expected, found, ["cohort_size", "eligible", "active"])
    assert expected["active"].sum() > 10
