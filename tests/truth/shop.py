"""A synced demo home: its truth beside what was published from it, conversation by conversation; and what of the
truth each platform's export shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
from identity_truth import RECORD, customers

from chat_pipeline.home import Home

ZONE = "Europe/Berlin"
THREAD = ["platform", "instance", "thread_id"]
SECOND = pd.Timedelta(seconds=1)
DAY = pd.Timedelta(days=1)
RATING_WAIT = 7 * DAY
GOAL_WINDOWS = {"order_tracking": DAY, "order": 7 * DAY}
SILENCE = pd.Timedelta(minutes=30)
# Their exports know no intents, no misunderstandings, and nothing of what the bot did.
BLIND = ("chat_table", "intercom", "zendesk_chat")
# Their exports have no name for a colleague: what one says is the bot's.
ONE_VOICE = ("bot_framework", "chat_table")
WHOLE_SECONDS = ("chat_table", "intercom", "zendesk_chat")
HUMAN_SILENCE = DAY
# What names a cell of metrics, and its counts.
CELL = ["metric", "period_start", "dimension_value"]
COUNTS = ["numerator", "denominator", "pending", "excluded"]


@dataclass(frozen=True)
class Told:
    """The truth of a demo home and what was published from it."""

    home: Home

    def truth(self, name: str) -> pd.DataFrame:
        frame = pd.read_parquet(self.home.root / "truth" / f"{name}.parquet")
        if "web_session" in frame:
            frame["web_session"] = frame["web_session"].replace(same_visits(self))
        if name == "web_sessions":
            frame["ended_at"] = frame.groupby("web_session")["ended_at"].transform("max")
            frame = frame.drop_duplicates("web_session", ignore_index=True)
        return frame

    def published(self, query: str) -> pd.DataFrame:
        with duckdb.connect(str(self.home.marts / "current" / "chat.duckdb"), read_only=True) as con:
            return con.execute(query).df()

    def resolved(self) -> pd.DataFrame:
        with duckdb.connect(str(self.home.warehouse), read_only=True) as con:
            return con.execute("select * from intermediate.int_customers__resolved").df()


@cache
def same_visits(told: Told) -> dict[int, int]:
    """web_session -> the one that it is part of: to GA4 two visits that a browser begins in one second are one."""
    visits = pd.read_parquet(told.home.root / "truth" / "web_sessions.parquet")
    first = visits.groupby([visits["client_id"], visits["started_at"].dt.floor("1s")])[
        "web_session"
    ].transform("min")
    return {own: one for own, one in zip(visits["web_session"], first, strict=True) if own != one}


@cache
def told_of(home_root: Path) -> Told:
    return Told(Home(home_root))


@cache
def matched(told: Told) -> pd.DataFrame:
    """One row per conversation, n-th of its thread in the truth beside n-th in the marts (`_m`)."""
    goals = told.published("select * from marts.fct_conversation_goals")
    found = told.published("select * from marts.fct_conversations")
    for goal in GOAL_WINDOWS:
        of_goal = goals[goals["goal"] == goal].set_index("conversation_key")
        found[f"{goal}_entered"] = found["conversation_key"].isin(of_goal.index)
        found[f"{goal}_completed"] = found["conversation_key"].isin(
            of_goal.index[of_goal["completed_at"].notna()]
        )
    truth = told.truth("conversations")
    for frame in (truth, found):
        frame.sort_values([*THREAD, "started_at"], inplace=True, ignore_index=True)
        frame["number"] = frame.groupby(THREAD).cumcount()
    return truth.merge(
        found, on=[*THREAD, "number"], how="outer", suffixes=("", "_m"), indicator=True, validate="1:1"
    )


def assert_equal(chats: pd.DataFrame, expected: pd.Series, found: str) -> None:
    """The marts' column is what was expected, row for row of `chats`; two nulls are equal."""
    assert len(chats)
    both = pd.DataFrame(
        {"expected": expected[chats.index].astype(object), "found": chats[found].astype(object)}
    )
    same = (both["expected"] == both["found"]) | both.isna().all(axis=1)
    wrong = pd.concat([chats.loc[~same, [*THREAD, "started_at"]], both[~same]], axis=1)
    assert wrong.empty, f"{found}, {len(wrong)} of {len(chats)}:\n{wrong.head(10).to_string()}"


