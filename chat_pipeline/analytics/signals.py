"""What the exports call things: every intent, action, slot, parameter, event, page, button, GA4 parameter, CRM field.

Names and counts only: values are looked at to tell a rating from an e-mail, and never shown. What the
settings make of a name is in `_signal_mapping.py`, the lines for the settings file in `_signal_toml.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._signal_mapping import mappings
from chat_pipeline.analytics._signal_seen import seen
from chat_pipeline.analytics._signal_toml import as_toml, suggestion
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

__all__ = ["TABLE", "as_toml", "signals"]

LONGEST_NAME = 100
# A look is what at least this share of the values has.
SHARE = 0.9
YES_NO = ("yes", "no", "y", "n", "true", "false", "ja", "nein", "up", "down", "oui", "non", "si", "👍", "👎")


def signals(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.signals`. GA4 parameters and CRM fields only where catalog `warehouse` is attached."""
    words = ", ".join(sql_text(word) for word in YES_NO)
    return f"""
    with seen as ({seen(con)}),
    named as (
        select
            * exclude (name, value),
            -- Buttons and intents may carry what the person typed: such a name is personal.
            case
                when contains(name, '@') or regexp_matches(name, '[0-9]([ ./-]?[0-9]){{6}}') then '(withheld)'
                else left(name, {LONGEST_NAME})
            end as name,
            nullif(trim(value, '" '), '') as value
        from seen
        where nullif(trim(name), '') is not null
    ),
    counted as (
        select
            platform, instance, kind, name,
            sum(case when is_test then 0 else 1 end) as occurrences,
            sum(case when is_test then 1 else 0 end) as test_occurrences,
            count(distinct case when not is_test then conversation_key end) as conversations,
            count(distinct case when not is_test then person end) as persons,
            min(seen_at) as first_seen_at, max(seen_at) as last_seen_at
        from named
        group by platform, instance, kind, name
    ),
    looks as (
        select
            platform, instance, kind, name, count(*) as given,
            avg(case when regexp_full_match(value, '[^@\\s]+@[^@\\s]+[.][^@\\s.]+') then 1.0 else 0 end) as email,
            avg(case when regexp_full_match(value, '(GA1[.][0-9][.])?[0-9]{{6,}}[.][0-9]{{9,10}}') then 1.0 else 0 end)
                as client_id,
            avg(case when regexp_full_match(value, '[+(0][0-9 ()/.-]{{6,18}}') then 1.0 else 0 end) as phone,
            avg(case when lower(value) in ({words}) then 1.0 else 0 end) as yes_no,
            avg(case when try_cast(value as double) between 0 and 10 then 1.0 else 0 end) as rating,
            max(case when try_cast(value as double) between 0 and 10 then try_cast(value as double) end) as highest
        from named
        where value is not null
        group by platform, instance, kind, name
    ),
    looked as (
        select
            counted.*,
            case
                when email >= {SHARE} then 'email'
                when client_id >= {SHARE} then 'client_id'
                when phone >= {SHARE} then 'phone'
                when yes_no >= {SHARE} or (rating = 1 and highest <= 1) then 'yes_no'
                when rating >= {SHARE} then 'rating'
            end as looks_like,
            highest
        from counted
        left join looks using (platform, instance, kind, name)
    ),
    mapped as (
        select
            l.platform, l.instance, l.kind, l.name,
            string_agg(distinct m.target, '; ' order by m.target) as mapped_to
        from (select distinct platform, instance, kind, name from looked) as l
        inner join ({mappings(settings)}) as m
            on m.kind = l.kind and coalesce(m.platform, l.platform) = l.platform
            and lower(l.name) like lower(m.pattern) escape '!'
        group by l.platform, l.instance, l.kind, l.name
    )
    select
        looked.* exclude (highest), mapped_to,
        case when mapped_to is null and looked.name <> '(withheld)' then {suggestion()} end as suggestion
    from looked
    left join mapped using (platform, instance, kind, name)
    """


TABLE = AnalyticsTable(
    name="signals",
    description=(
        "One row per platform, instance, kind and name of what the exports name: what the settings can refer to. Values"
        " are never shown."
    ),
    columns=(
        Column("platform", "varchar", "Platform that uses the name."),
        Column("instance", "varchar", "Account of the platform."),
        Column(
            "kind",
            "varchar",
            "intent, action, slot, parameter, event, flow, page, button, value; ga4 (event names), ga4_parameter;"
            " crm_field (entity.field).",
        ),
        Column(
            "name",
            "varchar",
            "The name as the settings want it; '(withheld)' where it holds what a person typed.",
        ),
        Column(
            "occurrences",
            "bigint",
            "Number of sightings outside test traffic (CRM: records where it is filled).",
        ),
        Column("test_occurrences", "bigint", "Number of sightings in test traffic."),
        Column("conversations", "bigint", "Conversations with it."),
        Column("persons", "bigint", "Identified persons with it."),
        Column("first_seen_at", "timestamp", "First time (UTC); null where the record has none."),
        Column("last_seen_at", "timestamp", "Last time (UTC)."),
        Column(
            "looks_like",
            "varchar",
            "What nine of ten values look like: rating, yes_no, email, phone, client_id.",
        ),
        Column("mapped_to", "varchar", "Keys of the settings that already use it."),
        Column("suggestion", "varchar", "Lines for the settings file, where a use suggests itself."),
    ),
    key=("platform", "instance", "kind", "name"),
    build=signals,
)
