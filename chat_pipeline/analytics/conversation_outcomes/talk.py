"""What was said in a conversation, as far as it decides the outcome: steps over `marts.fct_messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import seconds_of

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


def talk_steps(settings: Settings) -> str:
    """Steps ending in `talks`, a row per conversation that has messages.

    Columns: last_act, last_act_name, last_act_turn (the bot's last act that is neither a goodbye, "anything else?"
    nor a survey), unanswered_turn and error_turn (the last such turn, null: none), first_said_at, last_answer_at.
    """
    return f"""
    said as (
        select
            conversation_key, message_key, reply_to_key, author, act, act_name, turn_number, sequence, sent_at, intent,
            lead(author) over in_order as next_author,
            lead(sent_at) over in_order as next_sent_at
        from marts.fct_messages
        window in_order as (partition by conversation_key order by sequence)
    ),
    -- A message is answered by whatever the bot or a human says next, or by what names it later; of several typed in
    -- a row the last one waits for the answer.
    unanswered as (
        select said.conversation_key, max(said.turn_number) as unanswered_turn
        from said
        left join (select distinct reply_to_key from said where author <> 'user') as replies
            on replies.reply_to_key = said.message_key
        where said.author = 'user' and said.act = 'request' and replies.reply_to_key is null
            and coalesce(said.next_author, 'user') = 'user'
            and not coalesce(
                said.next_author = 'user'
                and epoch(said.next_sent_at) - epoch(said.sent_at) <= {seconds_of(settings.outcomes.typed_in_a_row)},
                false
            )
        group by said.conversation_key
    ),
    bot_acts as (
        select
            said.*, row_number() over (partition by conversation_key order by sequence desc) as place
        from said
        where author = 'bot' and coalesce(act, '') not in ('closing', 'survey')
    ),
    errors as (
        select conversation_key, max(turn_number) as error_turn
        from marts.fct_conversation_events
        where event_type = 'error' and conversation_key is not null
        group by conversation_key
    ),
    spoken as (
        select
            conversation_key,
            min(case when author = 'user' and act <> 'opening' then sent_at end) as first_said_at,
            max(case when author = 'bot' and act = 'answer' then sent_at end) as last_answer_at,
            max(case when author = 'bot' and coalesce(act, '') not in ('closing', 'survey') then sent_at end)
                as last_act_at
        from said
        group by conversation_key
    ),
    last_intents as (
        select conversation_key, intent, row_number() over (partition by conversation_key order by sequence desc) as place
        from said
        where author = 'user' and act = 'request' and intent is not null
    ),
    talks as (
        select
            spoken.conversation_key, bot_acts.act as last_act, bot_acts.turn_number as last_act_turn,
            coalesce(bot_acts.act_name, last_intents.intent, bot_acts.act) as last_step,
            unanswered.unanswered_turn, errors.error_turn,
            spoken.first_said_at, coalesce(spoken.last_answer_at, spoken.last_act_at) as last_answer_at
        from spoken
        left join bot_acts on bot_acts.conversation_key = spoken.conversation_key and bot_acts.place = 1
        left join last_intents on last_intents.conversation_key = spoken.conversation_key and last_intents.place = 1
        left join unanswered on unanswered.conversation_key = spoken.conversation_key
        left join errors on errors.conversation_key = spoken.conversation_key
    )"""


def fallback_steps(settings: Settings) -> str:
    """Steps ending in `last_fallbacks`: conversations with a fallback in the last turns before their end or the
    first sign of a hand-over. Greetings, thanks and ratings are no turns here."""
    return f"""
    last_turns as (
        select
            m.conversation_key, m.is_fallback,
            row_number() over (partition by m.conversation_key order by m.turn_number desc) as place
        from marts.fct_messages as m
        inner join marts.fct_conversations as c on c.conversation_key = m.conversation_key
        where m.author = 'user' and m.act = 'request'
            and (c.handoff_at is null or m.sent_at is null or m.sent_at <= c.handoff_at)
    ),
    last_fallbacks as (
        select distinct conversation_key
        from last_turns
        where is_fallback and place <= {settings.outcomes.fallback_turns}
    )"""


def reply_times_steps() -> str:
    """Step `reply_times`: accounts whose exports tell when the bot answered, and not only when it was asked."""
    return """
    asked_at as (
        select conversation_key, turn_number, sent_at from marts.fct_messages where author = 'user'
    ),
    reply_times as (
        select distinct m.platform, m.instance
        from marts.fct_messages as m
        inner join asked_at on asked_at.conversation_key = m.conversation_key and asked_at.turn_number = m.turn_number
        where m.author = 'bot' and m.sent_at > asked_at.sent_at
    )"""
