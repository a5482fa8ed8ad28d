"""Units of what follows from outcomes: rates, times, automation with tickets, cost. SELECTs over `chats`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import cutoff_of, seconds_of
from chat_pipeline.analytics._unit_rows import unit_row
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

ENGAGED = "engaged conversations"
RESOLVED = "coalesce(outcome like 'resolved%', false)"
MILLIONTHS = 1_000_000


def outcome_rates() -> list[str]:
    """Shares of the engaged conversations that were judged; younger ones, open ones too, are pending."""
    reached = "(has_goal or outcome = 'resolved_confirmed')"
    nobody = "(person_key is null)"
    rates = [
        ("conversation_rate", reached, "true", "false"),
        ("conversation_rate_bot_only", reached, "not is_assisted", "false"),
        ("conversation_rate_assisted", reached, "is_assisted", "false"),
        ("resolution_rate", RESOLVED, "true", "false"),
        ("escalation_rate", "outcome = 'escalated'", "true", "false"),
        ("containment_rate", "outcome <> 'escalated'", "true", "false"),
        (
            "containment_without_return_rate",
            "outcome <> 'escalated' and not coalesce(returned_24h, false)",
            "true",
            nobody,
        ),
        ("abandonment_rate", "coalesce(reason like 'abandoned%', false)", "true", "false"),
        ("fallback_rate", "coalesce(has_ending_fallback, false)", "true", "false"),
    ]
    selects = []
    for metric, hit, condition, other in rates:
        row = unit_row(sql_text(metric), ENGAGED, f"cast({hit} as integer)", "1", "is_unjudged", other)
        selects.append(f"select {row} from chats where is_chat_engaged and {condition}")
    durable = unit_row(
        "'durable_resolution_rate'",
        "resolved conversations of identified persons",
        "cast(not returned_7d as integer)",
        "1",
        "not is_durable_mature",
        nobody,
    )
    return [*selects, f"select {durable} from chats where {RESOLVED}"]


def time_units() -> list[str]:
    """Seconds of resolved, escalated and engaged conversations. Exports without reply times give lower bounds: apart."""
    bound = "coalesce(is_time_lower_bound, false)"
    times = [
        ("average_resolution_time", "resolution_seconds", f"{RESOLVED} and not {bound}"),
        ("average_resolution_time_lower_bound", "resolution_seconds", f"{RESOLVED} and {bound}"),
        ("average_resolution_business_time", "resolution_business_seconds", f"{RESOLVED} and not {bound}"),
        ("escalation_close_time", "ticket_close_seconds", "outcome = 'escalated'"),
        ("escalation_close_business_time", "ticket_close_business_seconds", "outcome = 'escalated'"),
        ("conversation_duration", "duration_seconds", "is_chat_engaged and is_closed"),
        ("first_response_time", "first_response_seconds", f"is_chat_engaged and is_closed and not {bound}"),
    ]
    selects = []
    for metric, seconds, condition in times:
        row = unit_row(
            sql_text(metric), "conversations with that time", f"round({seconds})", "1", shape="seconds"
        )
        selects.append(f"select {row} from chats where {condition} and {seconds} is not null")
    return selects


def automation_units(settings: Settings) -> str:
    """Judged conversations, and tickets that no escalation of the same person led to."""
    unit = "judged conversations, and tickets without an escalation before"
    alone = f"cast({RESOLVED} and not is_assisted as integer)"
    row = unit_row("'automation_rate'", unit, alone, "1", "is_unjudged")
    after, within = (
        seconds_of(settings.outcomes.judged_after),
        seconds_of(settings.outcomes.tickets_within),
    )
    # A ticket waits as long as a conversation, else the newest days would hold tickets alone.
    ticket = unit_row(
        "'automation_rate'",
        unit,
        "0",
        "1",
        f"(created_at + to_seconds({after}) > least({cutoff_of('ticket')}, {cutoff_of('chat')}))",
        conversation="cast(null as varchar)",
    )
    return f"""
    select {row} from chats where is_chat_engaged
    union all
    select {ticket}
    from (
        select
            t.platform, t.instance, t.created_date as date, 'unknown' as channel_name, t.customer_key, t.created_at,
            t.ticket_key as unit_key, coalesce(t.customer_key, t.ticket_key) as cluster, false as is_apart
        from marts.fct_tickets as t
        where t.created_date >= (select min(first_date) from sources where kind = 'chat') and not exists (
            select 1 from chats as c
            where c.person_key = t.customer_key and c.handoff_kind is not null and c.is_chat_engaged
                and t.created_at >= coalesce(c.handoff_at, c.started_at)
                and t.created_at <= coalesce(c.handoff_at, c.ended_at) + to_seconds({within})
        )
    ) as tickets"""


def cost_units(settings: Settings) -> list[str]:
    """An estimate: the bot's monthly price spread over the month's conversations, and agents' minutes where one took part."""
    costs = settings.costs
    if costs.bot_per_month is None or costs.agent_minutes_per_chat is None or costs.agent_per_hour is None:
        return []
    agent = round(costs.agent_minutes_per_chat * costs.agent_per_hour / 60 * MILLIONTHS)
    bot = round(costs.bot_per_month * MILLIONTHS)
    row = unit_row(
        "'cost_per_resolution_estimate'",
        "resolved conversations",
        f"{bot} // of_month + case when is_assisted then {agent} else 0 end",
        f"cast({RESOLVED} as integer)",
        "is_unjudged",
        shape="money",
    )
    return [
        f"""
    select {row}
    from (
        select
            chats.*,
            sum(case when is_apart then 0 else 1 end) over (partition by date_trunc('month', date)) as of_month
        from chats
        where is_chat_engaged
    ) as priced"""
    ]
