"""Every entry into a funnel, a row per step that it reached. Counts and rates: `funnel_steps`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._funnel_chain import Plan, create_followed, follow
from chat_pipeline.analytics._funnel_fits import create_fits
from chat_pipeline.analytics._funnel_plans import plans_of
from chat_pipeline.analytics._sql import cutoff_of, shop_date, sources_steps
from chat_pipeline.analytics._technology import acquisition_name
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def funnel_entries(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.funnel_entries`."""
    plans = plans_of(con, settings)
    create_fits(con, plans, settings)
    create_followed(con)
    for plan in plans:
        follow(con, plan)
    return f"""
    with {sources_steps(settings)},
    {_plan_steps(plans)},
    {_entered_steps()},
    {_about_steps(settings)}
    select
        md5(e.funnel || '|' || e.unit || '|' || e.unit_key || '|' || e.entry_second) as entry_key, e.funnel, e.unit,
        e.unit_key, e.step, p.step_name, p.is_optional,
        make_timestamp(1000000 * e.second) as reached_at, e.kind as record_kind, e.event_key as record_key,
        e.conversation_key, e.web_session_key,
        case when not p.is_optional then e.second - e.previous_second end as seconds_from_previous,
        a.entered_at, {shop_date("a.entered_at", settings)} as entered_date, a.cluster,
        a.platform, a.instance, a.channel, a.language, a.bot_version, a.intent_group, a.acquisition,
        a.conversation_key as entry_conversation_key,
        make_timestamp(1000000 * e.end_second) as ended_at, a.matures_at,
        e.furthest as last_step, e.furthest = p.last_number as is_converted,
        case
            when e.exclusion is not null then e.exclusion
            when coalesce(a.matures_at > a.cutoff_at, true) then 'open'
            when e.furthest = p.last_number then 'converted'
            else 'dropped'
        end as state
    from entered as e
    inner join planned as p on p.funnel = e.funnel and p.step = e.step
    inner join about as a on a.funnel = e.funnel and a.entry_id = e.entry_id
    """


def _plan_steps(plans: list[Plan]) -> str:
    """Step `planned`: a row per funnel and step, with what holds for the funnel as a whole."""
    rows = [
        f"({sql_text(p.name)}, {s.number}, {sql_text(s.name)}, {s.is_optional}, {len(p.steps)}, {p.window},"
        f" {'chat' in p.reads}, {'web' in p.reads}, {'order' in p.reads})"
        for p in plans
        for s in p.steps
    ]
    values = ", ".join(rows or ["('', 0, '', false, 0, 0, false, false, false)"])
    return f"""
    planned as (
        select * from (values {values}) as p
            (funnel, step, step_name, is_optional, last_number, window_seconds, reads_chat, reads_web, reads_order)
    )"""


def _entered_steps() -> str:
    """Step `entered`: the steps of all entries; and step 1 of those left out, once per chat or visit.

    `furthest` is the last required step that the entry reached.
    """
    return """
    left_out as (
        select * from (
            select
                *, case when is_apart then 'test' else 'unidentified' end as exclusion,
                coalesce(conversation_key, web_session_key, event_key) as record,
                row_number() over (
                    partition by funnel, is_apart, coalesce(conversation_key, web_session_key, event_key)
                    order by second, event_key
                ) as place
            from funnel_apart
            where step = 1
        ) as first_fits
        where place = 1
    ),
    records as (
        select distinct funnel, unit, event_key, kind, conversation_key, web_session_key, platform, instance from funnel_fits
    ),
    marked as (
        select
            f.*, p.is_optional,
            max(case when not p.is_optional then f.step end) over (partition by f.funnel, f.entry) as furthest,
            lag(f.second) over (partition by f.funnel, f.entry, p.is_optional order by f.step) as previous_second
        from funnel_followed as f
        inner join planned as p on p.funnel = f.funnel and p.step = f.step
    ),
    entered as (
        select
            m.funnel, cast(m.entry as varchar) as entry_id, r.unit, m.unit_key, m.step, m.second, m.event_key, r.kind,
            r.conversation_key, r.web_session_key, r.platform, r.instance, m.previous_second, m.entry_second, m.end_second, m.furthest,
            null as exclusion
        from marked as m
        inner join records as r on r.funnel = m.funnel and r.event_key = m.event_key
        union all
        select
            funnel, exclusion || '|' || record, unit, exclusion || '|' || record, step, second, event_key, kind,
            conversation_key, web_session_key, platform, instance, null, second, null, step, exclusion
        from left_out
    )"""


