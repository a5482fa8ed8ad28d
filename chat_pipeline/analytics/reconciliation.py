"""Our counts against those that vendors show, for the same days and the same part.

The vendor's own days count here (GA4's reporting day), and test traffic counts too: a vendor's screen leaves
nothing out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# Up to this share of the vendor's figure a gap is called none.
CLOSE = 0.02
# Metric: (relation with platform, instance, day; expression over the rows of the days).
WEB = "web_days"
CHAT = "chat_days"
METRICS = {
    "sessions": (WEB, "count(distinct web_session_key)"),
    "users": (WEB, "count(distinct client)"),
    "new_users": (
        WEB,
        "count(distinct case when event_name in ('first_visit', 'first_open') then client end)",
    ),
    "events": (WEB, "sum(events)"),
    "page_views": (WEB, "sum(case when event_name in ('page_view', 'screen_view') then events end)"),
    "purchases": (WEB, "count(distinct transaction_id)"),
    "conversations": (CHAT, "count(*)"),
    "user_messages": (CHAT, "sum(user_message_count)"),
    "bot_messages": (CHAT, "sum(bot_message_count)"),
    "escalations": (CHAT, "sum(case when handoff_kind is not null then 1 else 0 end)"),
    "ratings": (CHAT, "sum(case when rating is not null then 1 else 0 end)"),
    "tickets": ("ticket_days", "count(*)"),
    "orders": ("order_days", "count(*)"),
}


def reconciliation(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.reconciliation`."""
    counted = " union all ".join(
        f"""
        select f.figure_key, cast(coalesce({expression}, 0) as double) as our_value
        from figures as f
        left join {days} as d
            on d.platform = f.platform and d.instance = f.instance and d.day between f.from_date and f.to_date
            and (f.dimension = '' or d.event_name = f.dimension_value)
        where f.metric = '{metric}' and f.is_known
        group by f.figure_key
        """
        for metric, (days, expression) in METRICS.items()
    )
    return f"""
    with {days_steps()},
    covered as (
        select platform, instance, min(day) as first_day, max(day) as last_day
        from (
            select platform, instance, day from web_days
            union all
            select platform, instance, day from chat_days
            union all
            select platform, instance, day from ticket_days
            union all
            select platform, instance, day from order_days
        ) as days
        group by platform, instance
    ),
    figures as (
        select
            f.*, c.first_day, c.last_day,
            f.metric is not null and c.platform is not null
                and (f.dimension = '' or (f.dimension = 'event_name' and f.metric in ('events', 'users', 'sessions')))
                and f.metric <> 'revenue' as is_known
        from marts.vendor_figures as f
        left join covered as c on c.platform = f.platform and c.instance = f.instance
    ),
    counted as ({counted}),
    compared as (
        select
            f.*, c.our_value, c.our_value - f.value as gap,
            (c.our_value - f.value) / nullif(f.value, 0) as gap_share,
            coalesce(f.from_date >= f.first_day and f.to_date <= f.last_day, false) as is_covered
        from figures as f
        left join counted as c on c.figure_key = f.figure_key
    )
    select
        figure_key, platform, instance, coalesce(metric, vendor_metric) as metric, dimension, dimension_value,
        from_date, to_date, value as vendor_value, our_value, gap, gap_share, is_covered,
        coalesce(is_covered and our_value is not null, false) as is_compared,
        {reason()} as reason, file
    from compared
    """


def days_steps() -> str:
    """Steps web_days, chat_days, ticket_days, order_days: what is counted, with the vendor's day and the name of the event."""
    return """
    web_days as (
        select
            e.platform, e.instance, e.reporting_date as day, e.event_name, e.web_session_key,
            s.stream_id || '|' || s.client_id as client,
            case when e.event_name = 'purchase' then e.transaction_id end as transaction_id, count(*) as events
        from marts.fct_web_events as e
        left join marts.fct_web_sessions as s on s.web_session_key = e.web_session_key
        group by all
    ),
    chat_days as (
        select
            platform, instance, started_date as day, cast(null as varchar) as event_name, user_message_count,
            bot_message_count, handoff_kind, rating
        from marts.fct_conversations
    ),
    ticket_days as (
        select platform, instance, created_date as day, cast(null as varchar) as event_name from marts.fct_tickets
    ),
    -- Shops leave test orders out of their own reports, and cancelled ones in.
    order_days as (
        select platform, instance, ordered_date as day, cast(null as varchar) as event_name
        from marts.fct_orders where not is_test
    )"""


def reason() -> str:
    """Expression: why the two differ or are not compared, as far as the data tell."""
    return f"""
        case
            when first_day is null then 'nothing of this platform and account is loaded'
            when our_value is null then 'a figure that we do not count'
            when not is_covered then 'our data cover ' || first_day || ' to ' || last_day || ' only'
            when gap = 0 then 'equal'
            when abs(gap_share) <= {CLOSE} then 'close'
            when metric in ('users', 'new_users') then 'vendors estimate users, and count them without consent'
            when metric in ('sessions', 'events', 'page_views', 'purchases') and gap < 0
                then 'reports model visits without consent, the export leaves them out; or days are missing'
            when metric = 'orders' then 'a screen may leave cancelled or unpaid orders out, or count days of another time zone'
            when metric = 'conversations'
                then 'a vendor counts its own threads, we cut them at silence and session marks'
            else 'unexplained: look for missing exports, another time zone, or a filter on the screen'
        end"""


TABLE = AnalyticsTable(
    name="reconciliation",
    description=(
        "One row per figure that a vendor's report or screen tells (`marts.vendor_figures`): ours beside it, for the same"
        " days as the vendor counts them, test traffic included (of orders: without tests)."
    ),
    columns=(
        Column("figure_key", "varchar", "Key of the figure."),
        Column("platform", "varchar", "Source whose figure it is."),
        Column("instance", "varchar", "Account of the source."),
        Column("metric", "varchar", "What is counted; in the vendor's words where we do not count it."),
        Column("dimension", "varchar", "What it is a part by; empty for a total."),
        Column("dimension_value", "varchar", "Which part."),
        Column("from_date", "date", "First day, as the vendor counts days."),
        Column("to_date", "date", "Last day."),
        Column("vendor_value", "double", "The vendor's figure: a count of `metric`."),
        Column("our_value", "double", "Ours; null where we do not count it."),
        Column("gap", "double", "Ours minus the vendor's, a count of `metric`."),
        Column("gap_share", "double", "gap as a share of the vendor's figure; null where that is 0."),
        Column("is_covered", "boolean", "Our data of that account span all days of the figure."),
        Column("is_compared", "boolean", "Covered and counted: the gap means something."),
        Column(
            "reason", "varchar", f"Why the two differ, as far as the data tell; close: within {CLOSE:.0%}."
        ),
        Column("file", "varchar", "File that tells the figure."),
    ),
    key=("figure_key",),
    build=reconciliation,
)
