"""Which chat had a part in each order, and what became of web sessions; from the truth."""

from __future__ import annotations

from functools import cache

import pandas as pd

from truth.outcomes import outcomes_of, persons
from truth.rates import COLUMNS, CRMS, DIMENSIONS, local_date, origins_of
from truth.shop import DAY, Told, cutoffs, matched
from truth.talk import GROUPS, talks_of

# Of the demo's intents those about orders already placed.
EARLIER = ("track_order", "return_request", "complaint")
WINDOWS = {"led": DAY, "assisted": 7 * DAY, "exposed": 30 * DAY}


def attribution_of(told: Told) -> pd.DataFrame:
    """Per counted order (order_id): state, tier, the row of the credited chat, and the tier with 1 and 30 days."""
    orders, chats, ends = told.truth("orders"), matched(told), outcomes_of(told)
    orders = orders.assign(person=persons(told).orders, date=local_date(orders["ordered_at"]))
    begun = chats[~chats["is_test"]].assign(person=ends["person"], second=ends["started_at"].dt.floor("1s"))
    begun["is_earlier"] = [_only_earlier(told, ends, row) for row in begun.index]
    first_day = local_date(ends["started_at"]).min()
    reach = min(at for (source, _), at in cutoffs(told).items() if source not in ("shopify", *CRMS))
    found = []
    for order in orders[orders["is_counted"]].itertuples():
        here = (begun["web_session"] == order.web_session) | (begun["thread_id"] == order.told_thread_id)
        own = begun["person"] == order.person
        before = begun[(here | own) & (begun["second"] <= order.ordered_at) & ~begun["is_earlier"]]
        before = before.assign(here=here, own=own, passed=order.ordered_at - before["second"])
        tier, row = _best(before, WINDOWS["assisted"])
        state = (
            "before_chat" if order.date < first_day else "pending" if order.ordered_at > reach else "judged"
        )
        found.append((order.order_id, state, tier, row, _best(before, DAY)[0], _best(before, 30 * DAY)[0]))
    return pd.DataFrame(found, columns=["order_id", "state", "tier", "row", "tier_1d", "tier_30d"]).set_index(
        "order_id"
    )


def _best(before: pd.DataFrame, assisted: pd.Timedelta) -> tuple[str, int | None]:
    """The best tier of the chats before an order, and the latest chat of that tier."""
    engaged, passed = before["is_engaged"], before["passed"]
    for tier, holds in (
        ("led", engaged & before["here"] & (passed <= WINDOWS["led"])),
        ("assisted", engaged & before["own"] & (passed <= assisted)),
        ("exposed", passed <= WINDOWS["exposed"]),
    ):
        if holds.any():
            return tier, int(before.loc[holds, "second"].idxmax())
    return "none", None


def _only_earlier(told: Told, ends: pd.DataFrame, row: int) -> bool:
    """The chat was about orders already placed, and about nothing else."""
    names = {m.name for m in talks_of(told)[row] if m.author == "user"}
    return ends.at[row, "intent"] in EARLIER and not names & (GROUPS.keys() - set(EARLIER))


def conversion_of(told: Told) -> pd.DataFrame:
    """Matured web sessions with and without an engaged chat (index): sessions, converted, orders, carts, abandoned,
    cart_excluded, revenue in cents."""
    rows = session_rows(told)
    return rows[~rows["is_pending"]].drop(columns=["web_session", "is_pending"]).groupby("has_chat").sum()


