"""Rasa's exports: broker JSON Lines of the main bot; Rasa X, SQLite tracker store and tracker JSON of the bot `de`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chat_pipeline.demo.files import Exports
from chat_pipeline.demo.phrases_bot import BOT
from chat_pipeline.demo.phrases_user import USER
from chat_pipeline.demo.rasa_stores import write_rasa_x, write_tracker_store

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

# One row per Rasa event: c, thread_id, instance, told_at, ord (order within the conversation), type_name,
# intent_name, action_name, body (list of JSON pairs after event and timestamp, as text without braces).
EVENTS = """
create or replace table rasa_events as
with spoken as (
    select e.*, t.thread_id, t.instance, t.channel, t.language, t.bot_version,
        starts_with(e.text, '/') as is_payload,
        md5(concat(e.c, '/', e.seq)) as message_id,
        json_object('assistant_id', t.bot_version) as marks,
        coalesce(nullif(regexp_extract(e.text, '#[0-9]{5,}'), ''), nullif(regexp_extract(e.text, '[^ ]+@[^ ]+'), ''),
            nullif(regexp_extract(e.text, '[+][0-9]+'), '')) as entity
    from events as e join talks as t using (c)
    where t.platform = 'rasa'
),
parsed as (
    select *,
        case when name = '' then json_object('name', null, 'confidence', 0.0)
            else json_object('name', name, 'confidence', confidence) end as intent,
        case when starts_with(entity, '#') then 'order_number' when contains(entity, '@') then 'email'
            else 'phone_number' end as entity_name
    from spoken
),
users as (
    select c, thread_id, instance, told_at, seq * 4 + 1 as ord, 'user' as type_name, name as intent_name, cast(null as varchar) as action_name,
        json_object(
            'metadata', json_object('assistant_id', bot_version, 'language', language),
            'text', text,
            'parse_data', json_object(
                'intent', intent,
                'entities', case when entity is null or is_payload then json_array() else json_array(json_object(
                    'entity', entity_name, 'value', entity, 'start', instr(text, entity) - 1,
                    'end', instr(text, entity) - 1 + length(entity), 'confidence_entity', 0.998, 'extractor', 'DIETClassifier'
                )) end,
                'text', text, 'message_id', message_id, 'metadata', json_object(),
                'intent_ranking', case when is_payload or name = '' then json_array(intent) else json_array(
                    intent,
                    json_object('name', case when name = 'stock' then 'product_info' else 'stock' end,
                        'confidence', round((1 - confidence) * 0.6, 6)),
                    json_object('name', case when name = 'nlu_fallback' then 'chitchat' else 'nlu_fallback' end,
                        'confidence', round((1 - confidence) * 0.3, 6))
                ) end
            ),
            'input_channel', channel, 'message_id', message_id
        ) as body
    from parsed where kind = 'user'
),
listens as (
    -- Rasa waits for the user before each of the user's messages, right after what came before.
    select e.c, s.thread_id, s.instance,
        coalesce(lag(e.told_at) over (partition by e.c order by e.seq), e.told_at - interval 3 millisecond) + interval 900 microsecond as told_at,
        e.seq * 4 as ord, e.kind, s.marks
    from events as e join spoken as s on s.c = e.c and s.seq = e.seq
),
acts as (
    select c, thread_id, instance, told_at, seq * 4 + 1 as ord, name, marks from spoken where kind in ('bot', 'action')
    union all
    select c, thread_id, instance, told_at, ord, 'action_listen', marks from listens where kind = 'user'
    union all
    select c, thread_id, instance, told_at - interval 3 millisecond, -3, 'action_session_start', marks from spoken where seq = 0
),
actions as (
    select c, thread_id, instance, told_at, ord, 'action' as type_name, cast(null as varchar) as intent_name, name as action_name,
        json_object(
            'metadata', marks, 'name', name,
            'policy', case when name in ('action_listen', 'action_session_start') then null else 'RulePolicy' end,
            'confidence', 1.0, 'action_text', null, 'hide_rule_turn', false
        ) as body
    from acts
),
bots as (
    select c, thread_id, instance, told_at + interval (case when c % 2 = 0 then 0 else 180 end) microsecond as told_at, seq * 4 + 2 as ord,
        kind as type_name, cast(null as varchar) as intent_name, cast(null as varchar) as action_name,
        json_object(
            'metadata', case when kind = 'bot' then json_object('utter_action',
                case when name = 'action_default_fallback' then 'utter_default' else name end, 'assistant_id', bot_version) else marks end,
            'text', text,
            'data', json_object(
                'elements', null, 'quick_replies', null,
                'buttons', case when name = 'utter_ask_rating' then json_array(
                    json_object('title', '1', 'payload', '/rate{"rating": "1"}'), json_object('title', '2', 'payload', '/rate{"rating": "2"}'),
                    json_object('title', '3', 'payload', '/rate{"rating": "3"}'), json_object('title', '4', 'payload', '/rate{"rating": "4"}'),
                    json_object('title', '5', 'payload', '/rate{"rating": "5"}')) end,
                'attachment', null, 'image', null, 'custom', null
            )
        ) as body
    from spoken where kind in ('bot', 'agent')
),
slots as (
    select c, thread_id, instance, told_at, seq * 4 + 1 as ord, 'slot' as type_name, cast(null as varchar) as intent_name, name as action_name,
        json_object('metadata', marks, 'name', name, 'value', text) as body
    from spoken where kind = 'slot'
),
marks as (
    select c, thread_id, instance, told_at - interval 3 millisecond as told_at, -2 as ord, 'session_started' as type_name,
        cast(null as varchar) as intent_name, cast(null as varchar) as action_name, json_object('metadata', marks) as body
    from spoken where seq = 0
    union all
    select c, thread_id, instance, told_at + interval 1 millisecond, seq * 4 + 3, 'pause', null, null, json_object('metadata', marks)
    from spoken where name = 'action_human_handoff'
),
together as (
    select * from users union all select * from actions union all select * from bots
    union all select * from slots union all select * from marks
)
select c, thread_id, instance, told_at, ord, type_name, nullif(intent_name, '') as intent_name, action_name,
    cast(epoch_us(told_at) / 1000000.0 as double) as stamp,
    concat('{', '"event": "', type_name, '", "timestamp": ', cast(epoch_us(told_at) / 1000000.0 as double), ', ', {ascii}) as data
