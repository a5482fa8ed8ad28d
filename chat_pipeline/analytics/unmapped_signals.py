"""What the exports name and the settings make nothing of, the most frequent first in every reading order.

`signals` lists every name; here is the part that somebody may still want to map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._sql import is_apart

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# CRM fields and GA4 parameters are what a vendor always sends: unmapped is their normal state unless they look like something.
VENDORS_OWN = ("crm_field", "ga4", "ga4_parameter")


def unmapped_signals(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.unmapped_signals`."""
    own = ", ".join(f"'{kind}'" for kind in VENDORS_OWN)
    return f"""
    with sizes as (
        select platform, instance, count(*) as conversations
        from marts.fct_conversations
        where not {is_apart(settings)}
        group by platform, instance
    ),
    unmapped as (
        select * from analytics.signals
        where mapped_to is null and occurrences > 0 and (kind not in ({own}) or looks_like is not null)
    )
    select
        u.platform, u.instance, u.kind, u.name, u.occurrences, u.conversations,
        cast(u.conversations as double) / nullif(s.conversations, 0) as conversation_share,
        row_number() over (
            partition by u.platform, u.instance
            order by u.conversations desc nulls last, u.occurrences desc nulls last, u.kind asc nulls last,
                u.name asc nulls last
        ) as place,
        u.looks_like, u.suggestion, u.last_seen_at
    from unmapped as u
    left join sizes as s on s.platform = u.platform and s.instance = u.instance
    """


TABLE = AnalyticsTable(
    name="unmapped_signals",
    description=(
        "One row per platform, instance, kind and name that the exports hold outside test traffic and the settings make"
        " nothing of. CRM fields, GA4 events and GA4 parameters are listed only where their values look like something"
        " that settings can use."
    ),
    columns=(
        Column("platform", "varchar", "Platform that uses the name."),
        Column("instance", "varchar", "Account of the platform."),
        Column("kind", "varchar", "As in `signals`: intent, action, slot, parameter, event, flow, page, ..."),
        Column("name", "varchar", "The name as the settings want it."),
        Column("occurrences", "bigint", "Number of sightings."),
        Column("conversations", "bigint", "Conversations with it."),
        Column(
            "conversation_share",
            "double",
            "conversations / all conversations of the platform and instance, 0 to 1; null for one without chats.",
        ),
        Column("place", "bigint", "Place by conversations within platform and instance, from 1."),
        Column("looks_like", "varchar", "rating, yes_no, email, phone, client_id, or null."),
        Column("suggestion", "varchar", "Lines for the settings file, where a use suggests itself."),
        Column("last_seen_at", "timestamp", "Last time (UTC)."),
    ),
    key=("platform", "instance", "kind", "name"),
    build=unmapped_signals,
    needs=("signals",),
)
