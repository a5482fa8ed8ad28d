-- No two neighbours inside a conversation lie further apart than the silence that ends one.
with neighbours as (
    select
        message_key,
        author,
        sent_at,
        lag(author) over (partition by conversation_key order by sequence asc nulls last) as previous_author,
        lag(sent_at) over (partition by conversation_key order by sequence asc nulls last) as previous_sent_at
    from {{ ref('fct_messages') }}
)

select message_key
from neighbours
where {{ seconds_between('previous_sent_at', 'sent_at') }} > case
        when author = 'human_agent' or previous_author = 'human_agent' then {{ var('silence_seconds_human', 86400) }}
        else {{ var('silence_seconds', 1800) }}
    end
