"""Chatbot-influenced retention of a demo shop of 400 days against the same counted in plain Python from its truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from handmade_marts import Marts
from statsmodels.api import Logit, add_constant
from statsmodels.stats.proportion import confint_proportions_2indep
from truth.influence import buyers_of, fill, landmark_of, survival_of
from truth.shop import Told, told_of

from chat_pipeline.analytics import retention_influence
from chat_pipeline.analytics._units import ensure_units

TABLES = ("retention_influence_survival", "retention_landmark")
NUMBERS = ("known_days", "web_sessions", "view_sessions", "cart_sessions")
FEWEST = 10

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    from chat_pipeline.demo import generate

    root = tmp_path_factory.mktemp("long")
    generate(root, conversations=1200, days=400)
    return told_of(root)


@pytest.fixture(scope="module")
def tables(told: Told) -> dict[str, pd.DataFrame]:
    """The tables of retention; a hundred pairs is more than so small a shop has."""
    marts = Marts()
    fill(marts, told)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention_influence, "FEWEST_PAIRS", FEWEST)
        patch.setattr(retention_influence, "LARGEST_DIFFERENCE", 1)
        for name in TABLES:
            marts.build(name)
    marts.build("conversation_outcomes")
    ensure_units(marts.con, marts.settings)
    names = ["retention_influence", "retention_influence_customers", "retention_influence_balance", *TABLES]
    found = {name: marts.con.execute(f"select * from analytics.{name}").df() for name in names}
    return found | {"metric_units": marts.con.execute("select * from metric_units").df()}


@pytest.fixture(scope="module")
def buyers(told: Told) -> pd.DataFrame:
    return buyers_of(told)


def test_each_buyer(tables: dict[str, pd.DataFrame], buyers: pd.DataFrame) -> None:
    found = tables["retention_influence_customers"].set_index("customer_key")
    assert set(found.index) == set(buyers.index)
    for column in buyers:
        mine, theirs = buyers[column].astype(object), found[column].reindex(buyers.index).astype(object)
        wrong = ~((mine == theirs) | (mine.isna() & theirs.isna()))
        assert not wrong.any(), pd.DataFrame({column: mine, "found": theirs})[wrong].head(10).to_string()
    assert buyers["state"].value_counts()[["compared", "pending", "before_chat", "older_chat"]].min() > 1


def test_as_counted(tables: dict[str, pd.DataFrame], buyers: pd.DataFrame) -> None:
    raw = tables["retention_influence"].set_index("comparison").loc["raw"]
    compared = buyers[buyers["state"] == "compared"]
    backs = compared.groupby("group_name")["has_returned"].agg(["sum", "count"])
    (k, n), (k2, n2) = (backs.loc[name] for name in ("chat", "no_chat"))
    assert min(k, k2, n - k, n2 - k2) > 1
    found = raw[["chat_returned", "chat_customers", "no_chat_returned", "no_chat_customers"]]
    assert list(found) == [k, n, k2, n2]
    assert raw["difference"] == pytest.approx(k / n - k2 / n2)
    low, high = confint_proportions_2indep(k, n, k2, n2, method="newcomb")
    assert (raw["interval_low"], raw["interval_high"]) == pytest.approx((low, high))
    states = buyers["state"].value_counts()
    assert raw["pending"] == states["pending"]
    assert raw["excluded"] == len(buyers) - states["pending"] - states["compared"]


def test_the_metric_is_that_of_the_buyers_with_a_chat(
    tables: dict[str, pd.DataFrame], buyers: pd.DataFrame
) -> None:
    rows = tables["metric_units"].query("metric == 'chatbot_influenced_retention'")
    chat = buyers[(buyers["state"] == "compared") & (buyers["group_name"] == "chat")]
    assert [rows["numerator"].sum(), rows["denominator"].sum()] == [chat["has_returned"].sum(), len(chat)]


def features_of(compared: pd.DataFrame) -> pd.DataFrame:
    counts = np.log1p(compared[list(NUMBERS)].astype(float))
    names = pd.get_dummies(compared[["medium", "device", "country"]], prefix_sep=": ", dtype=float)
    return counts.join(names)


def test_balance_of_the_pairs(tables: dict[str, pd.DataFrame], buyers: pd.DataFrame) -> None:
    """Difference of means over the root of the groups' mean variance (Austin 2009)."""
    customers = tables["retention_influence_customers"].set_index("customer_key")
    compared = buyers[buyers["state"] == "compared"]
    pairs = customers["pair_number"].reindex(compared.index)
    features, chat = features_of(compared), compared["group_name"] == "chat"
    balance = tables["retention_influence_balance"].set_index("feature")
    checked = 0
    for name in features.columns.intersection(balance.index):
        values = features[name]
        spread = np.sqrt((values[chat].var(ddof=0) + values[~chat].var(ddof=0)) / 2)
        for column, kept in (("difference_before", chat | ~chat), ("difference_after", pairs.notna())):
            mine = (values[chat & kept].mean() - values[~chat & kept].mean()) / spread if spread else 0
            assert balance.loc[name, column] == pytest.approx(mine, abs=1e-9), (name, column)
        checked += spread > 0
    assert checked > 6