def conversion_units(told: Told) -> pd.DataFrame:
    """The same session by session, as units of metrics (`rates.units_of`)."""
    sessions = told.truth("web_sessions").set_index("web_session")
    rows = session_rows(told).assign(
        date=lambda rows: local_date(rows["web_session"].map(sessions["started_at"])),
        acquisition=lambda rows: rows["web_session"].map(origins_of(told)).fillna("unknown"),
        person=lambda rows: rows["web_session"],
        **{"platform": "ga4", "instance": "ga4/default", "channel": "web", "language": "unknown"},
        **{"intent_group": "unknown", "bot_version": "unknown", "row": -1},
    )
    has_cart = (rows["cart_sessions"] + rows["cart_excluded"]) > 0
    parts = []
    for name, group in (
        ("", slice(None)),
        ("_with_chat", rows["has_chat"]),
        ("_without_chat", ~rows["has_chat"]),
    ):
        for metric, hits, among, out in (
            ("conversion", rows["converted"], rows["sessions"] > 0, rows["sessions"] < 0),
            ("cart_abandonment_rate", rows["abandoned"], has_cart, rows["cart_excluded"] > 0),
        ):
            counts = ~out & ~rows["is_pending"]
            units = rows.assign(
                metric=metric + name,
                numerator=(hits * counts).astype(float),
                denominator=counts.astype(int),
                pending=(~out & rows["is_pending"]).astype(int),
                excluded=out.astype(int),
            )
            parts.append(units[among].loc[group][[*COLUMNS, *DIMENSIONS]])
    return pd.concat(parts, ignore_index=True)


@cache
def session_rows(told: Told) -> pd.DataFrame:
    """A row per web session since there is a chat, matured or not."""
    sessions, ends, chats = told.truth("web_sessions"), outcomes_of(told), matched(told)
    orders = told.truth("orders").assign(person=persons(told).orders)
    orders = orders[orders["is_counted"]].assign(second=orders["ordered_at"])
    engaged = ends[chats["is_engaged"] & ~chats["is_test"]].assign(web_session=chats["web_session"])
    carts = (
        told.truth("web_events").query("name == 'add_to_cart'").groupby("web_session")["happened_at"].min()
    )
    sessions = sessions.assign(
        person=persons(told).sessions,
        second=sessions["started_at"].dt.floor("1s"),
        chat=sessions["web_session"].map(engaged.groupby("web_session")["started_at"].min()).dt.floor("1s"),
        cart=sessions["web_session"].map(carts).dt.floor("1s"),
    )
    reach = min(at for (source, _), at in cutoffs(told).items() if source not in CRMS)
    since = local_date(ends["started_at"]).min()
    sessions = sessions[local_date(sessions["started_at"]) >= since]
    placed = _placed(sessions, orders)
    rows = [_session_row(session, orders, placed) for session in sessions.itertuples()]
    return pd.DataFrame(rows).assign(
        web_session=sessions["web_session"].to_numpy(),
        is_pending=(sessions["ended_at"] + DAY > reach).to_numpy(),
    )


def _placed(sessions: pd.DataFrame, orders: pd.DataFrame) -> dict[str, int]:
    """order_id -> its own web session, else the person's latest one begun before it."""
    found = {}
    for order in orders.itertuples():
        if pd.notna(order.web_session):
            found[order.order_id] = int(order.web_session)
        elif pd.notna(order.person):
            own = sessions[(sessions["person"] == order.person) & (sessions["second"] <= order.second)]
            if len(own):
                found[order.order_id] = int(own.loc[own["second"].idxmax(), "web_session"])
    return found


def _session_row(session, orders: pd.DataFrame, placed: dict[str, int]) -> dict[str, float]:
    has_chat = pd.notna(session.chat)
    since = session.chat if has_chat else session.second
    own = orders[orders["order_id"].map(placed) == session.web_session]
    own = own[(own["second"] >= since) & (own["second"] <= session.second + DAY)]
    row = {"has_chat": has_chat, "sessions": 1, "converted": int(len(own) > 0), "orders": len(own)}
    row["revenue_cents"] = round(100 * own["net_amount"]).sum()
    carted = pd.notna(session.cart)
    after = orders[(orders["web_session"] == session.web_session) | (orders["person"] == session.person)]
    after = (
        after[(after["second"] >= session.cart) & (after["second"] <= session.cart + DAY)]
        if carted
        else after[:0]
    )
    excluded = bool(carted and has_chat and len(after) and after["second"].min() < session.chat)
    row |= {"cart_sessions": int(carted and not excluded), "abandoned": int(carted and not len(after))}
    return row | {"cart_excluded": int(excluded)}
