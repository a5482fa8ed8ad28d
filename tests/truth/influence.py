"""Chats and second purchases of a demo shop of 400 days, from its truth: who is compared, with what is known of them.

The demo that is synced is too young for it. Here the truth itself is put into hand-made marts (`fill`) with a
person's id as customer, and everything counted again without a query.
"""

from __future__ import annotations

from functools import cache

import pandas as pd
from handmade_marts import Marts

from truth.rates import local_date
from truth.shop import DAY, Told

NEVER = pd.Timestamp.max.normalize()


@cache
def tables_of(told: Told) -> dict[str, pd.DataFrame]:
    """chats, orders, visits of known persons or none (`person_id`), with `day` in the shop's time."""
    chats = told.truth("conversations").assign(at=lambda frame: frame["started_at"])
    chats = chats[~chats["is_test"]].reset_index(drop=True)
    orders = told.truth("orders").assign(at=lambda frame: frame["ordered_at"])
    visits = told.truth("web_sessions").assign(at=lambda frame: frame["started_at"])
    owners = told.truth("records").query("record_kind == 'ga_client' and not is_shared")
    visits["person_id"] = visits["client_id"].map(owners.set_index("record_id")["person_id"])
    hits = told.truth("web_events").groupby("web_session")["name"].agg(set)
    seen = visits["web_session"].map(hits)
    visits["has_view"] = seen.map(lambda names: "view_item" in names)
    visits["has_cart"] = seen.map(lambda names: "add_to_cart" in names)
    tables = {"chats": chats, "orders": orders, "visits": visits}
    return {name: frame.assign(day=local_date(frame["at"])) for name, frame in tables.items()}


def fill(marts: Marts, told: Told) -> None:
    """The truth as marts."""
    frames = tables_of(told)
    marts.con.register("chats", frames["chats"].reset_index(names="number"))
    marts.con.register("orders", frames["orders"])
    marts.con.register("visits", frames["visits"].drop(columns=["day"]))
    marts.con.register("people", told.truth("people"))
    marts.con.register("buyers", told.truth("shop_customers"))
    for table, columns, query in (
        (
            "fct_conversations",
            "conversation_key, person_key, customer_key, started_at, started_date, ended_at, is_chat_engaged, engagement, web_session_key",
            "select number, person_id, person_id, started_at, day, ended_at, is_engaged, if(is_engaged, 'engaged', 'bounced'), web_session from chats",
        ),
        (
            "fct_orders",
            "order_key, customer_key, ordered_at, ordered_date, is_counted, is_test, net_amount",
            "select order_id, person_id, ordered_at, day, is_counted, is_test, net_amount from orders",
        ),
        (
            "fct_web_sessions",
            "web_session_key, client_id, customer_key, started_at, ended_at, medium, device, has_product_view, has_cart",
            "select web_session, client_id, person_id, started_at, ended_at, medium, device, has_view, has_cart from visits",
        ),
        (
            "dim_customers",
            "customer_key, country, shop_order_count",
            "select p.person_id, p.country, max(b.orders) from people as p left join buyers as b using (person_id) group by all",
        ),
    ):
        marts.con.execute(f"insert into marts.{table} ({columns}) {query}")
    # Fills in the days that none was given for.
    marts.add("fct_web_sessions", {"started_at": None})
    marts.con.execute("delete from marts.fct_web_sessions where started_at is null")
    marts.cut_off(str(reach(told)))


def reach(told: Told) -> pd.Timestamp:
    return told.truth("conversations")["ended_at"].max()


@cache
def buyers_of(told: Told) -> pd.DataFrame:
    """Per person who bought (index): state, group_name, first and second day, and what was known 30 days before."""
    frames = tables_of(told)
    chats, visits = frames["chats"], frames["visits"]
    bought = frames["orders"][frames["orders"]["is_counted"] & ~frames["orders"]["is_test"]]
    live, last = chats["day"].min(), local_date(pd.Series([reach(told)]))[0] - DAY
    orders = frames["orders"]["person_id"].value_counts()
    told_orders = told.truth("shop_customers").groupby("person_id")["orders"].max()
    countries = told.truth("people").set_index("person_id")["country"]
    rows = {}
    for person, own in bought.groupby("person_id"):
        days = sorted(own["day"].unique())
        first, second = days[0], days[1] if len(days) > 1 else NEVER
        known = visits[(visits["person_id"] == person) & (visits["day"] < first - 30 * DAY)].sort_values("at")
        before = chats[(chats["person_id"] == person) & (chats["at"] < own["at"].min())]
        is_exposed = (before["is_engaged"] & (before["day"] >= first - 30 * DAY)).any()
        rows[person] = {
            "state": "earlier_orders"
            if told_orders.get(person, 0) > orders[person]
            else "before_chat"
            if first < live + 30 * DAY
            else "older_chat"
            if len(before) and not is_exposed
            else "pending"
            if first + 90 * DAY > last
            else "compared",
            "group_name": "chat" if is_exposed else None if len(before) else "no_chat",
            "first_date": first,
            "has_returned": second <= first + 90 * DAY,
            "days_to_second": (second - first).days if second != NEVER else None,
            "observed_days": max(0, (last - first).days),
            "known_days": (first - 30 * DAY - known["day"].min()).days if len(known) else 0,
            "web_sessions": len(known),
            "view_sessions": int(known["has_view"].sum()),
            "cart_sessions": int(known["has_cart"].sum()),
            "medium": next(iter(known["medium"].dropna()[::-1]), "none"),
            "device": next(iter(known["device"].dropna()[::-1]), "none"),
            "country": countries[person],
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def landmark_of(told: Told) -> pd.DataFrame:
    """Per group of those who chatted in the days 0 to 30 after their first purchase or not: numerator (back in the days
    31 to 120), denominator, excluded (back by day 30), pending."""
    chats, buyers = tables_of(told)["chats"], buyers_of(told)
    orders = tables_of(told)["orders"]
    first_at = orders[orders["is_counted"] & ~orders["is_test"]].groupby("person_id")["at"].min()
    live = chats["day"].min()
    buyers = buyers[(buyers["state"] != "earlier_orders") & (buyers["first_date"] >= live)]
    after = chats[chats["is_engaged"] & chats["person_id"].isin(buyers.index)]
    after = after[after["at"] >= after["person_id"].map(first_at)]
    within = after["day"] <= after["person_id"].map(buyers["first_date"]) + 30 * DAY
    is_mature = buyers["observed_days"] >= 120
    back = buyers["days_to_second"].fillna(10**6)
    counts = pd.DataFrame(
        {
            "group_name": pd.Series(buyers.index.isin(after.loc[within, "person_id"]), buyers.index).map(
                {True: "chat", False: "no_chat"}
            ),
            "numerator": is_mature & back.between(31, 120),
            "denominator": is_mature & (back > 30),
            "excluded": is_mature & (back <= 30),
            "pending": ~is_mature,
        }
    )
    return counts.groupby("group_name").sum()


def survival_of(days: list[int], is_back: list[bool]) -> list[float]:
    """Share not back by each day from 0, by the product limit."""
    left, shares = 1.0, []
    for day in range(max(days) + 1):
        at_risk = sum(each >= day for each in days)
        left *= 1 - sum(b and each == day for each, b in zip(days, is_back, strict=True)) / at_risk
        shares.append(left)
    return shares
