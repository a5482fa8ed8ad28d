"""How each conversation ended, after metrics.md, from what was said and what came after it."""

from __future__ import annotations

from functools import cache

import pandas as pd

from chat_pipeline.settings import load_settings
from chat_pipeline.settings.models import BusinessHours
from truth.persons import Persons, persons_of
from truth.shop import (
    BLIND,
    DAY,
    HUMAN_SILENCE,
    ONE_VOICE,
    SILENCE,
    THREAD,
    ZONE,
    Told,
    completing_orders,
    cutoff_of_chat,
    cutoffs,
    matched,
    shown_handoffs,
    shown_tracking,
)
from truth.talk import (
    Said,
    fell_back_last,
    first_said,
    last_act,
    last_answer,
    last_unanswered,
    primary_group,
    talks_of,
)

WEEK = 7 * DAY
TICKET_WAIT = 3 * DAY


@cache
def persons(told: Told) -> Persons:
    return persons_of(told)


@cache
def outcomes_of(told: Told) -> pd.DataFrame:
    """Per row of `matched`: state, outcome, reason, returned_24h, returned_7d, resolution_seconds (of what was told
    when), has_ending_fallback, is_assisted, ended_at as exported, judged_at, group, person, goals with times."""
    chats, talks = matched(told), talks_of(told)
    found = pd.DataFrame(index=chats.index)
    found["person"] = persons(told).chats
    # Some exports have whole seconds; what follows hangs on the exported moment.
    found["started_at"], found["ended_at"] = chats["started_at_m"], chats["ended_at_m"]
    found["judged_at"] = found["ended_at"] + DAY
    found["handoff"] = shown_handoffs(chats)
    found["is_assisted"] = found["handoff"].eq("made") | shown_agents(chats)
    groups = {row: primary_group(messages) for row, messages in talks.items()}
    blind = chats["platform"].isin(BLIND)
    found["group"] = pd.Series({row: group for row, (group, _) in groups.items()}, dtype=object).mask(
        blind, None
    )
    found["intent"] = pd.Series({row: name for row, (_, name) in groups.items()}, dtype=object).mask(
        blind, None
    )
    _add_goals(told, chats, found)
    _add_returns(told, chats, found)
    yes, no = feedback(told, chats)
    confirmed = (
        yes | found["order_at"].le(found["judged_at"]) | found["order_tracking_at"].le(found["judged_at"])
    ) & ~no
    reach = min(cutoffs(told).values())
    closed = is_closed(told, chats)
    found["state"] = [
        "open" if not closed[row] else engagement(chats, row) if engagement(chats, row) != "engaged"
        else "judged" if found.at[row, "judged_at"] <= reach else "pending"
        for row in chats.index
    ]  # fmt: skip
    judged = found["state"] == "judged"
    ends = {
        row: _end(found.loc[row], talks[row], confirmed[row], no[row]) if judged[row] else (None, None)
        for row in chats.index
    }
    found["outcome"] = [ends[row][0] for row in chats.index]
    found["reason"] = [ends[row][1] for row in chats.index]
    found["is_durable_mature"] = found["ended_at"] + WEEK <= reach
    _add_times(told, chats, found)
    return found


def shown_agents(chats: pd.DataFrame) -> pd.Series:
    """Whether the export shows a colleague's own message."""
    return chats["agent_messages"].gt(0) & ~chats["platform"].isin(ONE_VOICE)


def engagement(chats: pd.DataFrame, row: int) -> str:
    if chats.at[row, "is_engaged"]:
        return "engaged"
    return "bounced" if chats.at[row, "user_messages"] else "outbound"


def is_closed(told: Told, chats: pd.DataFrame) -> pd.Series:
    """Another conversation of the thread followed, or the silence that ends it has passed at its source's cut-off."""
    last_of_agent = shown_agents(chats)
    silence = last_of_agent.map({True: HUMAN_SILENCE, False: SILENCE})
    last = chats["number"] == chats.groupby(THREAD)["number"].transform("max")
    return ~last | (chats["ended_at_m"] + silence < cutoff_of_chat(told, chats))


def _add_goals(told: Told, chats: pd.DataFrame, found: pd.DataFrame) -> None:
    """Moments of completion: of order_tracking as the bot said the status, of order as the order was placed."""
    talks = talks_of(told)
    status = {
        row: next((m.at for m in messages if m.name == "utter_order_status"), None)
        for row, messages in talks.items()
    }
    shown = shown_tracking(chats, "completed")
    found["order_tracking_at"] = pd.to_datetime(pd.Series(status)).where(shown)
    ordered = completing_orders(chats, told.truth("orders"), persons(told).orders, found["person"])
    found["order_at"] = pd.to_datetime(pd.Series(ordered, dtype="datetime64[us]").reindex(chats.index))


