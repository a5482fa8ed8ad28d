-- A completion comes no earlier than its entry (by whole seconds) and within the window.
select conversation_goal_key
from {{ ref('fct_conversation_goals') }}
where date_trunc('second', completed_at) < date_trunc('second', entered_at)
    or completed_at > matures_at
