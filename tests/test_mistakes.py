"""Mistakes that others make with these numbers: the naive version gives another number on the demo shop.

What is published equals the truth (`test_metrics_truth.py`); here each mistake is made on the same data, so that a
model that made it could not pass there. Hand-made cases of each lie beside the tables' own tests, named below.
A device's last login that takes its history needs a shared tablet with logins, which a small shop may lack: made by hand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import duckdb
import pandas as pd
import pytest
from test_identity import customers, record, solve
from truth.cohorts import days_of
from truth.funnels import followed
from truth.outcomes import outcomes_of
from truth.shop import Told, matched, told_of
from truth.talk import talks_of

from chat_pipeline.analytics._segment_steps import rfm_map
from chat_pipeline.home import Home, project_folder

YEARS = 10 * 365 * 86_400


@pytest.fixture(scope="module")
def told(demo_home_once: Home) -> Told:
    return told_of(demo_home_once.root)


def one(told: Told, query: str) -> float:
    return told.published(query).iloc[0, 0]


def funnel(told: Told, column: str) -> float:
    return one(
        told,
        f"select sum({column}) from analytics.funnel_steps where funnel = 'product_inquiry'"
        " and dimension = 'all' and grain = 'month' and step = 1",
    )


def metric(told: Told, name: str, column: str) -> float:
    return one(
        told,
        f"select sum({column}) from analytics.metrics where metric = '{name}' and dimension = 'all' and grain = 'month'",
    )


def cohort_without_its_first_action(told: Told) -> tuple[object, object]:
    """Joined to later purchases alone, a cohort is who came back. (test_every_cohort_holds_its_first_action)"""
    counts = days_of(told)["repeat_purchase"]["person"].value_counts()
    published = one(
        told,
        "select sum(active) from analytics.retention_cohorts"
        " where kind = 'repeat_purchase' and grain = 'month' and period_index = 0",
    )
    return (counts > 1).sum(), published


def funnel_without_window(told: Told) -> tuple[object, object]:
    """An order weeks later converts. (test_a_funnel_has_a_window_and_is_not_cut_by_the_date)"""
    naive = followed(told, "purchase", window=YEARS)
    return (naive["last_step"] > 1).sum(), (followed(told, "purchase")["last_step"] > 1).sum()


def funnel_by_date(told: Told) -> tuple[object, object]:
    """All of a day is in order: also the cart before the question. (the same test)"""
    naive = followed(told, "purchase", by_date=True)
    return (naive["last_step"] > 1).sum(), (followed(told, "purchase")["last_step"] > 1).sum()


def escalation_above_1(told: Told) -> tuple[object, object]:
    """Counting signals of a hand-over instead of conversations. (test_a_hand_over_of_any_kind_is_escalated...)"""
    ends = outcomes_of(told)
    escalated = ends.index[(ends["outcome"] == "escalated") & ~matched(told)["is_test"]]
    said = [message.name for row in escalated for message in talks_of(told)[row]]
    signals = sum(name in ("human_handoff", "utter_handoff") for name in said)
    return signals, metric(told, "escalation_rate", "numerator")


def immature_windows_as_drop_off(told: Told) -> tuple[object, object]:
    """Who still has time is called lost. (test_young_entries_leave_the_rates_with_their_successes)"""
    entries = followed(told, "product_inquiry")
    return (entries["last_step"] == 1).sum(), funnel(told, "dropped")


def only_successes_of_immature_windows(told: Told) -> tuple[object, object]:
    """Young successes count, young failures don't yet. (test_young_successes_wait_with_the_failures)"""
    ends, chats = outcomes_of(told), matched(told)
    reached = (
        ends["order_at"].notna()
        | ends["order_tracking_at"].notna()
        | (ends["outcome"] == "resolved_confirmed")
    )
    return (reached & chats["is_engaged"] & ~chats["is_test"]).sum(), metric(
        told, "conversation_rate", "numerator"
    )


def rfm_map_with_holes(told: Told) -> tuple[object, object]:
    """Names by ranges of scores, as they are often copied: who fits none has none. (test_the_rfm_map_has_every_cell_once)"""
    # Recency from, to, frequency from, to.
    ranges = {
        "champions": (4, 5, 4, 5),
        "loyal customers": (3, 5, 3, 5),
        "new customers": (4, 5, 1, 1),
        "at risk": (1, 2, 3, 5),
        "hibernating": (1, 2, 1, 2),
    }
    scores = told.published(
        "select customer_key, attribute, value from analytics.segments"
        " where attribute in ('rfm_recency', 'rfm_frequency') and value <> 'none'"
    ).pivot(index="customer_key", columns="attribute", values="value")
    named = [
        any(r0 <= int(r) <= r1 and f0 <= int(f) <= f1 for r0, r1, f0, f1 in ranges.values())
        for r, f in zip(scores["rfm_recency"], scores["rfm_frequency"], strict=True)
    ]
    return sum(named), one(
        told, "select count(*) from analytics.segments where attribute = 'rfm_segment' and value <> 'none'"
    )


