"""Every published number of the demo shop against the same worked out in plain Python from its truth (`truth/`).

Counts are compared for equality. Persons are the truth's where identity is whole (`truth/persons.py`); seconds may
be off by what an export rounds away.
"""

from __future__ import annotations

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint
from truth.funnels import FUNNELS, followed
from truth.groups import conversation_segments_of
from truth.outcomes import outcomes_of, persons
from truth.rates import COST, DIMENSIONS, cells_of, units_of
from truth.shop import CELL, COUNTS, Told, assert_equal, assert_same, matched, told_of
from truth.trials import exposed, measured

from chat_pipeline.home import Home
from chat_pipeline.settings import load_settings

SECONDS = (
    *("average_resolution_time", "average_resolution_time_lower_bound", "average_resolution_business_time"),
    *(
        "conversation_duration",
        "first_response_time",
        "escalation_close_time",
        "escalation_close_business_time",
    ),
)


@pytest.fixture(scope="module", params=["small", pytest.param("larger", marks=pytest.mark.long)])
def told(request: pytest.FixtureRequest) -> Told:
    is_larger = request.param == "larger"
    home: Home = request.getfixturevalue("larger_demo_once" if is_larger else "demo_home_once")
    return told_of(home.root)


@pytest.fixture(scope="module")
def chats(told: Told) -> pd.DataFrame:
    """Conversations of the truth beside those of the marts and their outcomes (`_o`)."""
    outcomes = told.published("select * from analytics.conversation_outcomes").set_index("conversation_key")
    return matched(told).join(outcomes.add_suffix("_o"), on="conversation_key")


def test_most_persons_are_whole(told: Told) -> None:
    assert persons(told).whole > 0.8


@pytest.mark.parametrize("column", ["state", "outcome", "reason", "is_assisted"])
def test_outcome_of_each_conversation(told: Told, chats: pd.DataFrame, column: str) -> None:
    assert_equal(chats, outcomes_of(told)[column], f"{column}_o")


def test_all_outcomes_and_most_reasons_happen(told: Told) -> None:
    ends = outcomes_of(told)
    assert set(ends["outcome"].dropna()) == {
        "escalated",
        "resolved_confirmed",
        "resolved_assumed",
        "unresolved",
    }
    assert {"negative", "returned", "other", "abandoned_fallback", "abandoned_question"} <= set(
        ends["reason"]
    )


def test_returns_fallbacks_and_seconds_of_each_conversation(told: Told, chats: pd.DataFrame) -> None:
    ends = outcomes_of(told)
    judged = ends["state"] == "judged"
    known = judged & ends["person"].notna()
    assert_equal(chats[known], ends["returned_24h"], "returned_24h_o")
    later = ends["is_durable_mature"] & ends["person"].notna()
    assert_equal(chats[later], ends["returned_7d"], "returned_7d_o")
    assert_equal(chats[judged], ends["has_ending_fallback"], "has_ending_fallback_o")
    late = (ends["resolution_seconds"] - chats["resolution_seconds_o"]).abs()
    assert (late.isna() == ends["resolution_seconds"].isna()).all()
    assert late.max() <= 1
    assert late.notna().sum() > 100


@pytest.mark.parametrize("dimension", ["all", *DIMENSIONS])
def test_metrics(told: Told, dimension: str) -> None:
    published = told.published(
        f"select grain, {', '.join([*CELL, *COUNTS])} from analytics.metrics where dimension = '{dimension}'"
    )
    for grain in ("day", "week", "month"):
        expected = cells_of(units_of(told), grain, dimension)
        assert expected["numerator"].gt(0).groupby("metric").any().mean() > 0.9
        found = published[published["grain"] == grain].set_index(CELL)[COUNTS].fillna(0)
        # A cell without units is 0 here and there; a metric that is not recomputed isn't compared.
        found = found[found.index.isin(expected.index) | found.any(axis=1)]
        found = found[found.index.isin(expected.index.levels[0], level="metric")]
        timed = expected.index.isin(SECONDS, level="metric")
        sums = expected["numerator"].where(timed, 0) - found["numerator"].reindex(expected.index).where(
            timed, 0
        )
        assert (sums.abs() <= expected["denominator"].where(timed, 0)).all()
        expected.loc[timed, "numerator"] = found["numerator"].reindex(expected.index)[timed]
        assert_same(expected, found, COUNTS)


def test_values_and_intervals_of_shares(told: Told) -> None:
    """Wilson on n / deff, deff by person: recomputed with statsmodels."""
    found = told.published(
        "select * from analytics.metrics where dimension = 'all' and grain = 'month' and denominator > 0"
    ).set_index(["metric", "period_start"])
    rows = units_of(told)[lambda units: units["denominator"] > 0]
    rows = rows[
        ~rows["metric"].isin([*SECONDS, "csat_mean", COST]) & ~rows["metric"].str.contains("_by_person:")
    ]
    rows = rows.assign(period_start=rows["date"].dt.to_period("M").dt.start_time)
    checked = 0
    for key, units in rows.groupby(["metric", "period_start"]):
        row = found.loc[key]
        x, m = units.groupby("person")[["numerator", "denominator"]].sum().to_numpy().T
        if m.sum() < 10 and key[0].startswith("csat") and "response" not in key[0]:
            assert pd.isna(row["value"])
            continue
        rate = x.sum() / m.sum()
        spread = ((x - rate * m) ** 2).sum()
        alike = (
            len(m)
            if rate in (0, 1) or len(m) == 1
            else m.sum() / max(1, spread / (m.sum() * rate * (1 - rate)))
        )
        low, high = proportion_confint(rate * alike, alike, method="wilson")
        assert row["value"] == pytest.approx(rate), key
        assert row["interval_low"] == pytest.approx(min(low, rate), abs=1e-9), key
        assert row["interval_high"] == pytest.approx(max(high, rate), abs=1e-9), key
        checked += 1
    assert checked > 40


