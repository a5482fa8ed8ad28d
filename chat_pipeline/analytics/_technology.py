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
    """Step `latest` (customer_key, day, device, operating_system, browser, channel): the latest known by the day.

    Of chats and web sessions; each attribute by itself, null where never known.
    """
    names = ("device", "operating_system", "browser", "channel")
    pivoted = ", ".join(f"max(case when t.attribute = '{name}' then t.value end) as {name}" for name in names)
    return f"""
    technology as (
        select
            customer_key, started_date, started_at, conversation_key as record_key,
            unnest([
                {{'attribute': 'device', 'value': device}},
                {{'attribute': 'channel', 'value': {channel_family("channel")}}}
            ], recursive := true)
        from all_chats
        union all
        select
            w.customer_key, w.started_date, w.started_at, w.web_session_key,
            unnest([
                {{'attribute': 'device', 'value': w.device}},
                {{'attribute': 'operating_system', 'value': w.operating_system}},
                {{'attribute': 'browser', 'value': w.browser}}
            ], recursive := true)
        from marts.fct_web_sessions as w
        where w.customer_key is not null and not {is_apart(settings, "w.is_test")}
    ),
    ranked_technology as (
        select
            customer_key, attribute, started_date, value,
            row_number() over (
                partition by customer_key, attribute, started_date
                order by started_at desc nulls last, record_key desc nulls last
            ) as age_rank
        from technology
        where nullif(trim(value), '') is not null
    ),
    technology_days as (
        select customer_key, attribute, started_date, value from ranked_technology where age_rank = 1
    ),
    latest as (
        select a.customer_key, a.day, {pivoted}
        from (
            select asked.*, names.attribute
            from asked
            cross join (values {", ".join(f"('{name}')" for name in names)}) as names (attribute)
        ) as a
        asof join technology_days as t
            on t.customer_key = a.customer_key and t.attribute = a.attribute and a.day >= t.started_date
        group by a.customer_key, a.day
    )"""


def acquisition() -> str:
    """Step `acquired` (customer_key, day, source, medium, campaign): of the latest chat with a web session.

    The three together, of a session that knows any: a campaign of one visit is not the source of another.
    """
    return f"""
    linked_sessions as (
        select
            c.customer_key, c.started_date, {session_names("w")},
            row_number() over (
                partition by c.customer_key, c.started_date
                order by c.started_at desc nulls last, c.conversation_key desc nulls last
            ) as age_rank
        from all_chats as c
        inner join marts.fct_web_sessions as w on w.web_session_key = c.web_session_key
        where coalesce(nullif(trim(w.source), ''), nullif(trim(w.medium), ''), nullif(trim(w.campaign), ''))
            is not null
    ),
    session_days as (select * from linked_sessions where age_rank = 1),
    acquired as (
        select asked.customer_key, asked.day, s.source, s.medium, s.campaign
        from asked
        asof join session_days as s on s.customer_key = asked.customer_key and asked.day >= s.started_date
    )"""


def session_names(w: str) -> str:
    """Select list: source, medium, campaign of a web session, null for blank."""
    return ", ".join(f"nullif(trim({w}.{name}), '') as {name}" for name in ("source", "medium", "campaign"))


def acquisition_name(w: str) -> str:
    """Expression: source / medium of a web session, as the family has them; 'unknown' where neither is known."""
    source, medium = (f"nullif(trim({w}.{name}), '')" for name in ("source", "medium"))
    return f"""case
        when coalesce({source}, {medium}) is null then 'unknown'
        else coalesce({source}, 'unknown') || ' / ' || coalesce({medium}, 'unknown')
    end"""
