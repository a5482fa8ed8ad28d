"""Units of what needs no outcome: volumes, ratings, fallbacks, persons, leads, web sessions. SELECTs over `chats`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import cutoff_of, is_apart
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

VOLUMES = (
    ("conversation_volume", "conversations", "true"),
    ("conversations_engaged", "engaged conversations", "engagement = 'engaged'"),
    ("conversations_bounced", "bounced conversations", "engagement = 'bounced'"),
    ("conversations_outbound", "outbound conversations", "engagement = 'outbound'"),
)


def unit_row(
    metric: str,
    unit: str,
    numerator: str,
    denominator: str = "1",
    pending: str = "false",
    other: str = "false",
    weight: str = "1",
    shape: str = "rate",
    conversation: str = "conversation_key",
) -> str:
    """Select list of a unit: the conditions are told apart in the order test, other, pending, counted."""
    # What can't be compared with a cut-off has not matured.
    pending = f"coalesce({pending}, true)"
    return f"""
        {metric} as metric, '{shape}' as shape, {sql_text(unit)} as unit, unit_key, {conversation} as conversation_key,
        customer_key, cluster, platform, instance, channel_name as channel, date as started_date,
        cast(case when is_apart or {other} or {pending} then 0 else {numerator} end as bigint) as numerator,
        cast(case when is_apart or {other} or {pending} then 0 else {denominator} end as bigint) as denominator,
        cast(case when not is_apart and not {other} and {pending} then {weight} else 0 end as bigint) as pending,
        cast(case when is_apart then {weight} else 0 end as bigint) as excluded_test,
        cast(case when not is_apart and {other} then {weight} else 0 end as bigint) as excluded_other"""


def volume_units(metric: str, unit: str, condition: str) -> str:
    """Conversations started. A volume waits for nothing."""
    row = unit_row(sql_text(metric), unit, "1", "0", shape="count")
    return f"select {row} from chats where {condition}"


def csat_units(settings: Settings) -> list[str]:
    """Rated conversations; a rating may change for some days after the end."""
    young, satisfied = "is_rating_young", "cast(is_satisfied as integer)"
    no_satisfaction = "(is_satisfied is null)"
    by_scale = "'csat:' || coalesce(rating_scale, 'unknown')"
    rated = [
        ("'csat'", satisfied, "true"),
        (by_scale, satisfied, "true"),
        ("'csat_negative_share'", "cast(coalesce(satisfaction = 'negative', false) as integer)", "true"),
        ("'csat_bot_only'", satisfied, "not is_assisted"),
        ("'csat_assisted'", satisfied, "is_assisted"),
    ]
    selects = [
        f"select {unit_row(metric, 'rated conversations', numerator, '1', young, no_satisfaction)}"
        f" from chats where rating is not null and {condition}"
        for metric, numerator, condition in rated
    ]
    number = "round(try_cast(rating as double))"
    mean = unit_row("'csat_mean'", "conversations rated 1 to 5", number, "1", young, shape="mean")
    is_rated = "case when rating is not null then 1 else 0 end"
    response = unit_row("'csat_response_rate'", "conversations asked for a rating", is_rated, "1", young)
    # Its own name is the flag: who was never asked did not refuse.
    of_engaged = unit_row(
        "'csat_response_rate_of_engaged'", "engaged conversations, asking not logged", is_rated, "1", young
    )
    return [
        *selects,
        f"select {mean} from chats where rating_scale = '1-5' and is_satisfied is not null",
        f"select {response} from chats where is_asking_logged and (rating is not null or is_rating_asked)",
        f"select {of_engaged} from chats where not is_asking_logged and (rating is not null or is_chat_engaged)",
    ]


def fallback_units() -> list[str]:
    """Text turns put to the bot; an open conversation may still get some, or the web data tell of a fallback."""
    turns = unit_row(
        "'fallback_turn_rate'",
        "text turns put to the bot",
        "fallback_turn_count",
        "text_turn_count",
        "is_fallback_young",
        weight="text_turn_count",
    )
    shares = [
        unit_row(metric, "conversations with text turns", f"cast({hit} as integer)", "1", "is_fallback_young")
        for metric, hit in (
            ("'fallback_share_one'", "fallback_turn_count = 1"),
            ("'fallback_share_two_or_more'", "fallback_turn_count >= 2"),
        )
    ]
    return [f"select {row} from chats where text_turn_count > 0" for row in (turns, *shares)]


def chatter_units() -> list[str]:
    """Persons with an engaged conversation: all, those whose first one it is, those who had one before the period.

    Only who is identified is a person; the share of conversations that have one is beside.
    """
    nobody = "(person_key is null)"
    rows = [
        unit_row("'chatters'", "persons", "1", "0", other=nobody, shape="persons_any"),
        unit_row("'chatters_new'", "persons", "cast(is_first as integer)", "0", other=nobody, shape="persons_any"),
        unit_row(
            "'chatters_returning'", "persons", "cast(not is_first as integer)", "0", other=nobody, shape="persons_all"
        ),
        unit_row("'identified_share'", "engaged conversations", "cast(person_key is not null as integer)"),
        unit_row("'web_linked_share'", "engaged conversations", "cast(web_session_key is not null as integer)"),
    ]  # fmt: skip
    return [f"select {row} from chats where is_chat_engaged" for row in rows]


def lead_units() -> str:
    """Conversations in which an e-mail or a phone number was given that no source had of the customer before.

    A source that doesn't say since when may have had it before. A login of later days takes nothing back.
    """
    row = unit_row("'chat_leads'", "conversations", "1", "0", shape="count")
    return f"""
    select {row}
    from chats
    where conversation_key in (
        select c.conversation_key
        from chats as c
        inner join (
            select
                customer_key, platform, instance, unverified_at,
                min(coalesce(since_at, timestamp '-infinity')) over (partition by customer_key, identifier_hash) as first_at
            from marts.customer_identities
            where identifier_type in ('email', 'phone')
        ) as i
            on i.customer_key = c.customer_key and i.platform = c.platform and i.instance = c.instance
            and i.unverified_at between c.started_at and c.ended_at
        where i.unverified_at = i.first_at
    )"""


def chat_start_units(settings: Settings) -> str:
    """Web sessions since there are chats; one is done when it was silent as long as ends a conversation,
    in the web data and in those of every chat source."""
    row = unit_row(
        "'chat_start_rate'",
        "web sessions",
        "cast(has_chat as integer)",
        "1",
        f"(ended_at + to_seconds({int(60 * settings.chat.silence_minutes)}) > least(cutoff_at, {cutoff_of('chat')}))",
        conversation="cast(null as varchar)",
    )
    return f"""
    select {row}
    from (
        select
            w.platform, w.instance, w.started_date as date, 'web' as channel_name, w.customer_key,
            w.web_session_key as unit_key,
            coalesce(w.customer_key, w.stream_id || '|' || w.client_id, w.web_session_key) as cluster,
            coalesce(w.ended_at, w.started_at) as ended_at, sources.cutoff_at,
            {is_apart(settings, "w.is_test")} as is_apart,
            linked.web_session_key is not null as has_chat
        from marts.fct_web_sessions as w
        inner join sources
            on sources.kind = 'web' and sources.platform = w.platform and sources.instance = w.instance
        left join (
            select web_session_key from chats
            where web_session_key is not null and is_chat_engaged and not is_apart
            union
            select s.web_session_key
            from marts.fct_web_sessions as s
            inner join chats on chats.conversation_key = s.conversation_key
            where chats.is_chat_engaged and not chats.is_apart
        ) as linked on linked.web_session_key = w.web_session_key
        where w.started_date >= (select min(first_date) from sources where kind = 'chat')
    ) as sessions"""
