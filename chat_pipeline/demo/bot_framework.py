"""Bot Framework's exports: `.transcript` files, one per week, mixing conversations; a few in a transcript store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.demo.bot_framework_stores import write_store, write_telemetry
from chat_pipeline.demo.files import Exports

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

BOT = "json_object('id', 'kesselundblatt-bot', 'name', 'Kessel & Blatt', 'role', 'bot')"
LUIS = "'https://www.luis.ai/schemas/trace'"

# One row per activity: c, told_at, ord, activity (JSON text).
ACTIVITIES = f"""
create or replace table activities as
with spoken as (
    select e.*, t.thread_id, t.channel, t.rating,
        case t.language when 'de' then 'de-DE' when 'fr' then 'fr-FR' else 'en-GB' end as locale,
        json_object('id', t.user, 'name', '', 'role', 'user') as person, {BOT} as bot,
        concat(substr(md5(concat('a', e.c, '/', e.seq)), 1, 22), '|', lpad(cast(e.seq as varchar), 7, '0')) as id,
        max(case when e.kind = 'user' then e.seq end) over (partition by e.c order by e.seq) as asked
    from events as e join talks as t using (c)
    where t.platform = 'bot_framework'
),
addressed as (
    -- What the bot says first answers that the user joined.
    select *, case when asked is null then concat(substr(md5(concat('a', c, '/0')), 1, 22), '|0000000-u')
        else concat(substr(md5(concat('a', c, '/', asked)), 1, 22), '|', lpad(cast(asked as varchar), 7, '0')) end as reply_to
    from spoken
),
rows_of as (
    -- both parties join
    select c, told_at - interval 40 millisecond as told_at, -2 as ord, 'conversationUpdate' as type, concat(id, '-b') as id, person as sender, bot as receiver,
        json_object('membersAdded', json_array(json_object('id', 'kesselundblatt-bot'))) as body, thread_id, channel, locale
    from addressed where seq = 0
    union all
    select c, told_at - interval 30 millisecond, -1, 'conversationUpdate', concat(id, '-u'), person, bot,
        json_object('membersAdded', json_array(person)), thread_id, channel, locale
    from addressed where seq = 0
    union all
    -- the user: words, a tapped rating (value without text), or the widget opening
    select c, told_at, seq * 6,
        case when name = 'session_start' then 'event' else 'message' end, id, person, bot,
        case when name = 'session_start' then json_object('name', 'webchat/join', 'value', json_object('language', locale))
            when name = 'rate' then json_object('value', json_object('rating', rating), 'channelData', json_object('postBack', true))
            else json_object('textFormat', 'plain', 'text', text) end,
        thread_id, channel, locale
    from addressed where kind = 'user'
    union all
    select c, told_at + interval 120 millisecond, seq * 6 + 1, 'trace', concat(id, '-t'), bot, person,
        json_object('name', 'LuisRecognizer', 'label', 'Luis Trace', 'valueType', {LUIS}, 'replyToId', id,
            'value', json_object(
                'recognizerResult', json_object('text', text, 'alteredText', null, 'entities', json_object(),
                    'intents', json_merge_patch(
                        json_object('None', json_object('score', round((1 - confidence) * 0.5, 6))),
                        json_object(case when name = 'nlu_fallback' then 'None' else name end, json_object('score', confidence)))),
                'luisResult', json_object('query', text, 'topScoringIntent', json_object(
                    'intent', case when name = 'nlu_fallback' then 'None' else name end, 'score', confidence)))),
        thread_id, channel, locale
    from addressed where kind = 'user' and name not in ('', 'session_start', 'rate')
    union all
    select c, told_at - interval 60 millisecond, seq * 6 + 2, 'typing', concat(id, '-y'), bot, person, json_object('replyToId', reply_to), thread_id, channel, locale
    from addressed where kind = 'bot' and c % 3 = 0
    union all
    -- the bot, and the human agent, who speaks as the bot
    select c, told_at, seq * 6 + 3, 'message', id, bot, person,
        case when name = 'utter_ask_rating' then json_object('textFormat', 'plain', 'text', text, 'replyToId', reply_to, 'inputHint', 'expectingInput',
            'suggestedActions', json_object('actions', json_array(
                json_object('type', 'postBack', 'title', '1', 'value', json_object('rating', 1)),
                json_object('type', 'postBack', 'title', '3', 'value', json_object('rating', 3)),
                json_object('type', 'postBack', 'title', '5', 'value', json_object('rating', 5)))))
            else json_object('textFormat', 'plain', 'text', text, 'replyToId', reply_to) end,
        thread_id, channel, locale
    from addressed where kind in ('bot', 'agent')
    union all
    -- what happened: the status was shown, the basket filled, a colleague asked for, who came or did not
    select c, told_at + interval 5 millisecond, seq * 6 + 4, 'event', concat(id, '-e'), bot, person,
        case name when 'utter_order_status' then json_object('name', 'order_status_shown', 'value', json_object('shown', true), 'replyToId', reply_to)
            when 'action_add_to_cart' then json_object('name', 'add_to_cart_event', 'value', json_object('quantity', 1), 'replyToId', reply_to)
            else json_object('name', 'handoff.initiate', 'value', json_object('Skill', 'service'), 'replyToId', reply_to,
                'attachments', json_array(json_object('name', 'Transcript', 'contentType', 'application/json',
                    'content', json_object('activities', json_array())))) end,
        thread_id, channel, locale
    from addressed where name in ('utter_order_status', 'action_add_to_cart', 'action_human_handoff')
    union all
    select e.c, e.told_at + interval 2 second, e.seq * 6 + 5, 'event', concat(e.id, '-s'), e.bot, e.person,
        json_object('name', 'handoff.status', 'value', json_object('state', case when t.agent_joins then 'accepted' else 'failed' end)),
        e.thread_id, e.channel, e.locale
    from addressed as e join talks as t using (c) where e.name = 'action_human_handoff'
    union all
    select c, told_at + interval 4 second, seq * 6 + 5, 'endOfConversation', concat(id, '-z'), bot, person,
        json_object('code', 'completedSuccessfully'), thread_id, channel, locale
    from addressed where name = 'utter_goodbye' and c % 2 = 0
)
select c, told_at, ord, cast(json_merge_patch(
    json_object(
        'type', type, 'id', id, 'timestamp', strftime(told_at, '%Y-%m-%dT%H:%M:%S.%gZ'), 'channelId', channel,
        'serviceUrl', 'https://europe.botservice.example/', 'from', sender, 'recipient', receiver,
        'conversation', json_object('id', thread_id), 'locale', locale
    ), body) as varchar) as activity
