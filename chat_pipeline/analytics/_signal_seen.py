"""Where names are found: one SELECT over the marts and, if it is attached, the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

CRM = ("people", "deals", "tickets")


def seen(con: duckdb.DuckDBPyConnection) -> str:
    """A row per sighting: platform, instance, kind, name, value, seen_at, conversation_key, person, is_test."""
    found = [EVENTS, INTENTS, WEB_EVENTS]
    relations = dict(con.execute(RELATIONS).fetchall())
    if {"int_web_parameters__unioned", "int_web_events__keyed"} <= relations.keys():
        found.append(WEB_PARAMETERS)
    with_properties = con.execute(WITH_PROPERTIES).fetchall()
    found += [crm_properties(*relation) for relation in with_properties]
    platforms = ["''", *(sql_text(platform) for platform, _, _ in with_properties)]
    found += [
        crm_fields(entity, relations[f"int_crm_{entity}__unioned"], platforms)
        for entity in CRM
        if f"int_crm_{entity}__unioned" in relations
    ]
    return " union all ".join(found)


RELATIONS = """
    select table_name, list(column_name order by ordinal_position)
    from information_schema.columns
    where table_catalog = 'warehouse' and table_schema = 'intermediate'
    group by table_name
"""

# A CRM whose records keep all their properties shows the shop's own fields too: platform, entity, relation.
WITH_PROPERTIES = """
    select platform, entity, table_name
    from (
        select
            table_name, regexp_extract(table_name, '^base_(.+?)__', 1) as platform,
            regexp_extract(table_name, '__(.+)$', 1) as entity,
            row_number() over (
                partition by regexp_extract(table_name, '^base_(.+?)__', 1)
                order by length(table_name) asc nulls last, table_name asc nulls last
            ) as place
        from information_schema.columns
        where table_catalog = 'warehouse' and table_schema = 'staging' and table_name like 'base!_%' escape '!'
            and column_name in ('instance', 'properties')
        group by table_name
        having count(*) = 2
    ) as relations
    where place = 1
    order by platform
"""

EVENTS = """
    select
        e.platform, e.instance, e.kind, e.name, e.value, e.occurred_at as seen_at, e.conversation_key,
        c.person_key as person, coalesce(c.is_test, false) as is_test
    from marts.fct_conversation_events as e
    left join marts.fct_conversations as c on c.conversation_key = e.conversation_key
    -- What settings or GA4 made of a name is no name of the platform.
    where e.signal_source = 'platform' and coalesce(e.kind, '') not in ('', 'session')
"""

INTENTS = """
    select
        m.platform, m.instance, 'intent', m.intent, null, m.sent_at, m.conversation_key, c.person_key,
        coalesce(m.is_test, false)
    from marts.fct_messages as m
    left join marts.fct_conversations as c on c.conversation_key = m.conversation_key
    where m.intent is not null
"""

WEB_EVENTS = """
    select
        e.platform, e.instance, 'ga4', e.event_name, null, e.occurred_at, e.conversation_key,
        coalesce(s.customer_key, s.stream_id || '|' || s.client_id), coalesce(e.is_test, false)
    from marts.fct_web_events as e
    left join marts.fct_web_sessions as s on s.web_session_key = e.web_session_key
"""

WEB_PARAMETERS = """
    select
        p.platform, p.instance, 'ga4_parameter', p.name, p.value, e.occurred_at, null,
        e.stream_id || '|' || e.client_id, coalesce(e.is_test, false)
    from warehouse.intermediate.int_web_parameters__unioned as p
    left join (
        select platform, instance, event_id, min(occurred_at) as occurred_at, min(stream_id) as stream_id,
            min(client_id) as client_id, bool_and(is_test) as is_test
        from warehouse.intermediate.int_web_events__keyed
        group by platform, instance, event_id
    ) as e
        on e.platform = p.platform and e.instance = p.instance and e.event_id = p.event_id
"""


def crm_properties(platform: str, entity: str, relation: str) -> str:
    """The filled properties of a CRM's records, from the JSON object that holds all of them."""
    return f"""
    select
        {sql_text(platform)}, instance, 'crm_field', {sql_text(f"{entity}.")} || name,
        json_extract_string(properties, '$."' || replace(name, '"', '') || '"') as value,
        cast(null as timestamp), null, null, false
    from (
        select instance, properties, unnest(json_keys(properties)) as name
        from warehouse.staging.{relation}
        where json_type(properties) = 'OBJECT'
    ) as {entity}_properties
    where nullif(json_extract_string(properties, '$."' || replace(name, '"', '') || '"'), '') is not null
    """


def crm_fields(entity: str, columns: list[str], platforms: list[str]) -> str:
    """Filled fields of a kind of CRM record, seen when the record was last changed; not of people of `platforms`,
    whose properties are listed already."""
    key = next(column for column in columns if column.endswith("_id"))
    fields = [column for column in columns if column not in ("platform", "instance", key)]
    pairs = ", ".join(
        f"{{'name': {sql_text(f'{entity}.{c}')}, 'value': cast({c} as varchar)}}" for c in fields
    )
    # The person of a record is its CRM id: enough to count by, and not shown.
    person = "person_id" if "person_id" in columns else "null"
    listed = f"platform not in ({', '.join(platforms)})" if entity == "people" else "true"
    return f"""
    select platform, instance, 'crm_field', name, value, seen_at, null, person, false
    from (
        select platform, instance, updated_at as seen_at, {person} as person, unnest([{pairs}], recursive := true)
        from warehouse.intermediate.int_crm_{entity}__unioned
        where {listed}
    ) as {entity}_fields
    where value is not null
    """
