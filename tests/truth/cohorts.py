"""Who came back when: cohorts and brackets of chatters and buyers, from the truth."""

from __future__ import annotations

import pandas as pd

from truth.outcomes import outcomes_of, persons
from truth.rates import CRMS, local_date
from truth.shop import DAY, Told, cutoffs, matched

BRACKETS = ((1, 7), (8, 30), (31, 90))
LAST_INDEX = {"day": 90, "week": 52, "month": 24}
HORIZON = {"day": 90, "week": 26, "month": 12}


def days_of(told: Told) -> dict[str, pd.DataFrame]:
    """Per kind: person and day, once each, of those whose first one is known to be the first: not of buyers of whom
    the shop's record tells more orders than the data hold."""
    chats, ends = matched(told), outcomes_of(told)
    talked = chats["is_engaged"] & ~chats["is_test"] & ends["person"].notna()
    chat_days = pd.DataFrame({"person": ends["person"], "day": local_date(ends["started_at"])})[talked]
    orders = told.truth("orders").assign(person=persons(told).orders)
    bought = orders["is_counted"] & orders["person"].notna() & ~orders["person"].isin(earlier_buyers(told))
    buy_days = pd.DataFrame({"person": orders["person"], "day": local_date(orders["ordered_at"])})[bought]
    return {
        "return_to_chat": chat_days.drop_duplicates(),
        "repeat_purchase": buy_days.drop_duplicates(),
    }


def earlier_buyers(told: Told) -> set[str]:
    records = told.truth("shop_customers")
    told_orders = records.groupby(persons(told).buyers)["orders"].max()
    seen = persons(told).orders.value_counts()
    return {person for person, orders in told_orders.items() if orders > seen.get(person, 0)}


def last_day(told: Told, kind: str) -> pd.Timestamp:
    """The last day that has passed in every source that is read."""
    chat = kind == "return_to_chat"
    reach = min(
        at for (source, _), at in cutoffs(told).items()
        if (source not in ("ga4", "shopify", *CRMS) if chat else source == "shopify")
    )  # fmt: skip
    return local_date(pd.Series([reach]))[0] - DAY


def brackets_of(told: Told) -> pd.DataFrame:
    """Per kind, first and last day of a bracket: cohort_size, eligible and active persons, over all cohorts."""
    rows = []
    for kind, days in days_of(told).items():
        first = days.groupby("person")["day"].min()
        since = days.assign(passed=(days["day"] - days["person"].map(first)).dt.days)
        for begin, end in BRACKETS:
            eligible = first.index[first + end * DAY <= last_day(told, kind)]
            back = set(since.loc[since["passed"].between(begin, end), "person"])
            rows.append((kind, begin, end, len(first), len(eligible), len(back & set(eligible))))
    columns = ["kind", "first_day", "last_day", "cohort_size", "eligible", "active"]
    return pd.DataFrame(rows, columns=columns).set_index(columns[:3])


def cohorts_of(told: Told, grain: str) -> pd.DataFrame:
    """Per kind, cohort_start and period_index with anybody: active persons, and those of it or later up to the horizon."""
    frequency = {"day": "D", "week": "W-SUN", "month": "M"}[grain]
    parts = []
    for kind, days in days_of(told).items():
        period = days["day"].dt.to_period(frequency)
        first = period.groupby(days["person"]).transform("min")
        index = (period.astype("int64") - first.astype("int64")).rename("period_index")
        rows = pd.DataFrame(
            {
                "kind": kind,
                "cohort_start": first.dt.start_time,
                "period_index": index,
                "person": days["person"],
            }
        )
        rows = rows.drop_duplicates()
        active = rows.groupby(["kind", "cohort_start", "period_index"])["person"].nunique().rename("active")
        within = rows[rows["period_index"] <= HORIZON[grain]]
        furthest = within.groupby(["kind", "cohort_start", "person"])["period_index"].max().reset_index()
        later = [
            (furthest.loc[(furthest["cohort_start"] == start) & (furthest["period_index"] >= n)].shape[0])
            if n <= HORIZON[grain] else None
            for _, start, n in active.index
        ]  # fmt: skip
        parts.append(active.to_frame().assign(active_or_after=later))
    return pd.concat(parts)
