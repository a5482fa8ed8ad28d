"""The customer's segments at each conversation's start: what was known at the end of the shop day before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._segment_values import attributes, described_steps, unpivoted
from chat_pipeline.analytics._technology import channel_family, session_names
from chat_pipeline.analytics.segments import ATTRIBUTES_COLUMN, FAMILIES_TEXT, VALUES

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


UNDISPUTED = "case when not coalesce(has_identity_conflict, false) then customer_key end"


def conversation_segments(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.conversation_segments`, for all days in one pass."""
    con.execute("drop table if exists temp.segment_columns")  # was made of the old ones
    values = {key: _value(key, column) for key, column in sorted(attributes(settings).items())}
    columns = ", ".join(f"{expression} as value_{n}" for n, expression in enumerate(values.values()))
    names = {key: f"value_{n}" for n, key in enumerate(values)}
    return f"""
    with started as (
        select
            conversation_key, web_session_key, started_date - 1 as day, nullif(trim(device), '') as device,
            {channel_family("channel")} as channel,
            {UNDISPUTED} as customer_key
        from marts.fct_conversations
    ),
    {described_steps(con, settings, _asked())},
    sessions as (
        select
            web_session_key, nullif(trim(device), '') as device, nullif(trim(browser), '') as browser,
            nullif(trim(operating_system), '') as operating_system, {session_names("w")}
        from marts.fct_web_sessions as w
    )
    select conversation_key, {unpivoted(names)}
    from (
        select started.conversation_key, {columns}
        from started
        left join described on described.customer_key = started.customer_key and described.day = started.day
        left join sessions on sessions.web_session_key = started.web_session_key
        -- A conversation's rows then lie in order; to sort them all would take most of the memory.
        order by started.conversation_key nulls last
    ) as valued
    """


def _asked() -> str:
    """SELECT of the customers and the days before their conversations."""
    return f"""
    select distinct {UNDISPUTED} as customer_key, started_date - 1 as day
    from marts.fct_conversations
    where {UNDISPUTED} is not null"""


def _value(key: tuple[str, str], column: str) -> str:
    """What a conversation shows of itself from its first message on, else the customer's of the day before."""
    family, name = key
    own = {
        "device": "started.device, sessions.device, ",
        "channel": "started.channel, ",
        "operating_system": "sessions.operating_system, ",
        "browser": "sessions.browser, ",
    }
    if family == "acquisition":
        return f"coalesce(sessions.{name}, 'unknown')"
    return f"coalesce({own.get(name, '') if family == 'technology' else ''}described.{column}, 'unknown')"


TABLE = AnalyticsTable(
    name="conversation_segments",
    description=(
        f"One row per conversation and attribute, of the families {FAMILIES_TEXT}: the value at the conversation's"
        " start, that is of its customer at the end of the shop day before; nothing of the day itself or later counts,"
        " except what the conversation shows of itself from its start: the technology it is held on (where not known,"
        " the customer's latest before) and the acquisition of its own web session. Country, city, gender, and age"
        " without a birth date have no history and are today's. Every conversation has every attribute, so that the"
        " values of each add up to all conversations: without customer, or where two are in conflict, the value is"
        " 'unknown'; a customer's first contact is prospect and none."
    ),
    columns=(
        Column("conversation_key", "varchar", "Conversation (`marts.fct_conversations`), test traffic too."),
        Column("family", "varchar", f"{FAMILIES_TEXT}."),
        ATTRIBUTES_COLUMN,
        Column("value", "varchar", f"{VALUES} unknown: no customer, or not known of the customer."),
    ),
    key=("conversation_key", "family", "attribute"),
    build=conversation_segments,
    is_ordered=True,
)
