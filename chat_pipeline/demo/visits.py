"""What visitors do in the web shop, as GA4 sees it: sessions, and the hits in them.

`make_sessions` gives one row per session (`s`), `make_hits` one row per event. Sessions of chats and
of orders come first; the rest is browsing by customers and strangers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo import vocabulary as words
from chat_pipeline.demo.chance import local_times, stream
from chat_pipeline.demo.orders import VISITS_PER_TALK
from chat_pipeline.demo.world import make_strangers

if TYPE_CHECKING:
    import pandas as pd

    from chat_pipeline.demo.shop import Shop

STAGES = ("view_item", "add_to_cart", "view_cart", "begin_checkout")
# Share of a session's time at which a hit of a kind falls.
PLACES = {"page_view": 0.02, "view_item": 0.3, "add_to_cart": 0.55, "view_cart": 0.65, "begin_checkout": 0.8}
DEVICE = ["client_id", "first_seen", "device", "n"]


def make_sessions(shop: Shop) -> pd.DataFrame:
    """One row per session: client, person (-1: stranger), login, chat `c`, order `o`, start, end, depth."""
    import pandas as pd

    rng = stream(shop.seed, "sessions")
    chats = _chat_sessions(rng, shop)
    bought = _order_sessions(rng, shop, chats)
    missing = max(50, VISITS_PER_TALK * len(shop.talks) - len(chats) - len(bought))
    sessions = pd.concat([chats, bought, _browsing(rng, shop, missing)], ignore_index=True)
    sessions["started_at"] = sessions.started_at.dt.floor("us")
    sessions = sessions.sort_values(["started_at", "client_id"], ignore_index=True)
    sessions["s"] = np.arange(len(sessions))
    sessions["ga_session_id"] = sessions.started_at.astype("datetime64[s]").astype("int64")
    sessions["number"] = sessions.groupby("client_id").cumcount() + 1
    sessions["pages"] = rng.choice([1, 2, 3, 4, 6], len(sessions), p=[0.47, 0.25, 0.14, 0.09, 0.05])
    usual = rng.choice(4, len(sessions), p=[0.62, 0.26, 0.08, 0.04])
    depth = np.where(usual == 3, 4, usual)
    sessions["depth"] = np.where(sessions.o >= 0, 5, np.where(sessions.wants & (depth < 2), 2, depth))
    days = (sessions.started_at - pd.Timestamp(shop.first)).dt.days / shop.days
    sessions["campaign"] = -1
    for place, (_, _, _, begin, end) in enumerate(words.CAMPAIGNS):
        sessions.loc[days.between(begin, end) & (rng.random(len(sessions)) < 0.09), "campaign"] = place
    sessions["organic"] = rng.random(len(sessions)) < 0.35
    sessions["denied"] = (sessions.n < 0) & (rng.random(len(sessions)) < 0.02)
    return sessions


def _chat_sessions(rng: np.random.Generator, shop: Shop) -> pd.DataFrame:
    """The session around each chat of a device that GA4 may count, with the order if it followed at once."""
    talks = shop.talks[shop.talks.device_row >= 0]
    sessions = shop.devices.loc[talks.device_row, DEVICE].reset_index(drop=True)
    sessions["n"] = talks.n.to_numpy()
    sessions["c"] = talks.c.to_numpy()
    sessions["user_id"] = talks.user_id.to_numpy()
    sessions["wants"] = talks.buys.to_numpy() & shop.effects
    ahead = (rng.uniform(20, 400, len(talks)) * 1e6).astype("timedelta64[us]")
    sessions["started_at"] = talks.started_at.to_numpy() - ahead
    after = shop.orders[shop.orders.after >= 0].drop_duplicates("after").set_index("after")
    known = after.reindex(sessions.c)
    wait = (known.ordered_at.to_numpy() - talks.started_at.to_numpy()) / np.timedelta64(1, "m")
    at_once = np.nan_to_num(wait, nan=1e9) < 28
    sessions["o"] = np.where(at_once, known.o.fillna(-1).to_numpy(), -1).astype(int)
    lingering = talks.started_at.to_numpy() + (rng.uniform(60, 900, len(talks)) * 1e6).astype(
        "timedelta64[us]"
    )
    sessions["ended_at"] = np.where(at_once, known.ordered_at.to_numpy(), lingering)
    return sessions


def _order_sessions(rng: np.random.Generator, shop: Shop, chats: pd.DataFrame) -> pd.DataFrame:
    """The sessions of the other web orders of the period, where the buyer's device is known."""
    orders = shop.orders[
        (shop.orders.source == "web") & (shop.orders.ordered_at >= np.datetime64(shop.first))
    ]
    orders = orders[~orders.o.isin(chats.o)]
    own = shop.devices.drop_duplicates("n").set_index("n", drop=False)
    orders = orders[orders.n.isin(own.index) & (rng.random(len(orders)) < 0.85)]
    sessions = own.loc[orders.n, DEVICE].reset_index(drop=True)
    sessions["c"] = -1
    sessions["o"] = orders.o.to_numpy()
    sessions["user_id"] = orders.user_id.to_numpy()
    sessions["wants"] = True
    sessions["ended_at"] = orders.ordered_at.to_numpy()
    sessions["started_at"] = orders.ordered_at.to_numpy() - (
        rng.uniform(180, 1200, len(orders)) * 1e6
    ).astype("timedelta64[us]")
    return sessions


