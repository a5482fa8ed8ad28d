-- Counted orders complete a goal at most once each: never more completions than orders or completing events.
with completions as (
    select
        goal,
        count(completed_at) as completion_count
    from {{ ref('fct_conversation_goals') }}
    where goal not in (
            select goal
            from {{ ref('fct_conversation_events') }}
            where event_type = 'goal_completed'
                and goal is not null
        )
    group by goal
),

orders as (
    select count(*) as order_count
    from {{ ref('fct_orders') }}
    where is_counted
)

select completions.goal
from completions
cross join orders
where completions.completion_count > orders.order_count
