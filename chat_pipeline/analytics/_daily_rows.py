"""What each daily metric but the goals counts: SELECTs of units, in the columns of `_daily_units.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import cutoff_of, is_apart
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

RATING_DAYS = 7
VOLUMES = (
    ("conversation_volume", "conversations", "true"),
    ("conversations_engaged", "engaged conversations", "engagement = 'engaged'"),
    ("conversations_bounced", "bounced conversations", "engagement = 'bounced'"),
    ("conversations_outbound", "outbound conversations", "engagement = 'outbound'"),
)


def unit_row(
    metric: str, unit: str, numerator: str, denominator: str, pending: str, other: str, weight: str = "1"
) -> str:
    """Select list of a unit: the conditions are told apart in the order test, other, pending, counted."""
    # What can't be compared with a cut-off has not matured.
    pending = f"coalesce({pending}, true)"
    return f"""
        {metric} as metric, {sql_text(unit)} as unit, true as is_rate, date, platform, instance,
        channel_name as channel, cluster,
        case when is_apart or {other} or {pending} then 0 else {numerator} end as numerator,
        case when is_apart or {other} or {pending} then 0 else {denominator} end as denominator,
        case when not is_apart and not {other} and {pending} then {weight} else 0 end as pending,
        case when is_apart then {weight} else 0 end as excluded_test,
        case when not is_apart and {other} then {weight} else 0 end as excluded_other"""


def volume_units(metric: str, unit: str, condition: str) -> str:
    """Conversations started. A volume waits for nothing and has no person behind it."""
    return f"""
    select
        '{metric}' as metric, '{unit}' as unit, false as is_rate, date, platform, instance,
        channel_name as channel, '' as cluster, case when is_apart then 0 else 1 end as numerator,
        0 as denominator, 0 as pending, case when is_apart then 1 else 0 end as excluded_test, 0 as excluded_other
    from chats
    where {condition}"""


def csat_units(metric: str) -> str:
    """Rated conversations; a rating may change until 7 days after the end."""
    pending = f"(ended_at + interval {RATING_DAYS} day > rating_cutoff_at)"
    row = unit_row(
        metric,
        "rated conversations",
        "cast(is_satisfied as integer)",
        "1",
        pending,
        "(is_satisfied is null)",
    )
    return f"select {row} from chats where rating is not null"


def fallback_units() -> str:
    """Text turns put to the bot; an open conversation may still get some, or the web data tell of a fallback."""
    row = unit_row(
        "'fallback_turn_rate'",
        "text turns put to the bot",
        "fallback_turn_count",
        "text_turn_count",
        "(not coalesce(is_closed, false) or ended_at > fallback_cutoff_at)",
        "false",
        weight="text_turn_count",
    )
    return f"select {row} from chats where text_turn_count > 0"


def chat_start_units(settings: Settings) -> str:
    """Web sessions since there are chats; one is done when it was silent as long as ends a conversation,
    in the web data and in those of every chat source."""
    row = unit_row(
        "'chat_start_rate'",
        "web sessions",
        "cast(has_chat as integer)",
        "1",
        f"(ended_at + to_seconds({int(60 * settings.chat.silence_minutes)}) > least(cutoff_at, {cutoff_of('chat')}))",
        "false",
    )
    return f"""
    select {row}
    from (
        select
            w.platform, w.instance, w.started_date as date, 'web' as channel_name,
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
