-- One row per thread and identifier that was seen in it.
with parts as (
    select * from {{ ref('base_intercom__parts') }}
),

conversations as (
    select * from {{ ref('base_intercom__conversations') }}
),

shared_ids as (
    select value from {{ source('settings', 'shared_ids') }}
    where source = 'intercom'
),

rules as (
    select name, identifier_type from {{ source('settings', 'identifier_rules') }}
    where (platform = 'intercom' or platform is null)
        and kind = 'property'
),

threads as (
    select instance, thread_id, min(occurred_at) as seen_at
    from parts
    group by instance, thread_id
),

-- A talk may have several contacts: it is that of the one who wrote first.
writers as (
    select
        instance,
        thread_id,
        author_id,
        row_number() over (partition by instance, thread_id order by position asc nulls last) as place
    from parts
    where is_message
        and author = 'user'
        and author_id is not null
),

contacts as (
    select
        instance,
        thread_id,
        position,
        {{ json_text('element', '$.id') }} as contact_id,
        {{ json_text('element', '$.external_id') }} as external_id
    from {{ json_elements('conversations', ['instance', 'thread_id'], 'contacts') }} as elements
),

talkers as (
    select
        threads.instance,
        threads.thread_id,
        threads.seen_at,
        contacts.contact_id,
        contacts.external_id
    from threads
    left join writers
        on writers.instance = threads.instance
        and writers.thread_id = threads.thread_id
        and writers.place = 1
    inner join contacts
        on contacts.instance = threads.instance
        and contacts.thread_id = threads.thread_id
        and (contacts.contact_id = writers.author_id or (writers.author_id is null and contacts.position = 1))
),

unioned as (
    select talkers.instance, talkers.thread_id, 'platform_user_id' as identifier_type, talkers.contact_id as raw_value, talkers.seen_at, true as is_verified
    from talkers
    union all
    -- A writer who is not in the list of contacts, as after a merge.
    select instance, thread_id, 'platform_user_id' as identifier_type, author_id as raw_value, cast(null as timestamp) as seen_at, true as is_verified
    from writers
    where place = 1
    union all
    -- The shop's own id of its user, given at the login.
    select instance, thread_id, 'user_id' as identifier_type, external_id as raw_value, seen_at, true as is_verified
    from talkers
    union all
    -- A user was made known by the shop; a lead's address was typed in the chat.
    select parts.instance, parts.thread_id, 'email' as identifier_type, parts.author_email as raw_value, parts.occurred_at as seen_at, parts.author_type = 'user' as is_verified
    from parts
    inner join writers
        on writers.instance = parts.instance
        and writers.thread_id = parts.thread_id
        and writers.author_id = parts.author_id
        and writers.place = 1
    union all
    select events.instance, events.thread_id, rules.identifier_type, events.value as raw_value, events.occurred_at as seen_at, false as is_verified
    from {{ ref('stg_intercom__events') }} as events
    inner join rules
        on rules.name = events.name
    where events.kind = 'property'
    union all
    select instance, thread_id, 'thread_id' as identifier_type, thread_id as raw_value, seen_at, true as is_verified
    from threads
),

normalised as (
    select
        unioned.instance,
        unioned.thread_id,
        unioned.identifier_type,
        {{ normal_identifier('unioned.identifier_type', 'unioned.raw_value') }} as identifier_value,
        coalesce(unioned.seen_at, threads.seen_at) as seen_at,
        unioned.is_verified
    from unioned
    inner join threads
        on threads.instance = unioned.instance
        and threads.thread_id = unioned.thread_id
    left join shared_ids
        on shared_ids.value = unioned.raw_value
        and unioned.identifier_type <> 'thread_id'
    where shared_ids.value is null
)

select
    'intercom' as platform,
    instance,
    thread_id,
    identifier_type,
    identifier_value,
    min(seen_at) as seen_at,
    max(is_verified) as is_verified
from normalised
where identifier_value is not null
group by instance, thread_id, identifier_type, identifier_value
