"""The published marts of the demo shop against what really happened in it.

Expectations are worked out here from the demo's truth, never from the models' SQL. What an export
can't show is left out by name, with the reason beside it.
"""

from __future__ import annotations

import json

import duckdb
import pandas as pd
import pytest
from identity_truth import mixed_people, pair_quality, without_the_worst
from truth.shop import (
    BLIND,
    THREAD,
    WHOLE_SECONDS,
    Told,
    assert_equal,
    completing_orders,
    matched,
    of,
    shown_fallbacks,
    shown_handoffs,
    shown_ratings,
    shown_tracking,
    told_of,
    torn_clusters,
)

from chat_pipeline.extract import ledger
from chat_pipeline.home import Home
from chat_pipeline.reading import glob_text
from chat_pipeline.sources import discover


@pytest.fixture
def told(demo_home_once: Home) -> Told:
    return told_of(demo_home_once.root)


@pytest.fixture
def chats(told: Told) -> pd.DataFrame:
    return matched(told)


def test_each_conversation_is_one_of_its_thread_and_starts_when_it_did(chats: pd.DataFrame) -> None:
    assert (chats["_merge"] == "both").all(), chats.loc[chats["_merge"] != "both", [*THREAD, "number"]]
    # Some exports have whole seconds, Bot Framework's milliseconds; Rasa's bot answers 180 us late.
    known = {
        "rasa": "200us",
        "bot_framework": "1ms",
        "dialogflow_cx": "1us",
        **dict.fromkeys(WHOLE_SECONDS, "1s"),
    }
    precision = chats["platform"].map(known)
    for moment in ("started_at", "ended_at"):
        late = (chats[moment] - chats[f"{moment}_m"]).abs()
        wrong = late >= precision.map(pd.Timedelta)
        if moment == "ended_at":  # a table's turn has one time, that of its beginning
            wrong &= chats["platform"] != "chat_table"
        assert not wrong.any(), chats.loc[wrong, [*THREAD, moment, f"{moment}_m"]]
    assert_equal(chats, chats["is_test"], "is_test_m")


def test_engaged_bounced_and_outbound(chats: pd.DataFrame) -> None:
    expected = pd.Series("bounced", index=chats.index)
    expected[chats["user_messages"] == 0] = "outbound"
    expected[chats["is_engaged"]] = "engaged"
    assert set(expected) == {"engaged", "bounced", "outbound"}
    assert_equal(chats, expected, "engagement")
    assert_equal(chats, chats["is_engaged"], "is_chat_engaged")


def test_messages_of_user_bot_and_colleague(chats: pd.DataFrame) -> None:
    assert_equal(chats, chats["user_messages"], "user_message_count")
    joined = chats["handoff_kind"] == "made"
    # The table has one text for all answers of a turn: the colleague's words are part of the bot's.
    told = chats[~((chats["platform"] == "chat_table") & joined)]
    answers = told["bot_message_count"] + told["agent_message_count"]
    assert_equal(told.assign(answers=answers), told["bot_messages"] + told["agent_messages"], "answers")
    # Bot Framework's colleague speaks under the bot's name: from the hand-over on, who says what is not told.
    named = told[~((told["platform"] == "bot_framework") & (told["handoff_kind"] == "made"))]
    assert_equal(named, named["bot_messages"], "bot_message_count")
    assert_equal(named, named["agent_messages"], "agent_message_count")
    assert named["agent_message_count"].sum() > 0


def test_a_rewritten_message_has_its_last_text_and_a_deleted_one_is_gone(told: Told) -> None:
    """In the container of Bot Framework's transcripts, of which an older download lies beside the newer."""
    folder = told.home.exports / "bot_framework"
    before = [json.loads(path.read_text()) for path in sorted((folder / "store_before").rglob("*.json"))]
    now = {
        (a["conversation"]["id"], a["id"]): a
        for a in (json.loads(path.read_text()) for path in (folder / "store").rglob("*.json"))
    }
    texts = told.published("select thread_id, text from marts.fct_messages where platform = 'bot_framework'")
    told_texts = set(zip(texts["thread_id"], texts["text"], strict=True))
    assert len(before) == 2
    for old in before:
        thread = old["conversation"]["id"]
        new = now[thread, old["id"]]
        assert (thread, old["text"]) not in told_texts
        assert new["type"] == "messageDelete" or (thread, new["text"]) in told_texts


