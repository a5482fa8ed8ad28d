-- One row per record, identifier type, scope and value.
with collected as (
    select * from {{ ref('int_identifiers__collected') }}
),

scopes as (
    select distinct
        identifier_type,
        identifier_value,
        identifier_scope
    from collected
    where identifier_scope <> ''
),

scope_counts as (
    select
        identifier_type,
        identifier_value,
        count(*) as scope_count
    from scopes
    group by identifier_type, identifier_value
),

-- An id of another system is that system's only if it is known in one. A lasting user id may be a person's in
-- several bots.
placed as (
    select
        collected.record_kind,
        collected.platform,
        collected.instance,
        collected.record_id,
        collected.identifier_type,
        coalesce(collected.identifier_scope, scopes.identifier_scope, '') as identifier_scope,
        collected.identifier_value,
        collected.seen_at,
        collected.is_verified
    from collected
    left join scopes
        on scopes.identifier_type = collected.identifier_type
        and scopes.identifier_value = case when collected.identifier_scope is null then collected.identifier_value end
    left join scope_counts
        on scope_counts.identifier_type = collected.identifier_type
        and scope_counts.identifier_value = collected.identifier_value
    where collected.identifier_scope is not null
        or coalesce(scope_counts.scope_count, 0) <= 1
        or collected.identifier_type = 'platform_user_id'
),

-- The shop's own mailboxes are nobody's.
excluded_domains as (
    select value as domain
    from {{ source('settings', 'excluded') }}
    where kind = 'email_domain'
)

select
    placed.record_kind,
    placed.platform,
    placed.instance,
    placed.record_id,
    placed.identifier_type,
    placed.identifier_scope,
    placed.identifier_value,
    min(placed.seen_at) as seen_at,
    max(placed.is_verified) as is_verified
from placed
left join excluded_domains
    on excluded_domains.domain
    = case when placed.identifier_type = 'email' then {{ replace_all('placed.identifier_value', '^.*@', '') }} end
where excluded_domains.domain is null
group by
    placed.record_kind, placed.platform, placed.instance, placed.record_id,
    placed.identifier_type, placed.identifier_scope, placed.identifier_value