def test_percentiles_of_times(told: Told) -> None:
    found = told.published("select * from analytics.metrics where dimension = 'all' and grain = 'month'")
    found = found.set_index(["metric", "period_start"])["value"]
    rows = units_of(told)[lambda units: units["metric"].isin(SECONDS) & (units["denominator"] > 0)]
    for (metric, month), units in rows.groupby(["metric", rows["date"].dt.to_period("M").dt.start_time]):
        for name, share in (("median", 0.5), ("p90", 0.9)):
            expected = units["numerator"].quantile(share)
            assert found[(f"{metric}_{name}", month)] == pytest.approx(expected, abs=1.01)
        assert found[(metric, month)] == pytest.approx(units["numerator"].mean(), abs=1.01)


def published_segments(told: Told) -> pd.DataFrame:
    found = told.published("select conversation_key, attribute, value from analytics.conversation_segments")
    found = found.pivot(index="conversation_key", columns="attribute", values="value")
    return found.loc[matched(told)["conversation_key"]].set_axis(matched(told).index)


def test_segments_at_the_start_of_each_conversation(told: Told) -> None:
    expected = conversation_segments_of(told)
    found = published_segments(told).loc[expected.index]
    assert set(expected["status"]) == {"prospect", "lapsed", "high-value", "repeat", "first-time"}
    assert_same(expected, found, list(expected.columns))


def test_demographics_are_those_of_the_person(told: Told, chats: pd.DataFrame) -> None:
    """What is known is right; what of a person no export tells is unknown."""
    by_truth = persons(told).chats.fillna("").str.startswith("true")
    people = told.truth("people").set_index("person_id").loc[chats["person_id"]].set_axis(chats.index)
    found = published_segments(told)
    for attribute in ("country", "city", "gender"):
        known = by_truth & (found[attribute] != "unknown")
        assert known.sum() > 20
        assert_equal(chats[known].assign(found=found[attribute]), people[attribute], "found")


@pytest.mark.parametrize("funnel", list(FUNNELS))
def test_funnels(told: Told, funnel: str) -> None:
    expected = followed(told, funnel)
    steps = range(1, len(FUNNELS[funnel][1]) + 1)
    found = told.published(
        "select step, sum(entered) as entered, sum(dropped) as dropped, sum(open) as open from analytics.funnel_steps"
        f" where funnel = '{funnel}' and dimension = 'all' and grain = 'month' group by step"
    ).set_index("step")
    entries = told.published(
        "select entry_key, any_value(unit_key) as unit_key, any_value(epoch(entered_at)) as second,"
        " any_value(state) as state, any_value(last_step) as last_step, list(step order by step) as reached"
        f" from analytics.funnel_entries where funnel = '{funnel}' and state in ('open', 'dropped', 'converted')"
        " group by entry_key"
    )
    key = ["second", "state", "last_step", "reached"]
    mine = expected.assign(reached=expected["reached"].map(lambda reached: tuple(sorted(reached))))
    if FUNNELS[funnel][0] == "conversation":
        key = ["unit_key", *key]
        mine["unit_key"] = mine["unit"].map(matched(told)["conversation_key"])
    theirs = entries.assign(reached=entries["reached"].map(tuple))
    assert sorted(mine[key].itertuples(index=False)) == sorted(theirs[key].itertuples(index=False))
    # `entered` counts matured entries alone.
    for column, rows in (("entered", mine[mine["state"] != "open"]), ("open", mine[mine["state"] == "open"])):
        counted = {
            step: int(rows["reached"].map(lambda reached, s=step: s in reached).sum()) for step in steps
        }
        assert counted[1] > counted[max(steps)]
        assert found[column].to_dict() == counted


@pytest.mark.parametrize("name", ["new_greeting", "guided_tracking"])
def test_experiments(told: Told, name: str) -> None:
    experiment = load_settings(told.home.settings_file).experiments[name]
    units = exposed(told, name, experiment.from_date, experiment.to)
    arms = told.published(f"select * from analytics.experiment_arms where experiment = '{name}'").set_index(
        "arm"
    )
    assert units["arm"].value_counts().to_dict() == arms["units"].to_dict()
    crossed = units[units["arms_met"] > 1]["arm"].value_counts()
    assert crossed.reindex(arms.index, fill_value=0).to_dict() == arms["crossovers"].to_dict()
    expected = measured(told, units, experiment.to)
    results = told.published(f"select * from analytics.experiment_results where experiment = '{name}'")
    compared = 0
    for row in results.to_dict("records"):
        if row["metric"] not in expected.index.levels[0] or row["test"] == "welch":
            continue
        for arm, prefix in ((row["baseline_arm"], "baseline_"), (row["arm"], "")):
            mine = expected.reindex([(row["metric"], arm)]).fillna(0).iloc[0]
            theirs = [row[prefix + column] for column in ("denominator", "units")]
            assert [mine["denominator"], mine["units"]] == theirs, (row["metric"], arm)
            slack = mine["denominator"] if row["metric"] in SECONDS else 0
            assert abs(mine["numerator"] - row[prefix + "numerator"]) <= slack, (row["metric"], arm)
            compared += 1
    assert compared > 30


def test_the_true_effect_lies_in_the_interval(told: Told) -> None:
    true = told.truth("experiments").set_index("arm")["true_difference"]["guided"]
    row = told.published(
        "select * from analytics.experiment_results where experiment = 'guided_tracking' and is_primary"
    ).iloc[0]
    assert row["interval_low"] <= true <= row["interval_high"]