def test_text_turns_and_fallback_turns(chats: pd.DataFrame) -> None:
    joined = chats["handoff_kind"] == "made"
    # Whether what is typed after a colleague came is for the bot or for the colleague is not told: nothing
    # says that the colleague left; a table doesn't even say that one came.
    told = chats[~(joined & (chats["rating"].notna() | (chats["platform"] == "chat_table")))]
    assert_equal(told, told["text_turns"], "text_turn_count")
    assert_equal(chats, shown_fallbacks(chats), "fallback_turn_count")


def test_ratings(chats: pd.DataFrame) -> None:
    expected = shown_ratings(chats)
    assert_equal(chats, expected, "rating_m")
    satisfied = expected.map({"up": True, "down": False, **{str(n): n >= 4 for n in range(1, 6)}})
    assert_equal(chats, satisfied, "is_satisfied")
    source = pd.Series("platform", index=chats.index).where(chats["rating"].notna(), "ga4")
    assert_equal(chats, source.where(expected.notna(), None), "rating_source")
    own = chats[chats["rating"].notna()]
    assert set(own["rating_scale"]) == {"thumb", "1-5"}
    assert_equal(own, own["rating_scale"], "rating_scale_m")
    # That the bot asks shows only in Rasa's actions, and in Intercom's ratings that nobody gave.
    asking = of(chats, "rasa", "intercom")
    assert asking["rating_asked"].sum() > asking["rating"].notna().sum()
    assert_equal(asking, asking["rating_asked"], "is_rating_asked")


def test_hand_overs(chats: pd.DataFrame) -> None:
    """What a platform's export shows of the three kinds; the others see less."""
    assert set(chats["handoff_kind"].dropna()) == {"made", "failed", "requested"}
    assert_equal(chats, shown_handoffs(chats), "handoff_kind_m")


def test_goal_order_tracking(chats: pd.DataFrame) -> None:
    for step in ("entered", "completed"):
        assert_equal(chats, shown_tracking(chats, step), f"order_tracking_{step}_m")


def test_goal_order(told: Told, chats: pd.DataFrame) -> None:
    # Entered with an intent, which not every export has.
    entered = chats["order_entered"].where(~chats["platform"].isin(BLIND), False)
    assert_equal(chats, entered, "order_entered_m")
    completing = completing_orders(chats, told.truth("orders"))
    completed = pd.Series(chats.index.isin(completing), index=chats.index)
    assert completed.sum() > 5
    # Where weak keys alone tie a person's records, some stay apart: that is judged as identity.
    torn = torn_clusters(told)
    whole = chats[~chats["cluster"].isin(torn) & ~chats["web_cluster"].isin(torn)]
    assert len(whole) > 0.8 * len(chats)
    assert_equal(whole, completed, "order_completed_m")


def test_web_sessions_and_their_conversations(told: Told, chats: pd.DataFrame) -> None:
    assert_equal(chats, chats["web_link"], "web_link_m")
    truth = told.truth("web_sessions").sort_values(["client_id", "started_at"], ignore_index=True)
    found = told.published("select * from marts.fct_web_sessions order by client_id, started_at")
    assert len(found) == len(truth) == totals(told)["web_sessions"]
    assert found["client_id"].tolist() == truth["client_id"].tolist()
    assert found["event_count"].tolist() == truth["events"].tolist()
    for moment in ("started_at", "ended_at"):
        assert ((found[moment] - truth[moment]).abs() < pd.Timedelta("2us")).all(), moment
    hits = told.truth("web_events").groupby("web_session")["name"].agg(list).reindex(truth["web_session"])
    engaged = (truth["ended_at"] - truth["started_at"]).dt.total_seconds().to_numpy() > 10
    engaged |= hits.map(lambda names: "purchase" in names or names.count("page_view") > 1).to_numpy()
    assert found["is_web_engaged_recomputed"].tolist() == engaged.tolist()
    assert 0 < engaged.sum() < len(engaged)
    key_of = dict(zip(truth["web_session"], found["web_session_key"], strict=True))
    assert_equal(chats, chats["web_session"].map(key_of), "web_session_key")
    events = told.published("select count(*) as n from marts.fct_web_events")["n"].item()
    assert events == totals(told)["web_events"]


