"""The units of each metric from the truth, and their sums per period and dimension. No SQL, no marts' numbers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pandas as pd

from chat_pipeline.settings import load_settings
from truth.leads import leads_of
from truth.outcomes import TICKET_WAIT, is_closed, outcomes_of, persons
from truth.shop import (
    BLIND,
    DAY,
    GOAL_WINDOWS,
    RATING_WAIT,
    SILENCE,
    ZONE,
    Told,
    cutoff_of_chat,
    cutoffs,
    matched,
    shown_fallbacks,
    shown_ratings,
    shown_tracking,
)
from truth.talk import first_response, talks_of

CRMS = ("hubspot", "salesforce")
# Their exports know when a question was asked, not when it was answered.
TIMELESS = ("chat_table", "dialogflow_cx")
COST = "cost_per_resolution_estimate"
ASKING = ("rasa", "intercom")
COLUMNS = ["metric", "row", "person", "date", "numerator", "denominator", "pending", "excluded"]
DIMENSIONS = ["platform", "instance", "channel", "language", "intent_group", "bot_version", "acquisition"]


def local_date(moments: pd.Series) -> pd.Series:
    """Days in the shop's time zone, as timestamps at midnight."""
    local = moments.dt.tz_localize("UTC").dt.tz_convert(ZONE)
    return local.dt.normalize().dt.tz_localize(None)


@cache
def units_of(told: Told) -> pd.DataFrame:
    """A row per metric and unit: COLUMNS and DIMENSIONS; `row`: of the conversation in `matched`, -1 of all else.

    Test traffic is excluded; what is pending or excluded is 0."""
    chats, ends = matched(told), outcomes_of(told)
    about = pd.DataFrame(
        {
            "platform": chats["platform"],
            "instance": chats["platform"] + "/" + chats["instance"],
            "channel": chats["channel_m"].fillna("unknown"),
            # Without intents no export tells the language; Rasa's does when the user speaks.
            "language": chats["language"].mask(
                chats["platform"].isin(BLIND) | (chats["platform"].eq("rasa") & chats["user_messages"].eq(0)),
                "unknown",
            ),
            "intent_group": ends["group"].fillna("unknown"),
            # Dialogflow's version is the environment that answers.
            "bot_version": chats["bot_version"].fillna(
                chats["platform"].map({"dialogflow_cx": "prod"}).fillna("unknown")
            ),
            "acquisition": chats["web_session"].map(origins_of(told)).fillna("unknown"),
        }
    )
    base = about.assign(person=ends["person"].fillna("chat " + chats.index.to_series().astype(str)))
    base = base.assign(date=local_date(ends["started_at"]), is_test=chats["is_test"], row=chats.index)
    parts = [
        _units(base, metric, *columns)
        for source in (_volumes, _ratings, _fallbacks, _shares, _times, _costs, _chatters, _goals)
        for metric, *columns in source(told, chats, ends)
    ]
    return pd.concat([*parts, _tickets(told, chats, ends), _sessions(told, chats)], ignore_index=True)


def origins_of(told: Told) -> dict[int, str]:
    """web_session -> source / medium, where any is known."""
    sessions = (
        told.truth("web_sessions").dropna(subset=["source", "medium"], how="all").set_index("web_session")
    )
    names = sessions[["source", "medium"]].fillna("unknown")
    return (names["source"] + " / " + names["medium"]).to_dict()


def _units(
    base: pd.DataFrame,
    metric: str,
    among: pd.Series,
    hits: pd.Series,
    weight: pd.Series | int = 1,
    pending: pd.Series | bool = False,
    excluded: pd.Series | bool = False,
    pending_weight: pd.Series | int = 1,
) -> pd.DataFrame:
    """Units of the rows `among`: `hits` of `weight`, unless test traffic or excluded, or pending."""
    rows = base.assign(
        metric=metric,
        numerator=hits,
        denominator=weight,
        is_pending=pending,
        is_out=excluded,
        each=pending_weight,
    )[among.astype(bool)]
    out = rows["is_test"] | rows["is_out"].astype(bool)
    waits = rows["is_pending"].astype(bool) & ~out
    counts = ~(out | waits)
    return rows.assign(
        numerator=rows["numerator"].astype(float).fillna(0) * counts,
        denominator=rows["denominator"] * counts,
        pending=rows["each"] * waits,
        excluded=rows["each"] * out,
    )[[*COLUMNS, *DIMENSIONS]]


