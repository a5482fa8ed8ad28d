"""Intercom's exports: conversations of the API as JSON Lines, one delivered again as it grew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.demo.files import Exports

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

SECONDS = "cast(floor(epoch_us($) / 1000000) as bigint)"
BOT = "json_object('type', 'bot', 'id', '5001', 'name', 'Fin', 'email', 'operator@intercom.example', 'from_ai_agent', true, 'is_ai_answer', true)"
COLLEAGUE = "json_object('type', 'admin', 'id', '9001', 'name', 'Frau Sommer', 'email', 'sommer@team.kesselundblatt.example')"

# One row per conversation: c, told_at, record (JSON text), early (as it stood before the last part came).
CONVERSATIONS = f"""
create or replace table intercom_conversations as
with spoken as (
    select e.*, t."user" as contact, t.user_id, t.desk_email, t.login,
        '<p>' || replace(replace(replace(e.text, '&', '&amp;'), '<', '&lt;'), chr(10), '<br>') || '</p>' as body,
        {SECONDS.replace("$", "e.told_at")} as spoke_at,
        row_number() over (partition by c order by case when e.kind = 'action' then 1 else 0 end, seq) as place
    from events as e join talks as t using (c)
    where t.platform = 'intercom' and (e.kind in ('user', 'bot', 'agent') or e.name = 'action_human_handoff') and e.name <> 'session_start'
),
authored as (
    select *, case kind
            when 'user' then json_object('type', case when login then 'user' else 'lead' end, 'id', contact, 'email', desk_email)
            when 'agent' then {COLLEAGUE} else {BOT} end as author
    from spoken
),
parts as (
    select c, list(cast(json_object('type', 'conversation_part', 'id', cast(8000000 + c * 100 + seq as varchar),
            'part_type', case when kind = 'action' then 'assignment' else 'comment' end,
            'body', case when kind = 'action' then null else body end, 'created_at', spoke_at, 'updated_at', spoke_at, 'notified_at', spoke_at,
            'assigned_to', case when kind = 'action' then json_object('type', 'team', 'id', '77') end,
            'author', author, 'attachments', json_array(), 'external_id', null, 'redacted', false) as json) order by seq) as parts
    from authored where place > 1 group by c
),
closing as (
    select c, max(spoke_at) as last_at, cast(json_object('type', 'conversation_part', 'id', cast(8000000 + c * 100 + 99 as varchar), 'part_type', 'close', 'body', null,
        'created_at', max(spoke_at) + 90, 'updated_at', max(spoke_at) + 90, 'author', {BOT}, 'attachments', json_array(), 'redacted', false) as json) as part
    from authored group by c
)
select a.c, a.told_at, a.thread_id, cast(json_object(
    'type', 'conversation', 'id', a.thread_id, 'created_at', a.spoke_at, 'updated_at', k.last_at + 90, 'title', null,
    'open', false, 'state', 'closed', 'read', true, 'priority', 'not_priority',
    'source', json_object('type', 'conversation', 'id', cast(7000000 + a.c as varchar),
        'delivered_as', case when a.kind = 'user' then 'customer_initiated' else 'operator_initiated' end,
        'body', a.body, 'author', a.author, 'attachments', json_array(), 'url', 'https://www.kesselundblatt.example/', 'redacted', false),
    'contacts', json_object('type', 'contact.list', 'contacts', json_array(json_object('type', 'contact', 'id', a.contact,
        'external_id', case when a.login then a.user_id end))),
    'tags', json_object('type', 'tag.list', 'tags', case when a.agent_joins then json_array(json_object('type', 'tag', 'id', '1',
        'name', a.topic1, 'applied_at', k.last_at, 'applied_by', json_object('type', 'admin', 'id', '9001'))) else json_array() end),
    'topics', json_object('type', 'topic.list', 'topics', json_array(), 'total_count', 0),
    'custom_attributes', json_object('Language', a.language),
    -- Stands there from the question on, without a rating if nobody gave one.
    'conversation_rating', case when a.is_asked then json_object('rating', case when a.is_rated then a.rating end, 'remark', null, 'created_at', k.last_at,
        'contact', json_object('type', 'contact', 'id', a.contact)) end,
    'ai_agent_participated', true,
    'statistics', json_object('type', 'conversation_statistics', 'count_conversation_parts', len(coalesce(p.parts, [])) + 1),
    'conversation_parts', json_object('type', 'conversation_part.list', 'conversation_parts',
        to_json(list_concat(coalesce(p.parts, []), [k.part])), 'total_count', len(coalesce(p.parts, [])) + 1)
) as varchar) as record
from (select authored.*, t.thread_id, t.is_asked, t.is_rated, t.rating, t.agent_joins, t.topic1, t.language
    from authored join talks as t using (c) where place = 1) as a
join closing as k using (c) left join parts as p using (c)
"""


def write(shop: Shop, exports: Exports) -> None:
    """`exports/intercom/`: a file per month, the last one also as pages, one conversation once more by itself."""
    con = shop.con
    con.execute(CONVERSATIONS)
    months = con.execute("""
        select strftime(told_at, '%Y-%m') as month, list(record order by told_at, c), max(told_at)
        from intercom_conversations group by month order by month
    """).fetchall()
    for place, (month, records, newest) in enumerate(months):
        if place == len(months) - 1:
            start = f'{{"type": "conversation.list", "total_count": {len(records)}, "conversations": ['
            content = start + ",\n".join(records) + "]}\n"
            exports.write("intercom/conversations_page.json", content, shop.morning(0, 10))
            continue
        name = f"intercom/conversations_{month}.jsonl.gz"
        lines = list(records)
        if place == 0:
            # Cut short by a full disk: the conversation came once more by itself.
            exports.write("intercom/conversation_again.json", lines[-1] + "\n", shop.morning(1))
            lines[-1] = lines[-1][: len(lines[-1]) // 2]
            exports.broken.append((name, len(lines), "broken JSON"))
        exports.write(
            name, "\n".join(lines) + "\n", newest.replace(hour=23, minute=50, second=0, microsecond=0)
        )
