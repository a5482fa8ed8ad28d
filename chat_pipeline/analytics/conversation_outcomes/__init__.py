"""How each conversation ended: escalated, resolved or not, and why; with the times that only outcomes have.

What was said is laid out in `talk.py`, what came after in `afterwards.py`. Rates are made elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._business_hours import business_seconds
from chat_pipeline.analytics._sql import seconds_of, sources_steps
from chat_pipeline.analytics.conversation_outcomes.afterwards import (
    reach_steps,
    returns_after_steps,
    ticket_steps,
    verdicts_steps,
)
from chat_pipeline.analytics.conversation_outcomes.talk import (
    fallback_steps,
    reply_times_steps,
    talk_steps,
)

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def conversation_outcomes(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.conversation_outcomes`."""
    steps = (
        sources_steps(settings),
        reach_steps(settings),
        talk_steps(settings),
        fallback_steps(settings),
        reply_times_steps(),
        returns_after_steps(settings),
        verdicts_steps(settings),
        ticket_steps(settings),
        outcome_steps(settings),
    )
    resolved = "outcome like 'resolved%'"
    escalated = "outcome = 'escalated' and ticket_closed_at is not null"
    return f"""
    with {", ".join(steps)}
    select
        conversation_key, platform, instance, person_key, started_date, is_test, state, outcome, reason, handoff_kind,
        is_assisted, last_step, judged_at, durable_at, is_durable_mature,
        person_key is not null as is_return_visible,
        case when state = 'judged' and person_key is not null then is_back end as returned_24h,
        case when is_durable_mature and person_key is not null then is_back_later end as returned_7d,
        case when {resolved} then epoch(last_answer_at) - epoch(first_said_at) end as resolution_seconds,
        case when {resolved} then {business_seconds("first_said_at", "last_answer_at", settings)} end
            as resolution_business_seconds,
        case when {escalated} then epoch(ticket_closed_at) - epoch(first_said_at) end as ticket_close_seconds,
        case when {escalated} then {business_seconds("first_said_at", "ticket_closed_at", settings)} end
            as ticket_close_business_seconds,
        is_time_lower_bound,
        case when state = 'judged' then
            is_late_fallback and (outcome = 'escalated' or coalesce(reason, '') like 'abandoned%')
        end as has_ending_fallback
    from told
    """


def outcome_steps(settings: Settings) -> str:
    """Steps from all that bears on an outcome to `told`, which has state, outcome and reason."""
    chosen = settings.outcomes
    after, durable = seconds_of(chosen.judged_after), seconds_of(chosen.durable_after)
    return f"""
    gathered as (
        select
            c.*, talks.* exclude (conversation_key),
            c.ended_at + to_seconds({after}) as judged_at,
            c.ended_at + to_seconds({durable}) as durable_at,
            reach.cutoff_at,
            coalesce(verdicts.is_negative, false) as is_negative,
            coalesce(verdicts.is_confirmed, false) as is_confirmed,
            coalesce(returned.back_at <= c.ended_at + to_seconds({seconds_of(chosen.returned_within)}), false) as is_back,
            coalesce(returned.back_at <= c.ended_at + to_seconds({durable}), false) as is_back_later,
            last_fallbacks.conversation_key is not null as is_late_fallback,
            reply_times.platform is null as is_time_lower_bound,
            escalation_tickets.closed_at as ticket_closed_at
        from marts.fct_conversations as c
        cross join reach
        left join talks on talks.conversation_key = c.conversation_key
        left join verdicts on verdicts.conversation_key = c.conversation_key
        left join returned on returned.conversation_key = c.conversation_key
        left join last_fallbacks on last_fallbacks.conversation_key = c.conversation_key
        left join reply_times on reply_times.platform = c.platform and reply_times.instance = c.instance
        left join escalation_tickets on escalation_tickets.conversation_key = c.conversation_key
    ),
    stated as (
        select
            *, coalesce(handoff_kind = 'made', false) or coalesce(agent_message_count, 0) > 0 as is_assisted,
            coalesce(durable_at <= cutoff_at, false) as is_durable_mature,
            case
                when not coalesce(is_closed, false) then 'open'
                when engagement <> 'engaged' then engagement
                when coalesce(judged_at <= cutoff_at, false) then 'judged'
                else 'pending'
            end as state
        from gathered
    ),
    judged as (
        select
            *,
            case
                when state <> 'judged' then null
                when handoff_kind is not null then 'escalated'
                when is_confirmed and not is_negative then 'resolved_confirmed'
                -- Who is not known can't be seen to return: the answer stands alone (is_return_visible).
                when last_act = 'answer' and unanswered_turn is null and not is_negative
                    and not is_back then 'resolved_assumed'
                else 'unresolved'
            end as outcome
        from stated
    ),
    told as (
        select
            *,
            case
                when outcome <> 'unresolved' or outcome is null then null
                when is_negative then 'negative'
                when is_back then 'returned'
                when error_turn >= coalesce(greatest(last_act_turn, unanswered_turn), 0) then 'abandoned_error'
                when unanswered_turn > last_act_turn or (unanswered_turn is not null and last_act_turn is null)
                    then 'abandoned_unanswered'
                when last_act in ('question', 'fallback', 'error') then 'abandoned_' || last_act
                else 'other'
            end as reason
        from judged
    )"""


