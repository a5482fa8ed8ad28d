"""Segments of persons at the end of a day, from the truth: engagement, purchase history, RFM, device, origin."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from truth.cohorts import earlier_buyers
from truth.outcomes import outcomes_of, persons
from truth.rates import local_date
from truth.shop import DAY, Told, matched

# Frequency 1, 2, 3, 4-5, 6 and more; the map of `metrics.md`: recency x frequency.
FREQUENCIES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 4}
CELLS = {
    1: ("hibernating", "hibernating", "at risk", "at risk", "can't lose them"),
    2: ("hibernating", "hibernating", "at risk", "at risk", "can't lose them"),
    3: ("about to sleep", "about to sleep", "need attention", "loyal customers", "loyal customers"),
    4: ("promising", "potential loyalists", "potential loyalists", "loyal customers", "loyal customers"),
    5: ("new customers", "potential loyalists", "potential loyalists", "champions", "champions"),
}


@dataclass(frozen=True)
class History:
    """What is known of persons: chats (person, day, seconds, group, intent, at) and purchases (person, day, cents)."""

    chats: pd.DataFrame
    purchases: pd.DataFrame
    earlier: set[str]


def history_of(told: Told) -> History:
    chats, ends = matched(told), outcomes_of(told)
    talked = chats["is_engaged"] & ~chats["is_test"] & ends["person"].notna() & chats["customer_key"].notna()
    seconds = (chats["ended_at_m"] - chats["started_at_m"]).dt.total_seconds()
    # Whole milliseconds, so that equal lengths are equal.
    frame = pd.DataFrame(
        {"person": ends["person"], "day": local_date(ends["started_at"]), "seconds": seconds.round(3)}
    )
    frame = frame.assign(at=ends["started_at"], group=ends["group"], intent=ends["intent"])
    orders = told.truth("orders").assign(person=persons(told).orders)
    orders = orders[orders["is_counted"] & orders["person"].notna()]
    cents = (100 * orders["net_amount"].fillna(0)).round()
    bought = orders.assign(day=local_date(orders["ordered_at"]), cents=cents)
    purchases = bought.groupby(["person", "day"], as_index=False)["cents"].sum()
    return History(frame[talked], purchases, earlier_buyers(told))


def within(frame: pd.DataFrame, day: pd.Timestamp, days: int) -> pd.DataFrame:
    return frame[(frame["day"] <= day) & (frame["day"] > day - days * DAY)]


def percentile(values: pd.Series) -> pd.Series:
    """Mid-rank percentile: equals share it."""
    return (values.rank(method="average") - 0.5) / len(values)


def engagement_at(history: History, day: pd.Timestamp) -> pd.Series:
    """high, medium, low by person with an engaged chat in 90 days."""
    recent = within(history.chats, day, 90).groupby("person")["seconds"].agg(["size", "sum"])
    both = percentile(recent["size"]) + percentile(recent["sum"].round(3))
    place = percentile(both.round(9))
    return place.map(lambda p: "low" if p < 1 / 3 - 1e-9 else "medium" if p < 2 / 3 - 1e-9 else "high")


def top_at(history: History, day: pd.Timestamp, column: str) -> pd.Series:
    """The most frequent group or intent of 90 days by person; the latest of equals."""
    recent = within(history.chats, day, 90)
    recent = recent[recent[column].notna()]
    counts = recent.groupby(["person", column])["at"].agg(["size", "max"]).reset_index()
    best = counts.sort_values(["person", "size", "max"]).drop_duplicates("person", keep="last")
    return best.set_index("person")[column]


def rfm_at(history: History, day: pd.Timestamp) -> pd.DataFrame:
    """recency, frequency, monetary from 1 to 5 and is_top by person with a purchase in 365 days."""
    year = within(history.purchases, day, 365).groupby("person").agg(
        purchases=("day", "size"), cents=("cents", "sum"), last=("day", "max")
    )  # fmt: skip
    recency, money = percentile(year["last"].astype("int64")), percentile(year["cents"])
    return pd.DataFrame(
        {
            "recency": 1 + (5 * recency + 1e-9).astype(int),
            "frequency": year["purchases"].map(lambda n: FREQUENCIES.get(n, 5)),
            "monetary": 1 + (5 * money + 1e-9).astype(int),
            "is_top": (money >= 0.9 - 1e-9) & (year["cents"] > 0),
        }
    )


def status_at(history: History, day: pd.Timestamp, person: str, rfm: pd.DataFrame) -> str:
    """The first that fits of prospect, lapsed, high-value, repeat, first-time."""
    days = history.purchases.loc[
        (history.purchases["person"] == person) & (history.purchases["day"] <= day), "day"
    ]
    began_before = person in history.earlier
    if days.empty:
        return "lapsed" if began_before else "prospect"
    if days.max() < day - 180 * DAY:
        return "lapsed"
    if person in rfm.index and rfm.at[person, "is_top"]:
        return "high-value"
    return "repeat" if len(days) > 1 or began_before else "first-time"


def segments_at(history: History, day: pd.Timestamp, people: list[str]) -> pd.DataFrame:
    """Person x attribute at the end of a day: level, intent_group, intent, status, rfm_*."""
    level, rfm = engagement_at(history, day), rfm_at(history, day)
    tops = {column: top_at(history, day, column) for column in ("group", "intent")}
    found = {}
    for person in people:
        chatted = person in level.index
        found[person] = {
            "level": level.get(person, "none"),
            "intent_group": tops["group"].get(person, "unknown") if chatted else "none",
            "intent": tops["intent"].get(person, "unknown") if chatted else "none",
            "status": status_at(history, day, person, rfm),
        }
        scores = rfm.loc[person] if person in rfm.index else None
        for name in ("recency", "frequency", "monetary"):
            found[person][f"rfm_{name}"] = str(int(scores[name])) if scores is not None else "none"
        cell = CELLS[int(scores["recency"])][int(scores["frequency"]) - 1] if scores is not None else "none"
        found[person]["rfm_segment"] = cell
    return pd.DataFrame.from_dict(found, orient="index")


def conversation_segments_of(told: Told) -> pd.DataFrame:
    """Row of `matched` x attribute: the person's at the end of the shop day before the conversation."""
    chats, ends, history = matched(told), outcomes_of(told), history_of(told)
    known = ends[ends["person"].notna() & chats["customer_key"].notna()]
    days = local_date(known["started_at"]) - DAY
    parts = []
    for day, rows in known.groupby(days):
        values = segments_at(history, day, sorted(set(rows["person"])))
        parts.append(values.loc[rows["person"]].set_axis(rows.index))
    return pd.concat(parts).sort_index()
