"""What came after a conversation and bears on its outcome: returns, tickets, goals, feedback; steps over the marts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import cutoff_of, is_apart, seconds_of

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


def reach_steps(settings: Settings) -> str:
    """Step `reach`: one row, `cutoff_at`, how far all sources that outcomes read have come.

    Returns may come on any platform or as a ticket; orders and web data count where goals or ratings are read from
    them. A kind of source that the shop doesn't have is waited for by nobody.
    """
    kinds = {match.kind for goal in settings.goals.values() for match in (*goal.entered, *goal.completed)} & {
        "order",
        "ga4",
    }
    orders = f", {cutoff_of('order')}" if "order" in kinds else ""
    web = (
        "true"
        if "ga4" in kinds
        else "exists (select 1 from marts.fct_conversation_events where signal_source = 'ga4')"
    )
    return f"""
    reach as (
        select least(
            {cutoff_of("chat")}, {cutoff_of("ticket")}, case when {web} then {cutoff_of("web")} end{orders}
        ) as cutoff_at
    )"""


def returns_after_steps(settings: Settings) -> str:
    """Step `returned`: when the person of a conversation first came back, if within the longest window.

    A ticket of the same person, or an engaged conversation of the same or an unknown intent group.
    """
    longest = max(seconds_of(settings.outcomes.returned_within), seconds_of(settings.outcomes.durable_after))
    return f"""
    comebacks as (
        select
            person_key, started_at as back_at, primary_intent_group as intent_group
        from marts.fct_conversations
        where person_key is not null and is_chat_engaged and not {is_apart(settings)}
        union all
        select customer_key, created_at, null from marts.fct_tickets where customer_key is not null
    ),
    returned as (
        select c.conversation_key, min(comebacks.back_at) as back_at
        from marts.fct_conversations as c
        inner join comebacks
            on comebacks.person_key = c.person_key
            and comebacks.back_at > c.ended_at
            and comebacks.back_at <= c.ended_at + to_seconds({longest})
        where comebacks.intent_group is null or c.primary_intent_group is null
            or comebacks.intent_group = c.primary_intent_group
        group by c.conversation_key
    )"""


def verdicts_steps(settings: Settings) -> str:
    """Step `verdicts`: what user, platform and goals said of a conversation by the time it is judged."""
    judged_after = seconds_of(settings.outcomes.judged_after)
    return f"""
    verdicts as (
        select
            conversation_key,
            max(case when says = 'negative' then 1 else 0 end) = 1 as is_negative,
            max(case when says <> 'negative' then 1 else 0 end) = 1 as is_confirmed
        from (
            select
                e.conversation_key, e.occurred_at,
                case when e.event_type = 'success' then 'success' else e.satisfaction end as says
            from marts.fct_conversation_events as e
            where e.event_type = 'success' or e.satisfaction in ('positive', 'negative')
            union all
            select conversation_key, completed_at, 'goal' from marts.fct_conversation_goals where completed_at is not null
        ) as signs
        inner join marts.fct_conversations as c using (conversation_key)
        where signs.occurred_at <= c.ended_at + to_seconds({judged_after})
        group by conversation_key
    )"""


def ticket_steps(settings: Settings) -> str:
    """Step `escalation_tickets`: per escalated conversation the person's first ticket from its start until some days
    after the hand-over."""
    return f"""
    escalation_tickets as (
        select conversation_key, created_at, closed_at
        from (
            select
                c.conversation_key, t.created_at, t.closed_at,
                row_number() over (partition by c.conversation_key order by t.created_at, t.ticket_key) as place
            from marts.fct_conversations as c
            inner join marts.fct_tickets as t
                on t.customer_key = c.person_key
                and t.created_at >= c.started_at
                and t.created_at <= coalesce(c.handoff_at, c.ended_at)
                    + to_seconds({seconds_of(settings.outcomes.tickets_within)})
            where c.handoff_kind is not null
        ) as ranked
        where place = 1
    )"""