def _add_returns(told: Told, chats: pd.DataFrame, found: pd.DataFrame) -> None:
    """When the same person came back: a ticket, or an engaged conversation about the same or something unknown."""
    again = found[chats["is_engaged"] & ~chats["is_test"] & found["person"].notna()]
    tickets = told.truth("tickets").assign(person=persons(told).tickets)
    back = {}
    for row in found.index[found["person"].notna()]:
        own = found.loc[row]
        times = list(tickets.loc[tickets["person"] == own.person, "opened_at"])
        others = again[again["person"] == own.person]
        times += [
            other.started_at for other in others.itertuples()
            if pd.isna(own.group) or pd.isna(other.group) or own.group == other.group
        ]  # fmt: skip
        back[row] = min((at for at in times if at > own.ended_at), default=pd.NaT)
    back_at = pd.to_datetime(pd.Series(back)).reindex(found.index)
    found["returned_24h"] = back_at <= found["ended_at"] + DAY
    found["returned_7d"] = back_at <= found["ended_at"] + WEEK


def feedback(told: Told, chats: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Whether user or platform said that it was good, and the user that it was bad: also to GA4; 3 of 5 is neither."""
    yes, no = chats["rating"].isin(["up", "4", "5"]), chats["rating"].isin(["down", "1", "2"])
    events = told.truth("web_events")
    said = {
        name: set(events.loc[events["name"] == f"chatbot_satisfaction_{name}", "web_session"])
        for name in ("yes", "no")
    }
    yes |= chats["platform_success"]
    # What GA4 was told fills only what the platform left open.
    to_google = chats["web_session"].where(chats["rating"].isna())
    return yes | to_google.isin(said["yes"]), no | to_google.isin(said["no"])


def _end(own: pd.Series, messages: list[Said], confirmed: bool, negative: bool) -> tuple[str, str | None]:
    if pd.notna(own.handoff):
        return "escalated", None
    if confirmed:
        return "resolved_confirmed", None
    act, waiting = last_act(messages), last_unanswered(messages)
    kind = act.act if act else None
    if kind == "answer" and not waiting and not negative and not own.returned_24h:
        return "resolved_assumed", None
    if negative:
        return "unresolved", "negative"
    if own.returned_24h:
        return "unresolved", "returned"
    if waiting and (not act or waiting.turn > act.turn):
        return "unresolved", "abandoned_unanswered"
    return "unresolved", f"abandoned_{kind}" if kind in ("question", "fallback") else "other"


def _add_times(told: Told, chats: pd.DataFrame, found: pd.DataFrame) -> None:
    talks = talks_of(told)
    events = told.truth("web_events")
    shown = {
        s: list(g["happened_at"])
        for s, g in events[events["name"] == "chatbot_fallback"].groupby("web_session")
    }
    for seconds in ("resolution", "resolution_business", "ticket_close", "ticket_close_business"):
        found[f"{seconds}_seconds"] = float("nan")
    tickets = told.truth("tickets").assign(person=persons(told).tickets).sort_values("opened_at")
    found["has_ending_fallback"] = None
    hours = load_settings(told.home.settings_file).shop.business_hours
    for row in found.index[found["state"] == "judged"]:
        messages, outcome = talks[row], found.at[row, "outcome"]
        if outcome.startswith("resolved"):
            begun, answered = (
                first_said(messages),
                last_answer(messages, chats.at[row, "platform"] == "chat_table"),
            )
            found.at[row, "resolution_seconds"] = (
                (answered - begun).total_seconds() if begun and answered else None
            )
            if begun and answered:
                found.at[row, "resolution_business_seconds"] = _in_hours(begun, answered, hours)
        asked = next((m.at for m in messages if m.name in ("human_handoff", "action_human_handoff")), None)
        until = asked if pd.notna(found.at[row, "handoff"]) else None
        if outcome == "escalated" and pd.notna(closed := _closed(found.loc[row], until, tickets)):
            found.at[row, "ticket_close_seconds"] = (closed - first_said(messages)).total_seconds()
            found.at[row, "ticket_close_business_seconds"] = _in_hours(first_said(messages), closed, hours)
        web = shown.get(chats.at[row, "web_session"], []) if chats.at[row, "platform"] in BLIND else None
        led = outcome == "escalated" or str(found.at[row, "reason"]).startswith("abandoned")
        found.at[row, "has_ending_fallback"] = led and fell_back_last(messages, until, web)


def _closed(own: pd.Series, until: pd.Timestamp | None, tickets: pd.DataFrame) -> pd.Timestamp | None:
    """When the person's first ticket from the start until 3 days after the hand-over was closed."""
    last = (own.ended_at if until is None else until) + TICKET_WAIT
    own_tickets = tickets[
        (tickets["person"] == own.person) & tickets["opened_at"].between(own.started_at, last)
    ]
    return None if own_tickets.empty else own_tickets["closed_at"].iloc[0]


def _in_hours(begun: pd.Timestamp, answered: pd.Timestamp, hours: BusinessHours) -> float:
    """Seconds of the shop's business hours between two moments, day by day."""
    begun, answered = (at.tz_localize("UTC").tz_convert(ZONE).tz_localize(None) for at in (begun, answered))
    passed = 0.0
    for day in pd.date_range(begun.normalize(), answered.normalize()):
        if day.isoweekday() in hours.days:
            opens, closes = (pd.Timestamp.combine(day, at) for at in (hours.from_time, hours.to))
            passed += max(0.0, (min(answered, closes) - max(begun, opens)).total_seconds())
    return passed