from together
order by told_at, c, ord
"""


def write(shop: Shop, exports: Exports) -> None:
    """`exports/rasa/`: broker files of the instance default, tracker store and trackers of `de`."""
    shop.con.execute(EVENTS.replace("{ascii}", _escaped("substr(cast(body as varchar), 2)")))
    _write_broker(shop, exports)
    write_rasa_x(shop, exports)
    write_tracker_store(shop, exports)


def _escaped(expression: str) -> str:
    """SQL writing non-ASCII characters as Python's json does."""
    texts = [text for book in (USER, BOT) for by in book.values() for each in by.values() for text in each]
    for character in sorted({each for text in texts for each in text if ord(each) > 127}):
        expression = f"replace({expression}, '{character}', '\\u{ord(character):04x}')"
    return expression


def _write_broker(shop: Shop, exports: Exports) -> None:
    """A file per week, then per day for the last two weeks; late, exported again and copied ones beside."""
    recent = shop.morning(15).date()
    shop.con.execute(f"""
        create or replace table broker as
        select *,
            concat('{{"sender_id": ', to_json(thread_id), ', ', substr(data, 2)) as line,
            case when c % 97 = 5 and told_at < date '{recent}' then 'backlog.jsonl.gz'
                when told_at < date '{recent}' then strftime(told_at, 'rasa_events_%G-W%V.jsonl.gz')
                else strftime(told_at, 'rasa_events_%Y-%m-%d.jsonl') end as file
        from rasa_events where instance = 'default'
    """)
    files = shop.con.execute("""
        select file, string_agg(line, chr(10) order by told_at, c, ord), max(told_at) from broker group by file order by file
    """).fetchall()
    damaged = shop.morning(2).strftime("rasa_events_%Y-%m-%d.jsonl")
    for place, (file, content, newest) in enumerate(files):
        name = f"rasa/broker/{file}"
        if file == damaged:
            content = _damage(exports, name, content)
        delivered = newest.replace(hour=5, minute=0, second=0, microsecond=0)
        late = shop.morning(3) if file.startswith("backlog") else max(delivered, shop.morning(shop.days))
        exports.write(name, content + "\n", late + timedelta(days=1))
        if place == 1:
            exports.write(name.replace(".jsonl", " (1).jsonl"), content + "\n", shop.morning(1))
    exported = shop.con.execute(
        "select string_agg(line, chr(10) order by told_at, c, ord) from broker where told_at >= ? and told_at < ?",
        [shop.morning(8, 0), shop.morning(5, 0)],
    ).fetchone()
    if exported and exported[0]:
        exports.write("rasa/export/rasa_export.jsonl", exported[0] + "\n", shop.morning(0, 9))


def _damage(exports: Exports, name: str, content: str) -> str:
    """Put a cut line, one without sender and one of the year 1970 among the good ones."""
    lines = content.split("\n")
    lines.insert(min(4, len(lines)), lines[0][: len(lines[0]) // 2])
    exports.broken.append((name, min(4, len(lines) - 1) + 1, "broken JSON"))
    lines.append(
        '{"event": "action", "timestamp": 1790000000.5, "name": "action_listen", "policy": null, "confidence": 1.0}'
    )
    exports.broken.append((name, len(lines), "no sender"))
    lines.append(
        '{"sender_id": "feedfacefeedfacefeedfacefeedface", "event": "session_started", "timestamp": 12.5}'
    )
    exports.broken.append((name, len(lines), "time before 1990"))
    return "\n".join(lines)