def test_pairs_are_alike_and_their_result_holds_that_of_another_matching(
    tables: dict[str, pd.DataFrame], buyers: pd.DataFrame
) -> None:
    """Another fit (statsmodels, no penalty to speak of) and a plain greedy search: near, and within the interval."""
    customers = tables["retention_influence_customers"].set_index("customer_key")
    paired = customers[customers["pair_number"].notna()]
    groups = paired.groupby("pair_number")
    assert (groups["group_name"].nunique() == 2).all()
    assert (groups["first_month"].nunique() == 1).all()
    caliper = 0.2 * customers.loc[customers["state"] == "compared", "propensity_logit"].std(ddof=0)
    assert (groups["propensity_logit"].agg(np.ptp) <= caliper).all()
    row = tables["retention_influence"].set_index("comparison").loc["matched"]
    backs = paired.groupby("group_name")["has_returned"].sum()
    assert [row["chat_customers"], row["chat_returned"], row["no_chat_returned"]] == [
        len(groups),
        backs["chat"],
        backs["no_chat"],
    ]
    pairs = other_pairs(buyers[buyers["state"] == "compared"])
    assert len(pairs) == pytest.approx(len(groups), rel=0.25)
    back = buyers["has_returned"].astype(int)
    difference = np.mean([back[chat] - back[other] for chat, other in pairs])
    assert row["interval_low"] <= difference <= row["interval_high"]


def other_pairs(compared: pd.DataFrame) -> list[tuple[str, str]]:
    chat = compared["group_name"] == "chat"
    month = compared["first_date"].dt.to_period("M")
    features = features_of(compared).join(pd.get_dummies(month.astype(str), dtype=float))
    scaled = ((features - features.mean()) / features.std(ddof=0)).loc[:, features.std() > 0]
    fit = Logit(chat.astype(float), add_constant(scaled)).fit_regularized(alpha=0.5, disp=False)
    logit = pd.Series(np.log(fit.predict() / (1 - fit.predict())), compared.index)
    free, pairs = set(compared.index[~chat]), []
    for taker in compared.index[chat]:
        near = {
            other: abs(logit[other] - logit[taker]) for other in sorted(free) if month[other] == month[taker]
        }
        if near and min(near.values()) <= 0.2 * logit.std(ddof=0):
            partner = min(near, key=lambda other: near[other])
            free.discard(partner)
            pairs.append((taker, partner))
    return pairs


def test_survival_of_the_pairs(tables: dict[str, pd.DataFrame], buyers: pd.DataFrame) -> None:
    customers = tables["retention_influence_customers"].set_index("customer_key")
    curves = tables["retention_influence_survival"].set_index(["group_name", "day"])["survival"]
    for group in ("chat", "no_chat"):
        own = buyers.loc[customers.index[customers["pair_number"].notna()]].query(f"group_name == '{group}'")
        horizon = own["observed_days"].clip(upper=180)
        back = own["days_to_second"].astype(float) <= horizon
        days = own["days_to_second"].astype(float).where(back, horizon).astype(int)
        assert curves[group].to_numpy() == pytest.approx(survival_of(list(days), list(back)))


def test_landmark(tables: dict[str, pd.DataFrame], told: Told) -> None:
    expected = landmark_of(told)
    found = tables["retention_landmark"].set_index("group_name")
    assert (expected > 0).all(axis=None)
    assert found.loc[expected.index, expected.columns].astype(int).equals(expected.astype(int))