def _about_steps(settings: Settings) -> str:
    """Step `about`: what is known of each entry by its first step, and when it is judged.

    A funnel of conversations waits for the conversation's own source, one of customers for every chat source.
    """
    reads = ", ".join(
        f"case when p.reads_{kind} then coalesce({cutoff_of(kind)}, timestamp '1900-01-01') end"
        for kind in ("web", "order")
    )
    return f"""
    about as (
        select
            e.funnel, e.entry_id, make_timestamp(1000000 * e.entry_second) as entered_at,
            make_timestamp(1000000 * (e.entry_second + p.window_seconds)) as matures_at,
            case when e.unit = 'customer' then e.unit_key
                else coalesce(c.person_key, e.conversation_key, e.unit_key) end as cluster,
            -- An event without a session has its own alone.
            coalesce(c.platform, w.platform, o.platform, e.platform) as platform,
            coalesce(c.instance, w.instance, o.instance, e.instance) as instance,
            coalesce(
                nullif(c.channel, ''), case when c.conversation_key is null and w.web_session_key is not null then 'web' end,
                'unknown'
            ) as channel,
            coalesce(nullif(lower(substr(coalesce(c.language, w.language), 1, 2)), ''), 'unknown') as language,
            coalesce(c.bot_version, 'unknown') as bot_version,
            coalesce(c.primary_intent_group, 'unknown') as intent_group,
            {acquisition_name("w")} as acquisition,
            e.conversation_key,
            least(
                case when p.reads_chat then coalesce(
                    case when e.unit = 'conversation' then s.cutoff_at end, {cutoff_of("chat")}
                ) end,
                {reads}
            ) as cutoff_at
        from entered as e
        inner join planned as p on p.funnel = e.funnel and p.step = 1
        left join marts.fct_conversations as c on c.conversation_key = e.conversation_key
        left join marts.fct_web_sessions as w
            on w.web_session_key = coalesce(c.web_session_key, e.web_session_key)
        -- One equality: a condition on one side alone makes it a nested loop.
        left join marts.fct_orders as o on o.order_key = case when e.kind = 'order' then e.event_key end
        left join sources as s on s.kind = 'chat' and s.platform = c.platform and s.instance = c.instance
        where e.step = 1
    )"""


TABLE = AnalyticsTable(
    name="funnel_entries",
    description=(
        "One row per funnel, entry and step reached. A funnel is followed for a conversation or a customer (person) from"
        " a fit of step 1; each later step is the first fit after the one before, within the funnel's window from step 1 (and the"
        " step's own limit from the required step before); a new entry begins only after the last converted or expired."
        " Order: whole seconds, then sequence; ties count as in order; one event serves one step. Chats and visits that began a"
        " funnel but are left out (test traffic, nobody known in a funnel of customers) stand with their first step."
        " Funnels whose first or last step no source can show are absent."
    ),
    columns=(
        Column("entry_key", "varchar", "Key of the entry: hash of funnel, unit and second of entry."),
        Column("funnel", "varchar", "Name of the funnel in settings."),
        Column("unit", "varchar", "conversation or customer."),
        Column(
            "unit_key",
            "varchar",
            "conversation_key, or the person's key; of those left out the reason and the record's key.",
        ),
        Column("step", "integer", "Number of the step, from 1."),
        Column("step_name", "varchar", "Its name in settings."),
        Column("is_optional", "boolean", "Nobody is held up by it."),
        Column("reached_at", "timestamp", "When it was reached (UTC, whole seconds)."),
        Column("record_kind", "varchar", "What showed it: message, event, web_event or order."),
        Column("record_key", "varchar", "Key of that record in its fact."),
        Column("conversation_key", "varchar", "Conversation of that record; null without."),
        Column("web_session_key", "varchar", "Web session of that record or conversation; null without."),
        Column(
            "seconds_from_previous",
            "bigint",
            "Seconds from the required step before; null for optional steps.",
        ),
        Column("entered_at", "timestamp", "When the entry began (UTC, whole seconds)."),
        Column("entered_date", "date", "Day on which the entry began, in the shop's time zone."),
        Column("cluster", "varchar", "Whom the entry counts for in intervals: the person, else the unit."),
        Column("platform", "varchar", "Platform of the record that began the entry."),
        Column("instance", "varchar", "Account of the platform."),
        Column("channel", "varchar", "Channel of the conversation; 'web' for a web session, else 'unknown'."),
        Column(
            "language", "varchar", "Language of the conversation or visit, two letters; 'unknown' without."
        ),
        Column("bot_version", "varchar", "Bot version of the conversation; 'unknown' without."),
        Column("intent_group", "varchar", "Primary intent group of the conversation; 'unknown' without."),
        Column("acquisition", "varchar", "Source / medium of the visit; 'unknown' without."),
        Column(
            "entry_conversation_key", "varchar", "Conversation of the record that began it; null without."
        ),
        Column(
            "ended_at",
            "timestamp",
            "When it converted, else the last second in which the next step would have counted (UTC).",
        ),
        Column(
            "matures_at", "timestamp", "When the window has passed (UTC): until then the entry is 'open'."
        ),
        Column("last_step", "integer", "Number of the last required step that the entry reached, from 1."),
        Column("is_converted", "boolean", "It reached the funnel's last step, open or not."),
        Column(
            "state",
            "varchar",
            "converted or dropped (matured); open: younger than the window at the cut-off of every source read,"
            " converted ones too; left out: test, unidentified.",
        ),
    ),
    key=("funnel", "entry_key", "step"),
    build=funnel_entries,
)
