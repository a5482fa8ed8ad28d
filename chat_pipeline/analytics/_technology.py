"""The devices and channels that a customer used last: a step of the query behind `segments`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import is_apart

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

# A channel's family by what its name contains, first that fits; platforms name channels as they like.
CHANNELS = {
    "voice": ("voice", "alexa", "telephony"),
    "social": (
        *("facebook", "messenger", "instagram", "whatsapp", "telegram", "twitter", "slack", "skype", "viber"),
        *("wechat", "msteams", "social"),
    ),
    "app": ("app", "ios", "android", "mobile"),
    "web": ("web", "socketio", "widget", "browser"),
}
# Names too short to be looked for inside others, or that contain one of the above by chance.
CHANNEL_NAMES = {
    **{"directline": "web", "rest": "web", "site": "web", "directlinespeech": "voice", "phone": "voice"},
    **{"line": "social", "kik": "social", "sms": "social"},
}


def channel_family(channel: str) -> str:
    """Expression: web, app, social, voice or other of a platform's channel name; null for null."""
    exact = " ".join(
        f"when lower({channel}) = '{name}' then '{family}'" for name, family in CHANNEL_NAMES.items()
    )
    parts = " ".join(
        f"when contains(lower({channel}), '{part}') then '{family}'"
        for family, parts in CHANNELS.items()
        for part in parts
    )
    return f"case when nullif(trim({channel}), '') is null then null {exact} {parts} else 'other' end"


def technology(settings: Settings) -> str:
    """Step `latest`: (customer_key, attribute, value), the latest known of chats and web sessions."""
    return f"""
    technology as (
        select
            customer_key, started_at, conversation_key as record_key,
            unnest([
                {{'attribute': 'device', 'value': device}},
                {{'attribute': 'channel', 'value': {channel_family("channel")}}}
            ], recursive := true)
        from all_chats
        union all
        select
            w.customer_key, w.started_at, w.web_session_key,
            unnest([
                {{'attribute': 'device', 'value': w.device}},
                {{'attribute': 'operating_system', 'value': w.operating_system}},
                {{'attribute': 'browser', 'value': w.browser}}
            ], recursive := true)
        from marts.fct_web_sessions as w
        inner join as_of on w.started_date <= as_of.day
        where w.customer_key is not null and not {is_apart(settings, "w.is_test")}
    ),
    ranked_technology as (
        select
            customer_key, attribute, value,
            row_number() over (
                partition by customer_key, attribute
                order by started_at desc nulls last, record_key desc nulls last
            ) as age_rank
        from technology
        where nullif(trim(value), '') is not null
    ),
    latest as (select customer_key, attribute, value from ranked_technology where age_rank = 1)"""
