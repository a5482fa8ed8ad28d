{#
  For each row of `events` the conversation of its group (columns `group`, in both relations) that began last at or
  before its `moment`, and the one that begins next: previous_key, previous_ended_at, next_key, next_started_at, beside
  the columns `keep` of the event. Conversations and events are ordered in one stream per group: a range join would
  multiply them where a thread is long or many share a client.
#}
{% macro neighbouring_conversations(events, conversations, group, event_key, moment, keep=[]) -%}
{%- set order = "moment asc nulls last, is_event asc nulls last, conversation_key asc nulls last, event_key asc nulls last" -%}
(
    with stream as (
        select
            {{ group | join(', ') }},
            started_at as moment,
            0 as is_event,
            conversation_key,
            started_at,
            ended_at,
            {%- for column in keep %}
            null as {{ column }},
            {%- endfor %}
            null as event_key
        from {{ conversations }} as conversations
        union all
        select
            {{ group | join(', ') }},
            {{ moment }} as moment,
            1 as is_event,
            null as conversation_key,
            null as started_at,
            null as ended_at,
            {%- for column in keep %}
            {{ column }},
            {%- endfor %}
            {{ event_key }} as event_key
        from {{ events }} as events
    ),

    placed as (
        select
            *,
            last_value(conversation_key ignore nulls) over so_far as previous_key,
            last_value(ended_at ignore nulls) over so_far as previous_ended_at,
            first_value(conversation_key ignore nulls) over from_here as next_key,
            first_value(started_at ignore nulls) over from_here as next_started_at
        from stream
        window
            so_far as (
                partition by {{ group | join(', ') }}
                order by {{ order }}
                rows between unbounded preceding and current row
            ),
            from_here as (
                partition by {{ group | join(', ') }}
                order by {{ order }}
                rows between current row and unbounded following
            )
    )

    select
        {{ group | join(', ') }},
        {%- for column in keep %}
        {{ column }},
        {%- endfor %}
        event_key as {{ event_key }},
        moment,
        previous_key,
        previous_ended_at,
        next_key,
        next_started_at
    from placed
    where is_event = 1
)
{%- endmacro %}
