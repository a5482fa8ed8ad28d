-- Events with a session id, and no others, make up the sessions.
with counted as (
    select
        web_session_key,
        count(*) as event_count
    from {{ ref('fct_web_events') }}
    where web_session_key is not null
    group by web_session_key
)

select
    counted.web_session_key as event_side,
    sessions.web_session_key as session_side
from counted
full outer join {{ ref('fct_web_sessions') }} as sessions
    on sessions.web_session_key = counted.web_session_key
where counted.web_session_key is null
    or sessions.web_session_key is null
    or counted.event_count <> sessions.event_count