TABLE = AnalyticsTable(
    name="conversation_outcomes",
    description=(
        "One row per conversation, test traffic too (flagged): how it ended. A closed, engaged conversation is judged"
        " 24 hours after its last message, once all chats, tickets and (where goals or ratings are read from them)"
        " orders and web data reach so far. First that fits: escalated; resolved_confirmed (a goal completed, the"
        " platform's success or positive feedback by then, none negative); resolved_assumed (the bot's last act, goodbyes,"
        " 'anything else?' and surveys aside, is an answer; nothing unanswered, nothing negative, no return in 24 hours);"
        " unresolved. Any negative feedback rules out both kinds of resolution, also if a better one follows. Thresholds"
        " are settings ([outcomes], [bot_acts])."
    ),
    columns=(
        Column("conversation_key", "varchar", "Conversation (marts.fct_conversations)."),
        Column("platform", "varchar", "Platform."),
        Column("instance", "varchar", "Account of the platform."),
        Column("person_key", "varchar", "Person in numbers per person; null where nobody is identified."),
        Column("started_date", "date", "Day it started, in the shop's time zone; all that follows counts on it."),
        Column("is_test", "boolean", "Test traffic, out of every number."),
        Column("state", "varchar", "open, bounced, outbound, pending (too young to judge) or judged."),
        Column(
            "outcome",
            "varchar",
            "escalated, resolved_confirmed, resolved_assumed or unresolved; null unless judged.",
        ),
        Column(
            "reason",
            "varchar",
            "Of an unresolved one, first that fits: negative, returned, abandoned_error, abandoned_unanswered,"
            " abandoned_question or abandoned_fallback (the bot's last act), other (an earlier message unanswered, no"
            " more than a greeting, or nothing that tells).",
        ),
        Column("handoff_kind", "varchar", "made, failed or requested, the first that holds; null without hand-over."),
        Column("is_assisted", "boolean", "A human took part; else the bot was alone."),
        Column("last_step", "varchar", "Action or page of the bot's last act, else the user's last intent, else the act."),
        Column("judged_at", "timestamp", "When it matures: 24 hours after the last message (UTC)."),
        Column("durable_at", "timestamp", "When a resolution has lasted: 7 days after the last message (UTC)."),
        Column("is_durable_mature", "boolean", "All sources reach to `durable_at`."),
        Column("is_return_visible", "boolean", "A person is known, so that a return would be seen."),
        Column(
            "returned_24h",
            "boolean",
            "The person was back within 24 hours: a ticket, or an engaged conversation of the same or an unknown intent"
            " group; null where nobody is identified, or not judged.",
        ),
        Column("returned_7d", "boolean", "As returned_24h, within 7 days; null until these have passed."),
        Column("resolution_seconds", "double", "Seconds from the user's first message to the bot's last answer; resolved ones only."),
        Column("resolution_business_seconds", "double", "The part of it in business hours; null where settings name none."),
        Column(
            "ticket_close_seconds",
            "double",
            "Escalated ones: seconds from the user's first message to the close of the person's first ticket opened up"
            " to 3 days after the hand-over.",
        ),
        Column("ticket_close_business_seconds", "double", "The part of it in business hours; null where settings name none."),
        Column("is_time_lower_bound", "boolean", "The account's export has no times of replies: seconds are lower bounds."),
        Column(
            "has_ending_fallback",
            "boolean",
            "Escalated or abandoned with a fallback in the last two requests before; null unless judged.",
        ),
    ),
    key=("conversation_key",),
    build=conversation_outcomes,
)  # fmt: skip
