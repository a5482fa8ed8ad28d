-- Texts that the bot did not understand, as their writers meant them: equal but for case, marks and numbers.
with asked as (
    select
        messages.message_key,
        messages.conversation_key,
        messages.platform,
        messages.instance,
        messages.sent_at,
        messages.sequence,
        messages.intent,
        messages.intent_group,
        messages.language,
        {{ masked_words('messages.text') }} as masked_text,
        conversations.person_key,
        conversations.handoff_kind
    from {{ ref('fct_messages') }} as messages
    inner join {{ ref('fct_conversations') }} as conversations
        on conversations.conversation_key = messages.conversation_key
    where messages.author = 'user'
        and messages.is_fallback
        and not messages.is_test
        and messages.content_type in ('text', 'voice')
        and messages.text is not null
),

keyed as (
    select
        asked.*,
        case when masked_text = '' then '(no words)' else masked_text end as question
    from asked
),

ranked as (
    select
        keyed.*,
        row_number() over (
            partition by platform, instance, question
            order by sent_at desc nulls last, sequence desc nulls last, message_key asc nulls last
        ) as newest_rank,
        row_number() over (
            partition by platform, instance, question, conversation_key
            order by sent_at desc nulls last, sequence desc nulls last, message_key asc nulls last
        ) as rank_in_conversation
    from keyed
),

placed as (
    select
        ranked.*,
        row_number() over (
            partition by platform, instance, question, case when rank_in_conversation = 1 then 1 else 0 end
            order by newest_rank asc nulls last
        ) as reading_rank
    from ranked
)

select
    {{ hash_key(['platform', 'instance', 'question']) }} as question_key,
    platform,
    instance,
    question,
    count(*) as message_count,
    count(distinct conversation_key) as conversation_count,
    count(distinct person_key) as person_count,
    count(distinct case when handoff_kind is not null then conversation_key end) as handoff_count,
    min(sent_at) as first_asked_at,
    max(sent_at) as last_asked_at,
    max(case when newest_rank = 1 then intent end) as last_intent,
    max(case when newest_rank = 1 then intent_group end) as last_intent_group,
    max(case when newest_rank = 1 then language end) as last_language,
    max(case when newest_rank = 1 then message_key end) as last_message_key,
    -- One of each conversation: a few to read.
    concat_ws(
        ','
        {%- for n in range(1, 6) -%}
            , max(case when rank_in_conversation = 1 and reading_rank = {{ n }} then message_key end)
        {%- endfor -%}
    ) as recent_message_keys
from placed
group by platform, instance, question