def assert_same(expected: pd.DataFrame, found: pd.DataFrame, columns: list[str]) -> None:
    """Both have the same rows (index) and values; rows that only one has count as different."""
    both = expected[columns].join(found[columns].add_suffix(" found"), how="outer")
    wrong = pd.Series(False, index=both.index)
    for column in columns:
        mine, theirs = both[column].astype(object), both[f"{column} found"].astype(object)
        wrong |= ~((mine == theirs) | (mine.isna() & theirs.isna()))
    assert len(both)
    assert not wrong.any(), f"{wrong.sum()} of {len(both)}:\n{both[wrong].head(10).to_string()}"


def of(chats: pd.DataFrame, *platforms: str) -> pd.DataFrame:
    return chats[chats["platform"].isin(platforms)]


def shown_fallbacks(chats: pd.DataFrame) -> pd.Series:
    """Without misunderstandings in the export those of a conversation with a GA4 session come from there."""
    hidden = chats["platform"].isin(BLIND) & chats["web_link"].isna()
    return chats["fallback_turns"].where(~hidden, 0)


def shown_ratings(chats: pd.DataFrame) -> pd.Series:
    """The platform's own, else what GA4 tells."""
    own = chats["rating"].astype("string")
    return own.where(own.notna(), chats["web_rating"])


def torn_clusters(told: Told) -> set[int]:
    """Clusters of records that the pipeline has as several customers, or partly as none."""
    records = told.truth("records").merge(customers(told.resolved()), on=RECORD, how="left")
    keys = records[~records["is_shared"]].groupby("cluster")["customer_key"].nunique(dropna=False)
    return set(keys.index[keys > 1])


def completing_orders(
    chats: pd.DataFrame,
    orders: pd.DataFrame,
    buyers: pd.Series | None = None,
    chatters: pd.Series | None = None,
) -> dict[int, pd.Timestamp]:
    """Row of each conversation that an order completes -> its time: the latest that entered the goal before the
    order, of those tied to it, if within the window. Tied by a web session and by person: `buyers` and `chatters`,
    else by unshared identifiers (their web session's too)."""
    entered = chats[chats["order_entered"] & ~chats["platform"].isin(BLIND)]
    found: dict[int, pd.Timestamp] = {}
    for order in orders[orders["is_counted"]].sort_values("ordered_at").itertuples():
        if buyers is None or chatters is None:
            tied = (entered[["cluster", "web_cluster"]] == order.cluster).any(axis=1)
        else:
            tied = chatters[entered.index] == buyers[order.Index]
            tied |= entered["thread_id"] == order.told_thread_id
        tied |= entered["web_session"] == order.web_session
        before = entered[tied & (entered["order_entered_at"] < order.ordered_at + SECOND)]
        if len(before):
            latest = before["order_entered_at"].idxmax()
            if order.ordered_at - before.loc[latest, "order_entered_at"] <= GOAL_WINDOWS["order"]:
                found.setdefault(latest, order.ordered_at)
    return found


def cutoffs(told: Told) -> dict[tuple[str, str], pd.Timestamp]:
    frame = told.published("select source, instance, cutoff_at from marts.publication where source <> ''")
    return {(row.source, row.instance): row.cutoff_at for row in frame.itertuples()}


def cutoff_of_chat(told: Told, chats: pd.DataFrame, *others: str) -> pd.Series:
    """Per conversation: how far its own platform and the other sources have come."""
    known = cutoffs(told)
    own = pd.Series(
        [known[key] for key in zip(chats["platform"], chats["instance"], strict=True)], index=chats.index
    )
    return own.clip(upper=min([pd.Timestamp.max, *(known[name, "default"] for name in others)]))


def shown_handoffs(chats: pd.DataFrame) -> pd.Series:
    """What a platform's export shows of the three kinds of hand-over."""
    kind, platform = chats["handoff_kind"].copy(), chats["platform"]
    # No event for "nobody came": such a hand-over was only requested.
    kind = kind.mask(platform.isin(["rasa", "dialogflow_cx", "intercom"]) & kind.eq("failed"), "requested")
    # Without intents nothing tells that a colleague was asked for in vain.
    kind = kind.mask(chats["handoff_kind"].eq("requested") & platform.isin(BLIND), None)
    # Nothing in a table of turns tells of a hand-over.
    return kind.mask(platform == "chat_table", None)


def shown_tracking(chats: pd.DataFrame, step: str) -> pd.Series:
    """Order tracking `entered` or `completed`: without intents and actions GA4 alone tells of the completion, and
    so of the entry."""
    unseen = chats["platform"].isin(BLIND)
    by_web = chats["order_tracking_completed"] & chats["web_link"].notna()
    return chats[f"order_tracking_{step}"].where(~unseen, by_web)
