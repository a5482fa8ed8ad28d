"""Zendesk Chat's exports: pages of the incremental API, a few chats delivered before they ended; forms and deleted ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.demo.files import Exports

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

PAGE = 500
ISO = "strftime($, '%Y-%m-%dT%H:%M:%SZ')"
VISITOR = "'nick', 'visitor:' || right(contact, 6), 'name', 'Visitor', 'sender_type', 'Visitor'"
TRIGGER = "'nick', 'agent:trigger', 'name', 'Kessel & Blatt', 'sender_type', 'Trigger'"
COLLEAGUE = "'nick', 'agent:4711', 'name', 'Frau Sommer', 'sender_type', 'Agent'"

# One row per chat: c, told_at, record (JSON text), unrated (the same before the rating came).
CHATS = f"""
create or replace table zendesk_chats as
with spoken as (
    select e.*, t."user" as contact,
        row_number() over (partition by c, e.kind order by seq) as of_kind
    from events as e join talks as t using (c)
    where t.platform = 'zendesk_chat' and e.kind in ('user', 'bot', 'agent') and e.name <> 'session_start'
),
entries as (
    select c, told_at, seq * 3 as ord, json_object('type', 'chat.msg', 'timestamp', {ISO.replace("$", "told_at")},
        'msg', text, 'msg_id', md5(concat('z', c, '/', seq)), 'channel', '#support', 'options', '') as entry,
        case kind when 'user' then json_object({VISITOR}) when 'agent' then json_object({COLLEAGUE}) else json_object({TRIGGER}) end as speaker
    from spoken
    union all
    select c, told_at - interval 1 second, seq * 3 - 1, json_object('type', 'chat.memberjoin', 'timestamp', {ISO.replace("$", "told_at - interval 1 second")},
        'channel', '#support'), json_object({COLLEAGUE})
    from spoken where kind = 'agent' and of_kind = 1
),
spans as (select c, min(told_at) as first_at, max(told_at) as last_at from spoken group by c),
histories as (select c, list(cast(json_merge_patch(entry, speaker) as json) order by ord) as history from entries group by c),
known as (
    select t.*, s.first_at, s.last_at, h.history, case when t.rating >= 4 then 'good' else 'bad' end as judgement,
        cast(json_object('type', 'chat.rating', 'timestamp', {ISO.replace("$", "s.last_at + interval 20 second")}, 'nick', 'visitor:' || right(t."user", 6),
            'sender_type', 'Visitor', 'new_rating', case when t.rating >= 4 then 'good' else 'bad' end) as json) as rated
    from talks as t join spans as s using (c) join histories as h using (c)
)
select c, first_at as told_at, thread_id, is_rated, cast(json_object(
    'id', thread_id, 'type', 'chat', 'timestamp', {ISO.replace("$", "first_at")}, 'end_timestamp', {ISO.replace("$", "last_at + interval 60 second")},
    'update_timestamp', {ISO.replace("$", "last_at + interval 120 second")}, 'started_by', case when opening = 'open_greeting' then 'visitor' else 'trigger' end,
    'session', json_object('browser', 'Safari', 'platform', case when c % 2 = 0 then 'iPhone' else 'Windows' end, 'city', '', 'ip', '192.0.2.7'),
    'visitor', json_object('id', "user", 'name', 'Visitor ' || c, 'email', coalesce(form_email, ''), 'phone', coalesce(form_phone, ''), 'notes', ''),
    -- A rating given after the chat stands only at the chat.
    'history', to_json(case when is_rated and c % 3 > 0 then list_append(history, rated) else history end),
    'rating', case when is_rated then judgement end, 'comment', null,
    'tags', case when handed_over then json_array(topic1, 'handed_over') else json_array() end,
    'webpath', json_array(json_object('timestamp', {ISO.replace("$", "first_at")}, 'to', 'https://www.kesselundblatt.example/help?c=' || c, 'title', 'Help')),
    'missed', handed_over and not agent_joins, 'dropped', false, 'triggered', true,
    'agent_ids', case when agent_joins then json_array('4711') else json_array() end, 'department_name', case when handed_over then 'Service' end,
    'duration', date_diff('second', first_at, last_at), 'conversions', json_array(), 'zendesk_ticket_id', null, 'deleted', false
) as varchar) as record
from known
"""
# A form filled at night is no chat; a deleted chat is told by its id.
OTHERS = (
    """{"id": "2611.10414779.OfflineForm01", "type": "offline_msg", "timestamp": "$T22:30:00Z", "update_timestamp": "$T22:30:00Z","""
    """ "visitor": {"id": "10414779.nightowl", "name": "Visitor", "email": "", "phone": "", "notes": ""}, "message": "Please call me.","""
    """ "session": {}, "tags": [], "webpath": [], "deleted": false}""",
    """{"id": "2611.10414779.Deleted000001", "type": "chat", "timestamp": "$T11:00:00Z", "update_timestamp": "$T12:00:00Z","""
    """ "visitor": {"id": "10414779.gone", "name": "", "email": "", "phone": "", "notes": ""}, "history": [{"type": "chat.msg","""
    """ "timestamp": "$T11:00:00Z", "nick": "visitor:gone", "sender_type": "Visitor", "msg": "Forget it", "msg_id": "gone1"}],"""
    """ "deleted": true}""",
)


def write(shop: Shop, exports: Exports) -> None:
    """`exports/zendesk_chat/`: pages of chats by update, the newest chat unfinished in an earlier file."""
    con = shop.con
    con.execute(CHATS)
    records = [
        record for (record,) in con.execute("select record from zendesk_chats order by told_at, c").fetchall()
    ]
    day = shop.morning(3).strftime("%Y-%m-%d")
    records += [other.replace("$", day) for other in OTHERS]
    pages = [records[start : start + PAGE] for start in range(0, len(records), PAGE)]
    for number, page in enumerate(pages, start=1):
        content = ",\n".join(page)
        end = f'"count": {len(page)}, "next_page": "https://www.zopim.example/api/v2/incremental/chats?start_time={number}"'
        exports.write(
            f"zendesk_chat/chats_page_{number:02d}.json",
            f'{{"chats": [\n{content}\n], {end}}}\n',
            shop.morning(0, 14),
        )
    # The same chats as they stood two days before the rest came: without ratings.
    early = con.execute("""
        select cast(json_merge_patch(record, json_object('rating', null, 'update_timestamp', record->>'$.timestamp')) as varchar)
        from zendesk_chats where is_rated and c % 3 = 0 order by told_at desc, c limit 5
    """).fetchall()
    lines = [line for (line,) in early] + [
        '{"id": "2611.10414779.NoTimeAtAll01", "type": "chat", "visitor": {"id": "x"}, "history": []}'
    ]
    name = "zendesk_chat/chats_before.jsonl"
    exports.broken.append((name, len(lines), "no timestamp"))
    exports.write(name, "\n".join(lines) + "\n", shop.morning(2, 14))