def totals(told: Told) -> dict[str, int]:
    frame = told.truth("totals")
    return dict(zip(frame["name"], frame["value"], strict=True))


def test_google_s_own_reports_differ_where_the_truth_says_so(told: Told) -> None:
    with duckdb.connect(str(told.home.warehouse), read_only=True) as con:
        reports = con.execute(
            "select dimensions, value from staging.stg_ga4__reports where metric = 'eventCount'"
        ).fetchall()
    shown = {(row["date"], row["eventName"]): n for row, n in ((json.loads(d), n) for d, n in reports)}
    days = sorted({day for day, _ in shown})
    events = told.published(
        "select strftime(reporting_date, '%Y%m%d') as day, event_name, count(*) as n"
        f" from marts.fct_web_events group by all having day between '{days[0]}' and '{days[-1]}'"
    )
    counted = {(row.day, row.event_name): row.n for row in events.itertuples()}
    both = {key: (shown.get(key), counted.get(key)) for key in shown.keys() | counted.keys()}
    gaps = told.truth("report_gaps")
    told_gaps = {(row.date, row.event_name): (row.shown, row.actual) for row in gaps.itertuples()}
    assert {key: pair for key, pair in both.items() if pair[0] != pair[1]} == told_gaps


def test_orders(told: Told) -> None:
    truth = told.truth("orders")
    found = told.published("select * from marts.fct_orders")
    both = truth.merge(found, on="order_id", how="outer", suffixes=("", "_m"), indicator=True, validate="1:1")
    assert (both["_merge"] == "both").all(), both.loc[both["_merge"] != "both", ["order_id", "_merge"]]
    assert (both["ordered_at"] == both["ordered_at_m"]).all()
    assert both["is_test"].sum() > 0
    for column in ("is_counted", "is_test", "total", "refunded", "currency"):
        wrong = both[both[column] != both[f"{column}_m"]]
        assert wrong.empty, wrong[["order_id", column, f"{column}_m"]]
    # US dollars have no rate in the settings: such an order counts, its money does not.
    assert ((both["currency"] == "USD") == both["net_amount_m"].isna()).all()
    assert (both["currency"] == "CHF").sum() > 0
    assert ((both["net_amount"] - both["net_amount_m"]).abs().fillna(0) < 0.011).all()
    lines = told.published("select count(*) as n from marts.fct_order_lines")["n"].item()
    assert lines == totals(told)["order_lines"]
    tickets = told.published("select count(*) as n from marts.fct_tickets")["n"].item()
    assert tickets == totals(told)["tickets"]


def test_customers_are_the_people_behind_them(told: Told) -> None:
    assert_identity(told)


def assert_identity(told: Told) -> None:
    records, resolved = told.truth("records"), told.resolved()
    quality = pair_quality(records, resolved)
    assert quality.joined > 500
    assert quality.precision >= 0.99, quality
    assert quality.recall >= 0.95, quality
    mixed = mixed_people(records, resolved)
    assert mixed.empty, mixed.head(10)


def test_what_was_broken_is_set_aside_or_unreadable_and_nothing_else(told: Told) -> None:
    parts = [glob_text(part) for part in told.home.raw.glob("*/load-*/_quarantine.parquet")]
    with duckdb.connect() as con:
        rows = con.execute(
            "select source, _source_file, _source_row from ("
            " select *, split_part(filename, '/', -3) as source from read_parquet(?, filename = true))",
            [parts],
        ).fetchall()
    found = [(f"{source}/{file}", row) for source, file, row in rows]
    for name in discover():
        for path, lines in ledger.latest(ledger.read_lines(told.home, name)).items():
            assert lines[0].state in ("loaded", "unreadable"), (name, path, lines[0].state)
            found += [(f"{name}/{path}", None)] if lines[0].state == "unreadable" else []
    broken = told.truth("broken")
    expected = [
        (file, None if pd.isna(row) else int(row))
        for file, row in zip(broken["file"], broken["row"], strict=True)
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.long
def test_customers_of_a_larger_shop(larger_demo_once: Home) -> None:
    told = Told(larger_demo_once)
    records, resolved = told.truth("records"), told.resolved()
    assert pair_quality(records, resolved).precision >= 0.99
    assert pair_quality(records, resolved).recall >= 0.9
    assert pair_quality(without_the_worst(records, resolved), resolved).recall >= 0.95
    assert mixed_people(records, resolved).empty
