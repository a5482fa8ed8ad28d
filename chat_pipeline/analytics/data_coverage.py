"""What the data allow to be said: how many units of each metric can be judged, and why the others can't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._units import chats_steps, ensure_units

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

COMPUTABLE = "computable"
# Why a unit is left out for good, by the metric's name up to a colon; whatever is not named here is of persons.
REASONS = {
    "csat": "scale is no satisfaction",
    "csat_bot_only": "scale is no satisfaction",
    "csat_assisted": "scale is no satisfaction",
    "csat_negative_share": "scale is no satisfaction",
    "goal_completion_rate": "no person and no web session",
    "cart_abandonment_rate": "ordered before the chat",
    "cart_abandonment_rate_with_chat": "ordered before the chat",
    "chatbot_influenced_retention": "first purchase not seen, or before the chat was 30 days old",
}
# Conversations that a metric is about, but that are no units of it: condition, and why not.
UNSEEN = {
    "csat": (
        "is_chat_engaged and is_closed and rating is null",
        "case when is_asking_logged and not coalesce(is_rating_asked, false) then 'no rating asked' else 'no rating given' end",
    ),
    "csat_response_rate": (
        "is_chat_engaged and rating is null and not coalesce(is_rating_asked, false)",
        "case when is_asking_logged then 'no rating asked' else 'asking not logged' end",
    ),
    "average_resolution_time": (
        "outcome like 'resolved%' and (coalesce(is_time_lower_bound, false) or resolution_seconds is null)",
        "case when is_time_lower_bound then 'no reply times' else 'no answer' end",
    ),
    "first_response_time": (
        "is_chat_engaged and is_closed and (coalesce(is_time_lower_bound, false) or first_response_seconds is null)",
        "case when is_time_lower_bound then 'no reply times' else 'no answer' end",
    ),
    "escalation_close_time": (
        "outcome = 'escalated' and ticket_close_seconds is null", "'no closed ticket of the person'",
    ),
    "fallback_turn_rate": ("is_chat_engaged and coalesce(text_turn_count, 0) = 0", "'no text turns'"),
}  # fmt: skip
# What conversations have or lack, whatever the metric.
ASPECTS = {
    "identified person": ("person_key is not null", "no person"),
    "web session": ("web_session_key is not null", "no web session"),
    "text": ("has_text", "no text"),
    "language": ("nullif(trim(language), '') is not null", "no language"),
    "intent": ("primary_intent is not null", "no intent"),
    "reply times": ("not coalesce(is_time_lower_bound, false)", "no reply times"),
}


def data_coverage(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.data_coverage`."""
    ensure_units(con, settings)
    named = " ".join(f"when '{metric}' then '{reason}'" for metric, reason in REASONS.items())
    unseen = " union all ".join(
        f"select '{metric}', date, platform, instance, {reason}, 1 from talks where {condition}"
        for metric, (condition, reason) in UNSEEN.items()
    )
    aspects = " union all ".join(
        f"select 'aspect', '{aspect}', date, platform, instance, case when {holds} then '{COMPUTABLE}' else '{reason}' end,"
        " 1 from talks where is_chat_engaged"
        for aspect, (holds, reason) in ASPECTS.items()
    )
    return f"""
    with {chats_steps(settings)},
    texts as (
        select distinct conversation_key, true as has_text from marts.fct_messages
        where author = 'user' and nullif(trim(text), '') is not null
    ),
    talks as (
        select chats.*, coalesce(texts.has_text, false) as has_text
        from chats
        left join texts on texts.conversation_key = chats.conversation_key
        where not is_apart
    ),
    metric_rows_seen as (
        select
            metric, started_date, platform, instance,
            case
                when excluded_other > 0 then case split_part(metric, ':', 1) {named} else 'no person' end
                when pending > 0 then 'too young' else '{COMPUTABLE}'
            end as reason,
            1 as units
        from metric_units
        where excluded_test = 0 and shape <> 'count'
        union all
        {unseen}
    ),
    found as (
        select 'metric' as kind, metric as subject, started_date, platform, instance, reason, units from metric_rows_seen
        union all
        {aspects}
    ),
    counted as (
        select kind, subject, started_date, platform, instance, reason, sum(units) as units
        from found
        group by kind, subject, started_date, platform, instance, reason
    )
    select
        *, sum(units) over (partition by kind, subject, started_date, platform, instance) as all_units,
        cast(units as double) / sum(units) over (partition by kind, subject, started_date, platform, instance) as share
    from counted
    """


TABLE = AnalyticsTable(
    name="data_coverage",
    description=(
        "One row per kind, subject (metric, or aspect of conversations), day, platform, account and reason: how many of"
        " the units that the metric is about can be judged ('computable'), and for which reason the others can't. Counts"
        " can always be made and are not listed. Test traffic is left out. Rows with the reason 'computable' have the"
        " share that a metric rests on; a subject without such a row that day rests on nothing."
    ),
    columns=(
        Column("kind", "varchar", "metric, or aspect (what engaged conversations have or lack)."),
        Column(
            "subject",
            "varchar",
            "Metric as in analytics.metrics; or identified person, web session, text, language, intent, reply times.",
        ),
        Column("started_date", "date", "Shop day on which the units started."),
        Column("platform", "varchar", "Platform of the units."),
        Column("instance", "varchar", "Account of the platform."),
        Column("reason", "varchar", "computable, too young (pending), or what is missing."),
        Column("units", "bigint", "Units (conversations, web sessions, tickets) with that reason."),
        Column("all_units", "bigint", "All units that the subject is about in that cell."),
        Column("share", "double", "units / all_units, 0 to 1."),
    ),
    key=("kind", "subject", "started_date", "platform", "instance", "reason"),
    build=data_coverage,
    needs=("conversation_outcomes",),
)