from rows_of
order by told_at, c, ord
"""


def write(shop: Shop, exports: Exports) -> None:
    """`exports/bot_framework/`: a file per week; one with a BOM, one an object, one partly delivered before, one broken."""
    con = shop.con
    con.execute(ACTIVITIES)
    write_store(shop, exports)
    write_telemetry(shop, exports)
    weeks = con.execute("""
        select strftime(told_at, 'chats_%G-W%V.transcript') as file, string_agg(activity, ',' || chr(10) order by told_at, c, ord),
            count(*), max(told_at)
        from activities where c not in (select c from stored_chats) group by file order by file
    """).fetchall()
    for place, (file, content, _, newest) in enumerate(weeks):
        name = f"bot_framework/{file}"
        delivered = newest.replace(hour=23, minute=30, second=0, microsecond=0)
        if place == len(weeks) - 1:
            part = ",\n".join(content.split(",\n")[: content.count(",\n") // 2])
            exports.write(name.replace("chats_", "interim_"), f"[\n{part}\n]\n", shop.morning(2))
        if place == 1:
            exports.write(name, f'{{"transcript": [\n{content}\n]}}\n', delivered)
        else:
            mark = "\ufeff" if place == 2 else ""
            exports.write(name, f"{mark}[\n{content}\n]\n", delivered)
    _write_broken(shop, exports)


def _write_broken(shop: Shop, exports: Exports) -> None:
    """A transcript with a comma before the closing bracket: of a conversation that is nowhere else."""
    found = shop.con.execute("""
        select string_agg(replace(activity, thread_id, 'lost-conversation-0001'), ',' || chr(10) order by a.told_at, ord)
        from activities as a join talks using (c)
        where c = (select min(c) from talks where platform = 'bot_framework' and has_topic)
    """).fetchone()
    name = "bot_framework/saved_by_hand.transcript"
    exports.write(name, f"[\n{found[0] if found else ''},\n]\n", shop.morning(4))
    exports.broken.append((name, None, "comma before the closing bracket"))
