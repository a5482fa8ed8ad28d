select
    conversation_goal_key,
    conversation_key,
    goal,
    entered_at,
    {{ shop_date('entered_at') }} as entered_date,
    completed_at,
    {{ shop_date('completed_at') }} as completed_date,
    window_seconds,
    matures_at,
    is_entry_inferred
from {{ ref('int_goals__reached') }}
