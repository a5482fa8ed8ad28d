with goals as (
    select
        goals.goal,
        cast(goals.window_seconds as bigint) as window_seconds,
        goals.has_entry,
        max(case when rules.goal is not null then 1 else 0 end) = 1 as is_completed_by_order
    from {{ source('settings', 'goals') }} as goals
    left join {{ source('settings', 'signal_rules') }} as rules
        on rules.goal = goals.goal
        and rules.kind = 'order'
        and rules.signal = 'goal_completed'
    group by goals.goal, goals.window_seconds, goals.has_entry
),

conversations as (
    select
        measured.conversation_key,
        measured.started_at,
        measured.ended_at,
        measured.engagement = 'engaged' as is_chat_engaged,
        links.web_session_key,
        -- A conversation that points to two customers is nobody's.
        case when not coalesce(threads.has_identity_conflict, false) then threads.customer_key end as customer_key
    from {{ ref('int_conversations__measured') }} as measured
    left join {{ ref('int_conversations__linked') }} as links
        on links.conversation_key = measured.conversation_key
    left join {{ ref('int_thread_customers') }} as threads
        on threads.platform = measured.platform
        and threads.instance = measured.instance
        and threads.thread_id = measured.thread_id
),

signals as (
    select
        conversation_key,
        goal,
        min(case when event_type = 'goal_started' then occurred_at end) as entered_at,
        min(case when event_type = 'goal_completed' then occurred_at end) as completed_at
    from {{ ref('int_conversation_events__kept') }}
    where goal is not null
        and conversation_key is not null
        and event_type in ('goal_started', 'goal_completed')
    group by conversation_key, goal
),

-- Which conversations an order may complete: those that entered the goal; where nothing tells of
-- entries, the engaged ones.
order_candidates as (
    select
        conversations.*,
        signals.goal,
        signals.entered_at as candidate_at
    from signals
    inner join goals
        on goals.goal = signals.goal
        and goals.is_completed_by_order
        and goals.has_entry
    inner join conversations on conversations.conversation_key = signals.conversation_key
    where signals.entered_at is not null
    union all
    select
        conversations.*,
        goals.goal,
        conversations.started_at as candidate_at
    from conversations
    inner join goals
        on goals.is_completed_by_order
        and not goals.has_entry
    where conversations.is_chat_engaged
),

orders as (
    select * from {{ ref('int_orders__selected') }}
    where is_counted
),

-- An order is tied to a conversation by person, by web session, or by the thread it names.
-- Candidates and orders lie in one stream per goal and tie; the latest candidate before an order is its own.
ties as (
    select
        'customer' as tie,
        customer_key as tie_value,
        goal,
        conversation_key,
        candidate_at as moment
    from order_candidates
    where customer_key is not null
    union all
    select
        'web_session' as tie,
        web_session_key as tie_value,
        goal,
        conversation_key,
        candidate_at as moment
    from order_candidates
    where web_session_key is not null
    union all
    select
        'conversation' as tie,
        conversation_key as tie_value,
        goal,
        conversation_key,
        candidate_at as moment
    from order_candidates
),

order_ties as (
    select
        'customer' as tie,
        customer_key as tie_value,
        order_key,
        ordered_at
    from orders
    where customer_key is not null
    union all
    select
        'web_session' as tie,
        web_session_key as tie_value,
        order_key,
        ordered_at
    from orders
    where web_session_key is not null
    union all
    select
        'conversation' as tie,
        conversation_key as tie_value,
        order_key,
        ordered_at
    from orders
    where conversation_key is not null
),

-- Shops write whole seconds: an order in the second of the chat message comes after it.
stream as (
    select
        tie,
        tie_value,
        goal,
        date_trunc('second', moment) as moment,
        0 as is_order,
        moment as candidate_at,
        conversation_key,
        null as order_key
    from ties
    union all
    select
        order_ties.tie,
        order_ties.tie_value,
        goals.goal,
        date_trunc('second', order_ties.ordered_at) as moment,
        1 as is_order,
        null as candidate_at,
        null as conversation_key,
        order_ties.order_key
    from order_ties
    cross join goals
    where goals.is_completed_by_order
),

placed as (
    select
        goal,
        order_key,
        is_order,
        moment as ordered_at,
        last_value(conversation_key ignore nulls) over before_it as conversation_key,
        last_value(candidate_at ignore nulls) over before_it as candidate_at
    from stream
    window before_it as (
        partition by tie, tie_value, goal
        order by
            moment asc nulls last, is_order asc nulls last, candidate_at asc nulls last,
            conversation_key asc nulls last, order_key asc nulls last
        rows between unbounded preceding and current row
    )
),

credited as (
    select
        *,
        row_number() over (
            partition by goal, order_key
            order by candidate_at desc nulls last, conversation_key asc nulls last
        ) as place
    from placed
    where is_order = 1
        and conversation_key is not null
),

order_completions as (
    select
        conversation_key,
        goal,
        min(ordered_at) as completed_at
    from credited
    where place = 1
    group by conversation_key, goal
),

met as (
    select
        coalesce(signals.conversation_key, order_completions.conversation_key) as conversation_key,
        coalesce(signals.goal, order_completions.goal) as goal,
        signals.entered_at,
        case
            when order_completions.completed_at is null then signals.completed_at
            when signals.completed_at is null then order_completions.completed_at
            when signals.completed_at <= order_completions.completed_at then signals.completed_at
            else order_completions.completed_at
        end as completed_at
    from signals
    full outer join order_completions
        on order_completions.conversation_key = signals.conversation_key
        and order_completions.goal = signals.goal
),

-- A completion is also an entry, at its own moment; without any entry signal the whole conversation is.
entered as (
    select
        met.conversation_key,
        met.goal,
        conversations.started_at,
        coalesce(goals.window_seconds, 86400) as window_seconds,
        case
            when not coalesce(goals.has_entry, false) then conversations.started_at
            when met.entered_at is null then met.completed_at
            when date_trunc('second', met.completed_at) < date_trunc('second', met.entered_at) then met.completed_at
            else met.entered_at
        end as entered_at,
        case
            when not coalesce(goals.has_entry, false) then conversations.ended_at
            when met.entered_at is null then met.completed_at
            when date_trunc('second', met.completed_at) < date_trunc('second', met.entered_at) then met.completed_at
            else met.entered_at
        end as window_from,
        case
            when not coalesce(goals.has_entry, false) then true
            when met.entered_at is null then true
            else coalesce(date_trunc('second', met.completed_at) < date_trunc('second', met.entered_at), false)
        end as is_entry_inferred,
        met.completed_at
    from met
    inner join conversations on conversations.conversation_key = met.conversation_key
    left join goals on goals.goal = met.goal
)

select
    {{ hash_key(['conversation_key', 'goal']) }} as conversation_goal_key,
    conversation_key,
    goal,
    entered_at,
    case
        when {{ seconds_between('window_from', 'completed_at') }} <= window_seconds then completed_at
    end as completed_at,
    window_seconds,
    {{ add_seconds('window_from', 'window_seconds') }} as matures_at,
    is_entry_inferred
from entered