def ntile_splitting_equals(told: Told) -> tuple[object, object]:
    """Buyers with one purchase get several frequencies. (test_rfm_scores_by_mid_rank_do_not_split_equals)"""
    bought = told.published(
        "select customer_key, count(distinct ordered_date) as purchases from marts.fct_orders"
        " where is_counted and customer_key is not null and ordered_date > (select max(as_of_date)"
        " from analytics.segments) - 365 group by all"
    ).set_index("customer_key")["purchases"]
    tiles = (bought.rank(method="first") * 5 / len(bought)).map(math.ceil)
    scores = told.published(
        "select customer_key, value from analytics.segments where attribute = 'rfm_frequency'"
    )
    ours = scores.set_index("customer_key")["value"].reindex(bought.index)
    return tiles.groupby(bought).nunique().max(), ours.groupby(bought).nunique().max()


def people_short_of_day_n(told: Told) -> tuple[object, object]:
    """A rate over all who began. (test_brackets_leave_out_who_is_short_of_their_last_day)"""
    where = "kind = 'return_to_chat' and grain = 'month' and first_day = 1"
    found = told.published(
        f"select sum(active) / sum(cohort_size) as naive, sum(active) / sum(eligible) as rate"
        f" from analytics.retention_brackets where {where}"
    ).iloc[0]
    return found["naive"], found["rate"]


def revenue_over_line_rows(told: Told) -> tuple[object, object]:
    """An order counts once per line. (test_revenue_is_per_order_not_per_line)"""
    naive = one(
        told,
        "select sum(round(100 * net_amount)) from marts.fct_orders join marts.fct_order_lines using (order_key)"
        " where is_counted",
    )
    return naive, one(told, "select sum(net_cents) from analytics.order_attribution")


def events_on_their_own_day(told: Told) -> tuple[object, object]:
    """A goal counts on the day of the order. (test_an_escalation_after_midnight_counts_on_the_day_of_its_start)"""
    naive = told.published(
        "select completed_date as day, count(*) as n from marts.fct_conversation_goals"
        " where goal = 'order' and completed_at is not null group by all order by day"
    )
    published = told.published(
        "select period_start as day, numerator as n from analytics.metrics where metric = 'goal_completion_rate:order'"
        " and dimension = 'all' and grain = 'day' and numerator > 0 order by day"
    )
    return naive.astype(str).to_dict("list"), published.astype(str).to_dict("list")


def exposure_after_time_zero(told: Told) -> tuple[object, object]:
    """Who chats after the first purchase counts as won by chatting. (test_a_chat_after_time_zero_is_no_exposure)"""
    naive = one(
        told,
        "select count(*) from analytics.retention_influence_customers as r where exists (select 1 from"
        " marts.fct_conversations as c where c.person_key = r.customer_key and c.is_chat_engaged)",
    )
    return naive, one(
        told, "select count(*) from analytics.retention_influence_customers where group_name = 'chat'"
    )


def todays_segment_on_old_conversations(told: Told) -> tuple[object, object]:
    """Who bought after the chat was a buyer in it. (test_todays_segment_is_not_that_of_an_old_conversation)"""
    today = told.published(
        "select s.value from marts.fct_conversations as c join analytics.segments as s using (customer_key)"
        " where s.attribute = 'status'"
    )["value"]
    then = told.published("select value from analytics.conversation_segments where attribute = 'status'")[
        "value"
    ]
    return (today == "prospect").sum(), (then == "prospect").sum()


MISTAKES: tuple[Callable[[Told], tuple[object, object]], ...] = (
    cohort_without_its_first_action,
    funnel_without_window,
    funnel_by_date,
    escalation_above_1,
    immature_windows_as_drop_off,
    only_successes_of_immature_windows,
    rfm_map_with_holes,
    ntile_splitting_equals,
    people_short_of_day_n,
    revenue_over_line_rows,
    events_on_their_own_day,
    exposure_after_time_zero,
    todays_segment_on_old_conversations,
)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_naive_version_gives_another_number(
    told: Told, mistake: Callable[[Told], tuple[object, object]]
) -> None:
    naive, published = mistake(told)
    assert isinstance(published, dict) or not pd.isna(published)
    assert naive != published


def test_the_map_of_rfm_has_no_holes() -> None:
    assert set(rfm_map()) == {(recency, frequency) for recency in range(1, 6) for frequency in range(1, 6)}
    assert all(rfm_map().values())


def test_a_device_s_last_login_does_not_take_its_history() -> None:
    """A tablet of two: her visit, one without a login, his, one more without. By its last login all four are his."""
    logins = ["ann", None, "bob", None]
    visits = pd.DataFrame({"web_session_id": list("1234"), "user_id": logins}).assign(
        platform="ga4", instance="default", client_id="tablet"
    )
    resolved = solve(
        record("crm_person", "ann", user_id="ann"),
        record("crm_person", "bob", user_id="bob"),
        record("web_login", "tablet|ann", user_id="ann", ga_client_id="tablet"),
        record("web_login", "tablet|bob", user_id="bob", ga_client_id="tablet"),
        record("web_client", "tablet", ga_client_id="tablet"),
    )
    key = customers(resolved)
    naive = visits.groupby("client_id")["user_id"].transform("last").map(key)
    model = project_folder() / "models/intermediate/int_web_session_customers.sql"
    with duckdb.connect() as con:
        con.register("int_web_events__keyed", visits)
        con.register("int_customers__resolved", resolved)
        query = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", model.read_text(encoding="utf-8"))
        ours = con.execute(f"select * from ({query}) order by web_session_id").df()["customer_key"]
    assert list(naive) == [key["bob"]] * 4
    assert [None if pd.isna(one) else one for one in ours] == [key["ann"], None, key["bob"], None]