def _volumes(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> Iterator[tuple]:
    everyone = pd.Series(True, index=chats.index)
    yield "conversation_volume", everyone, everyone, 0
    yield "conversations_engaged", chats["is_engaged"], everyone, 0
    yield "conversations_bounced", ~chats["is_engaged"] & chats["user_messages"].gt(0), everyone, 0
    yield "conversations_outbound", chats["user_messages"].eq(0), everyone, 0
    # A count has no row where nothing was counted.
    leads = leads_of(told)
    yield "chat_leads", leads, leads, 0


def _ratings(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> Iterator[tuple]:
    """Ratings may change for 7 days: at the platform, and where GA4 tells of some, there."""
    ratings = shown_ratings(chats)
    rated = ratings.notna()
    scale = ratings.isin(["up", "down"]).map({True: "thumb", False: "1-5"})
    place = chats["platform"] + chats["instance"]
    from_web = place.isin(place[chats["web_session"].isin(_sessions_with(told, "chatbot_satisfaction"))])
    reach = cutoff_of_chat(told, chats).where(~from_web, cutoff_of_chat(told, chats, "ga4"))
    young = ends["ended_at"] + RATING_WAIT > reach
    happy = ratings.isin(["up", "4", "5"])
    yield "csat", rated, happy, 1, young
    for name in ("thumb", "1-5"):
        yield f"csat:{name}", rated & (scale == name), happy, 1, young
    yield "csat_negative_share", rated, ratings.isin(["down", "1", "2"]), 1, young
    yield "csat_bot_only", rated & ~ends["is_assisted"], happy, 1, young
    yield "csat_assisted", rated & ends["is_assisted"], happy, 1, young
    numbers = pd.to_numeric(ratings, errors="coerce")
    yield "csat_mean", rated & (scale == "1-5"), numbers, 1, young
    # Only Rasa's log and Intercom show that the bot asked.
    shows = chats["platform"].isin(ASKING)
    yield "csat_response_rate", shows & (chats["rating_asked"] | rated), rated, 1, young
    yield "csat_response_rate_of_engaged", ~shows & (chats["is_engaged"] | rated), rated, 1, young


def _sessions_with(told: Told, prefix: str) -> set[int]:
    events = told.truth("web_events")
    return set(events.loc[events["name"].str.startswith(prefix), "web_session"])


def _fallbacks(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> Iterator[tuple]:
    place = chats["platform"] + chats["instance"]
    from_web = place.isin(place[chats["web_session"].isin(_sessions_with(told, "chatbot_fallback"))])
    reach = cutoff_of_chat(told, chats).where(~from_web, cutoff_of_chat(told, chats, "ga4"))
    young = ~is_closed(told, chats) | (ends["ended_at"] > reach)
    # How far a text turn is the bot's when a colleague is there is not told (`test_demo_truth.py`).
    turns, missed = chats["text_turn_count"], shown_fallbacks(chats)
    yield "fallback_turn_rate", turns > 0, missed, turns, young, False, turns
    yield "fallback_share_one", turns > 0, missed == 1, 1, young
    yield "fallback_share_two_or_more", turns > 0, missed >= 2, 1, young


def _shares(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> Iterator[tuple]:
    engaged, young = chats["is_engaged"], ends["state"].isin(["open", "pending"])
    outcome = ends["outcome"].fillna("")
    resolved, escalated = outcome.str.startswith("resolved"), outcome == "escalated"
    goal = ends["order_at"].le(ends["judged_at"]) | ends["order_tracking_at"].le(ends["judged_at"])
    reached = (goal | (outcome == "resolved_confirmed")) & ~young
    nobody = ends["person"].isna()
    yield "conversation_rate", engaged, reached, 1, young
    yield "conversation_rate_bot_only", engaged & ~ends["is_assisted"], reached, 1, young
    yield "conversation_rate_assisted", engaged & ends["is_assisted"], reached, 1, young
    yield "resolution_rate", engaged, resolved, 1, young
    yield "escalation_rate", engaged, escalated, 1, young
    yield "containment_rate", engaged, ~escalated, 1, young
    stayed = ~escalated & ~ends["returned_24h"]
    yield "containment_without_return_rate", engaged, stayed, 1, young, nobody
    yield "abandonment_rate", engaged, ends["reason"].fillna("").str.startswith("abandoned"), 1, young
    yield "fallback_rate", engaged, ends["has_ending_fallback"].eq(True), 1, young
    short = ~ends["is_durable_mature"]
    yield "durable_resolution_rate", resolved, ~ends["returned_7d"], 1, short, nobody
    yield "automation_rate", engaged, resolved & ~ends["is_assisted"], 1, young


def _times(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> Iterator[tuple]:
    """Seconds of those that have them; who is told only when it was asked is apart, as a lower bound."""
    known = ends["resolution_seconds"].notna()
    seconds = ends["resolution_seconds"].round()
    timeless = chats["platform"].isin(TIMELESS)
    yield "average_resolution_time", known & ~timeless, seconds
    yield "average_resolution_time_lower_bound", known & timeless, seconds
    lasted = (ends["ended_at"] - ends["started_at"]).dt.total_seconds().round()
    yield "conversation_duration", chats["is_engaged"] & is_closed(told, chats), lasted

    answered = pd.Series({row: first_response(messages) for row, messages in talks_of(told).items()}).round()
    yield (
        "first_response_time",
        chats["is_engaged"] & is_closed(told, chats) & answered.notna() & ~timeless,
        answered,
    )
    within = ends["resolution_business_seconds"].round()
    yield "average_resolution_business_time", within.notna() & ~timeless, within
    for metric, column in (
        ("escalation_close_time", "ticket_close_seconds"),
        ("escalation_close_business_time", "ticket_close_business_seconds"),
    ):
        yield metric, ends[column].notna(), ends[column].round()


def _costs(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> Iterator[tuple]:
    """The bot's price spread over the month's conversations, and agents' time: in millionths, summed before rounding."""
    costs = load_settings(told.home.settings_file).costs
    assert costs.bot_per_month is not None
    assert costs.agent_minutes_per_chat is not None
    assert costs.agent_per_hour is not None
    young = ends["state"].isin(["open", "pending"])
    month = local_date(ends["started_at"]).dt.to_period("M")
    counted = chats["is_engaged"] & ~chats["is_test"]
    share = (costs.bot_per_month * 1_000_000) // month.map(counted.groupby(month).sum())
    agent = round(costs.agent_minutes_per_chat * costs.agent_per_hour / 60 * 1_000_000)
    resolved = ends["outcome"].fillna("").str.startswith("resolved").astype(int)
    yield COST, chats["is_engaged"], share + agent * ends["is_assisted"], resolved, young


def _chatters(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> Iterator[tuple]:
    engaged, person = chats["is_engaged"], ends["person"]
    real = engaged & ~chats["is_test"] & person.notna()
    firsts = ends[real].sort_values("started_at").drop_duplicates("person").index
    first = pd.Series(chats.index.isin(firsts), index=chats.index)
    yield "chatters", engaged, engaged, 0, False, person.isna()
    yield "chatters_new", engaged, first, 0, False, person.isna()
    yield "chatters_returning", engaged, ~first, 0, False, person.isna()
    yield "identified_share", engaged, person.notna()
    yield "web_linked_share", engaged, chats["web_link"].notna()


def _goals(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> Iterator[tuple]:
    person, engaged = ends["person"], chats["is_engaged"]
    for goal, other in (("order_tracking", ()), ("order", ("shopify",))):
        reach, window = cutoff_of_chat(told, chats, *other), GOAL_WINDOWS[goal]
        if goal == "order":
            entered = chats["order_entered"] & ~chats["platform"].isin(BLIND)
            unseen = person.isna() & chats["web_link"].isna()
            entered_at = chats["order_entered_at"]
        else:
            entered, unseen = shown_tracking(chats, "entered"), pd.Series(False, index=chats.index)
            entered_at = _tracking_entered(told, chats, ends)
        done = ends[f"{goal}_at"].notna()
        young = entered_at + window > reach
        yield f"goal_completion_rate:{goal}", entered, done, 1, young, unseen
        later = pd.concat([ends["ended_at"], entered_at.where(entered)], axis=1).max(axis=1) + window
        yield f"goal_completion_rate_by_person:{goal}", engaged, done, 1, later > reach, person.isna()


def _tracking_entered(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> pd.Series:
    """When tracking was asked for; where GA4 alone tells, at its completion."""
    said = told.truth("said")
    asked = said[said["name"] == "track_order"].drop_duplicates(
        ["platform", "instance", "thread_id", "number"]
    )
    key = ["platform", "instance", "thread_id", "number"]
    at = chats[key].merge(asked[[*key, "told_at"]], on=key, how="left")["told_at"].set_axis(chats.index)
    return at.where(~chats["platform"].isin(BLIND), ends["order_tracking_at"])


def _tickets(told: Told, chats: pd.DataFrame, ends: pd.DataFrame) -> pd.DataFrame:
    """Tickets of automation: not within 3 days of an escalation of that person, and since there are chats."""
    tickets = told.truth("tickets").assign(person=persons(told).tickets)
    said = told.truth("said")
    key = ["platform", "instance", "thread_id", "number"]
    asked = said[said["name"].isin(["human_handoff", "action_human_handoff"])].drop_duplicates(key)
    at = chats[key].merge(asked[[*key, "told_at"]], on=key, how="left")["told_at"].set_axis(chats.index)
    handed = ends.assign(at=at.dt.floor("1s"))[
        ends["handoff"].notna() & chats["is_engaged"] & ends["person"].notna()
    ]
    follows = [
        ((handed["person"] == own.person) & (handed["at"] <= own.opened_at) & (handed["at"] + TICKET_WAIT >= own.opened_at)).any()
        for own in tickets.itertuples()
    ]  # fmt: skip
    date = local_date(tickets["opened_at"])
    base = tickets.assign(
        instance=tickets["platform"] + "/default", channel="unknown", intent_group="unknown"
    )
    base = base.assign(bot_version="unknown", is_test=False, date=date, row=-1)
    base = base.assign(language="unknown", acquisition="unknown")
    base["person"] = base["person"].fillna("ticket " + base["ticket_id"])
    counted = ~pd.Series(follows) & (date >= local_date(ends["started_at"]).min())
    reach = min(at for (source, _), at in cutoffs(told).items() if source not in ("ga4", "shopify"))
    return _units(base, "automation_rate", counted, counted & False, 1, tickets["opened_at"] + DAY > reach)


def _sessions(told: Told, chats: pd.DataFrame) -> pd.DataFrame:
    sessions = told.truth("web_sessions").assign(person=persons(told).sessions)
    with_chat = chats.loc[chats["is_engaged"] & ~chats["is_test"], "web_session"].dropna()
    reach = min(at for (source, _), at in cutoffs(told).items() if source not in ("shopify", *CRMS))
    base = sessions.assign(
        platform="ga4", instance="ga4/default", channel="web", intent_group="unknown", bot_version="unknown",
        is_test=False, date=local_date(sessions["started_at"]), row=-1, language="unknown",
        acquisition=sessions["web_session"].map(origins_of(told)).fillna("unknown"),
    )  # fmt: skip
    base["person"] = base["person"].fillna("client " + base["client_id"])
    young = sessions["ended_at"] + SILENCE > reach
    started = sessions["web_session"].isin(with_chat)
    return _units(base, "chat_start_rate", sessions["client_id"].notna(), started, 1, young)


def cells_of(units: pd.DataFrame, grain: str, dimension: str) -> pd.DataFrame:
    """Sums per metric, period and value (index); persons once per cell where they are counted."""
    period = {"day": "D", "week": "W-SUN", "month": "M"}[grain]
    rows = units.assign(
        period_start=units["date"].dt.to_period(period).dt.start_time,
        dimension_value="all" if dimension == "all" else units[dimension],
    )
    by = ["metric", "period_start", "dimension_value"]
    persons_any = rows["metric"].isin(["chatters", "chatters_new"]) | rows["metric"].str.contains(
        "_by_person:"
    )
    of_person = rows[persons_any].groupby([*by, "person"], as_index=False)[["numerator", "denominator"]].max()
    again = rows[(rows["metric"] == "chatters_returning") & (rows["excluded"] == 0)]
    of_again = again.groupby([*by, "person"], as_index=False)[["numerator", "denominator"]].min()
    plain = rows[~persons_any & (rows["metric"] != "chatters_returning")]
    summed = pd.concat([plain, of_person, of_again]).groupby(by)[["numerator", "denominator"]].sum()
    others = rows.groupby(by)[["pending", "excluded"]].sum()
    cells = others.join(summed).fillna(0)
    cost = cells.index.isin([COST], level="metric")
    # Cents.
    cells.loc[cost, "numerator"] = (cells.loc[cost, "numerator"] / 10_000 + 1e-9).round()
    return cells