def _browsing(rng: np.random.Generator, shop: Shop, count: int) -> pd.DataFrame:
    """Sessions without chat or order: two fifths by customers' devices, the rest by strangers."""
    import pandas as pd

    strangers = make_strangers(shop.seed, max(20, int(count * 0.35)), shop.end, shop.days)
    by_customers = int(count * 0.4)
    known = shop.devices.loc[rng.integers(0, len(shop.devices), by_customers), DEVICE]
    unknown = strangers.loc[rng.integers(0, len(strangers), count - by_customers), DEVICE]
    sessions = pd.concat([known, unknown], ignore_index=True)
    login = shop.people.user_id.reindex(sessions.n.clip(lower=0)).to_numpy()
    sessions["user_id"] = pd.Series(login, dtype=object).where(
        (sessions.n >= 0) & (rng.random(count) < 0.35), None
    )
    times = local_times(rng, count, shop.first, shop.days, 0.4 if shop.effects else 0.0)
    sessions["started_at"] = rng.permutation(times)
    sessions["ended_at"] = sessions.started_at + (rng.exponential(240, count) * 1e6 + 2e6).astype(
        "timedelta64[us]"
    )
    return sessions.assign(c=-1, o=-1, wants=False)


def make_hits(shop: Shop, sessions: pd.DataFrame) -> pd.DataFrame:
    """One row per event: s, name, happened_at, product (-1: none), part (its number within session and name), detail."""
    import pandas as pd

    rng = stream(shop.seed, "hits")
    length = (sessions.ended_at - sessions.started_at).dt.total_seconds().clip(lower=1).to_numpy()

    def hits(rows: np.ndarray, name: str, share: object, product: bool = False) -> pd.DataFrame:
        chosen = sessions.iloc[rows]
        offset = (np.asarray(share) * length[rows] * 1e6).astype("int64").astype("timedelta64[us]")
        found = pd.DataFrame(
            {"s": chosen.s.to_numpy(), "name": name, "happened_at": chosen.started_at.to_numpy() + offset}
        )
        found["product"] = rng.integers(0, len(words.PRODUCTS), len(rows)) if product else -1
        return found

    everyone = np.arange(len(sessions))
    views = np.repeat(everyone, sessions.pages)
    parts = [
        hits(everyone, "session_start", 0.0),
        hits(np.flatnonzero(sessions.number == 1), "first_visit", 0.0),
        hits(views, "page_view", rng.random(len(views)) * 0.9),
        hits(np.flatnonzero(sessions.pages > 1), "user_engagement", 0.97),
        hits(np.flatnonzero(sessions.o >= 0), "purchase", 1.0),
    ]
    for stage, name in enumerate(STAGES, start=1):
        skips = (rng.random(len(sessions)) < 0.2) & (name == "view_cart")
        rows = np.flatnonzero((sessions.depth >= stage) & ~skips)
        parts.append(hits(rows, name, PLACES[name] + rng.random(len(rows)) * 0.05, product=True))
    again = np.flatnonzero((sessions.o >= 0) & (rng.random(len(sessions)) < 0.04))
    parts.append(hits(again, "purchase", 1.0))
    found = pd.concat([*parts, _chat_hits(rng, shop, sessions)], ignore_index=True)
    found = found.sort_values(["s", "happened_at", "name"], ignore_index=True)
    found["part"] = found.groupby(["s", "name"]).cumcount() + 1
    found["place"] = found.groupby("s").cumcount() + 1
    return found


def _chat_hits(rng: np.random.Generator, shop: Shop, sessions: pd.DataFrame) -> pd.DataFrame:
    """The five chatbot events of sessions with a chat; `detail` is the goal or nothing."""
    import pandas as pd

    inside = sessions[sessions.c >= 0].set_index("c").s
    said = shop.events[shop.events.c.isin(inside.index)]
    names = {
        "chatbot_interaction": said[said.seq == 0],
        "chatbot_goal_completion": said[said.name == "utter_order_status"],
        "chatbot_fallback": said[said.name == "nlu_fallback"],
    }
    last = said.drop_duplicates("c", keep="last").set_index("c", drop=False)
    judged = shop.talks[
        shop.talks.c.isin(last.index) & shop.talks.has_topic & (rng.random(len(shop.talks)) < 0.12)
    ]
    pleased = judged.rating >= 4
    names["chatbot_satisfaction_yes"] = last.loc[judged.c[pleased]]
    both = judged.c[pleased & (rng.random(len(judged)) < 0.06)]
    names["chatbot_satisfaction_no"] = pd.concat(
        [last.loc[judged.c[~pleased]], last.loc[both].assign(earlier=True)]
    )
    parts = []
    for name, rows in names.items():
        early = (
            rows["earlier"].fillna(False).to_numpy(bool) if "earlier" in rows else np.zeros(len(rows), bool)
        )
        when = rows.told_at.to_numpy() + np.where(early, 1_000_000, 3_000_000).astype("timedelta64[us]")
        parts.append(
            pd.DataFrame(
                {"s": inside.loc[rows.c].to_numpy(), "name": name, "happened_at": when, "product": -1}
            )
        )
    return pd.concat(parts, ignore_index=True)
