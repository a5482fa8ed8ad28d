-- What a message does in the talk. Of the bot's, the name of the action that said it decides, then the turn,
-- then the words: the last sentence that is neither a goodbye, "anything else?" nor a survey.
with messages as (
    select
        messages.message_key,
        messages.conversation_key,
        messages.turn_number,
        messages.position,
        messages.sent_at,
        messages.author,
        messages.text,
        messages.content_type,
        case
            when messages.author <> 'user' then null
            when messages.is_opening_payload then 'opening'
            else roles.role
        end as politeness
    from {{ ref('int_messages__affected') }} as messages
    left join {{ source('settings', 'intent_roles') }} as roles
        on roles.name = messages.intent
        and roles.role in ('greeting', 'courtesy')
),

events as (
    select * from {{ ref('int_conversation_events__collected') }}
    where conversation_key is not null
        and signal_source <> 'ga4'
),

-- Actions and messages in one stream per turn. A rating of the same instant comes after the message that it rates.
stream as (
    select
        conversation_key,
        turn_number,
        message_key,
        sent_at as moment,
        1 as place,
        position as sequence,
        cast(null as {{ engine_type('text') }}) as name,
        0 as is_rating
    from messages
    union all
    select
        conversation_key,
        turn_number,
        null as message_key,
        occurred_at as moment,
        case when event_type = 'feedback' then 2 else 0 end as place,
        sequence,
        case when event_type = 'flow_step' and kind in ('action', 'page') then name end as name,
        case when event_type = 'feedback' then 1 else 0 end as is_rating
    from events
    where event_type in ('flow_step', 'feedback')
),

placed as (
    select
        message_key,
        last_value(name ignore nulls) over so_far as act_name,
        max(is_rating) over so_far as is_after_rating
    from stream
    window so_far as (
        partition by conversation_key, turn_number
        order by moment asc nulls last, place asc nulls last, sequence asc nulls last, message_key asc nulls last, name asc nulls last
        rows between unbounded preceding and current row
    )
),

turns as (
    select
        messages.conversation_key,
        messages.turn_number,
        max(messages.politeness) as politeness,
        max(case when failed.is_fallback then 1 else 0 end) as is_fallback,
        -- A thumb clicked below an answer leaves the user's words a request.
        min(case when messages.author = 'bot' then placed.is_after_rating end) as is_rating_first
    from messages
    inner join placed on placed.message_key = messages.message_key
    left join {{ ref('int_turns__judged') }} as failed
        on failed.message_key = messages.message_key
    group by messages.conversation_key, messages.turn_number
),

turn_events as (
    select
        conversation_key,
        turn_number,
        max(case when event_type = 'error' then 1 else 0 end) as is_error,
        max(case when event_type = 'feedback' then 1 else 0 end) as is_rated,
        max(case when event_type = 'feedback' then lower(value) end) as rating
    from events
    where event_type in ('error', 'feedback')
    group by conversation_key, turn_number
),

-- Patterns meet distinct names and sentences, never messages.
names as (
    select distinct act_name from placed
    where act_name is not null
),

name_places as (
    select
        names.act_name,
        min(acts.place) as place
    from names
    inner join {{ source('settings', 'bot_acts') }} as acts
        on acts.kind = 'name'
        and names.act_name like acts.pattern escape '!'
    group by names.act_name
),

acts_in_order as (
    select distinct
        act,
        place
    from {{ source('settings', 'bot_acts') }}
),

texts as (
    select distinct
        text,
        {{ sentences_marked('text') }} as marked
    from messages
    where author = 'bot'
        and text is not null
),

sentences as (
    select
        text,
        position,
        {{ replace_all("lower(part)", "[ .!…。！]+$", "") }} as sentence
    from {{ split_rows('texts', ['text', 'marked'], 'marked', 'chr(31)') }} as parts
    where {{ matches('part', letters_or_digits()) }}
),

distinct_sentences as (
    select distinct sentence from sentences
),

sentence_places as (
    select
        distinct_sentences.sentence,
        min(acts.place) as place
    from distinct_sentences
    inner join {{ source('settings', 'bot_acts') }} as acts
        on acts.kind = 'phrase'
        and distinct_sentences.sentence like acts.pattern escape '!'
    group by distinct_sentences.sentence
),

sentence_acts as (
    select
        sentences.text,
        sentences.position,
        case
            when acts_in_order.act is not null then acts_in_order.act
            when {{ matches('sentences.sentence', question_end()) }} then 'question'
            else 'answer'
        end as act
    from sentences
    left join sentence_places on sentence_places.sentence = sentences.sentence
    left join acts_in_order on acts_in_order.place = sentence_places.place
),

ranked_sentences as (
    select
        text,
        act,
        row_number() over (
            partition by text
            order by
                case when act in ('fallback', 'error') then 0 when act in ('closing', 'survey') then 2 else 1 end asc nulls last,
                position desc nulls last
        ) as place
    from sentence_acts
),

text_acts as (
    select
        text,
        act
    from ranked_sentences
    where place = 1
),

told as (
    select
        messages.*,
        placed.act_name,
        named.act as named_act,
        text_acts.act as text_act,
        coalesce(placed.is_after_rating, 0) = 1 as is_after_rating,
        coalesce(turns.is_fallback, 0) = 1 as is_fallback,
        coalesce(turn_events.is_error, 0) = 1 as is_error,
        coalesce(turn_events.is_rated, 0) = 1
            and case
                when turns.is_rating_first is not null then turns.is_rating_first = 1
                -- No bot message tells: a table may have the rating in a column beside the last question.
                else messages.text is null
                    or messages.content_type not in ('text', 'voice')
                    or lower(trim(messages.text)) like turn_events.rating || '%'
            end as is_rated,
        turns.politeness as turn_politeness
    from messages
    left join placed on placed.message_key = messages.message_key
    left join turns
        on turns.conversation_key = messages.conversation_key
        and turns.turn_number = messages.turn_number
    left join turn_events
        on turn_events.conversation_key = messages.conversation_key
        and turn_events.turn_number = messages.turn_number
    left join name_places on name_places.act_name = placed.act_name
    left join acts_in_order as named on named.place = name_places.place
    left join text_acts on text_acts.text = messages.text
)

select
    message_key,
    conversation_key,
    author,
    case when author = 'bot' then act_name end as act_name,
    case
        when author = 'user' then case
            when politeness is not null then politeness
            when is_rated then 'rating'
            else 'request'
        end
        when author <> 'bot' then null
        when is_fallback then 'fallback'
        when is_error then 'error'
        when named_act is not null then named_act
        when is_after_rating then 'survey'
        when text_act in ('fallback', 'error', 'survey') then text_act
        when turn_number = 0 or turn_politeness in ('opening', 'greeting') then 'greeting'
        when turn_politeness = 'courtesy' then 'closing'
        when text_act is not null then text_act
        -- A card or a picture says something; a message without a trace says nothing about itself.
        when act_name is not null or content_type not in ('text', 'voice') then 'answer'
    end as act
from told
