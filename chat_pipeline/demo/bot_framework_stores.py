"""Other ways to the same Bot Framework activities: a container of single files, telemetry of Application Insights."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chat_pipeline.demo.files import Exports

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

MOST_STORED = 24
# Microseconds from the year 1 to 1970: .NET counts ticks of 100 ns from the year 1.
YEAR_ONE = 62_135_596_800_000_000
GONE = "gone0000000000000000|0000000"
Activity = dict[str, Any]


def write_store(shop: Shop, exports: Exports) -> None:
    """`store/`: the newest conversations as the container had them at the end, a file per activity; `store_before/`:
    the file of one that was rewritten since, and of one that was deleted. Keeps table stored_chats (c)."""
    con = shop.con
    con.execute(f"""
        create or replace table stored_chats as
        select c from talks where platform = 'bot_framework' and has_topic
        order by c desc limit greatest(3, least({MOST_STORED}, (select count(*) // 8 from talks where platform = 'bot_framework')))
    """)
    rows = con.execute("""
        select activity, told_at from activities join stored_chats using (c) order by c, told_at, ord
    """).fetchall()
    activities = [(json.loads(text), told_at) for text, told_at in rows]
    for activity, told_at in activities:
        _write(exports, "store", activity, told_at, shop.morning(0, 17))
    said, told_at = next(
        (a, t) for a, t in activities if a["type"] == "message" and "replyToId" not in a and a.get("text")
    )
    before = shop.morning(1, 17)
    _write(exports, "store_before", {**said, "text": said["text"] + " ???"}, told_at, before)
    unsaid = {**said, "id": GONE, "text": "Wrong window, sorry"}
    _write(exports, "store_before", unsaid, told_at, before)
    deleted = {key: unsaid[key] for key in ("id", "timestamp", "channelId", "serviceUrl", "conversation")}
    nobody = {"id": "deleted", "role": "user"}
    deleted |= {"type": "messageDelete", "from": nobody, "recipient": {**nobody, "role": "bot"}}
    _write(exports, "store", deleted, told_at, shop.morning(0, 17))


def _write(exports: Exports, folder: str, activity: Activity, told_at: datetime, delivered: datetime) -> None:
    """`{channel}/{conversation}/{ticks in hex}-{id}.json`, each part percent-encoded."""
    micros = int((told_at - datetime(1970, 1, 1)).total_seconds() * 1_000_000)
    place = [quote(activity["channelId"], safe=""), quote(activity["conversation"]["id"], safe="")]
    name = f"{(micros + YEAR_ONE) * 10:x}-{quote(activity['id'], safe='')}.json"
    content = json.dumps(activity, ensure_ascii=False)
    exports.write("/".join(["bot_framework", folder, *place, name]), content, delivered)


def write_telemetry(shop: Shop, exports: Exports) -> None:
    """A week's messages as the portal exports customEvents: without text; the transcripts have them all."""
    rows = shop.con.execute("""
        with messages as (
            select told_at, ord, c, activity, activity->>'$.from.role' = 'user' as is_received
            from activities where activity->>'$.type' = 'message' and told_at >= ? and told_at < ?
        )
        select strftime(told_at, '%-m/%-d/%Y, %-I:%M:%S.%g %p') as "timestamp [UTC]",
            case when is_received then 'BotMessageReceived' else 'BotMessageSend' end as name, 'customEvent' as "itemType",
            case when is_received then json_object('conversationId', activity->>'$.conversation.id', 'type', 'message', 'activityId', activity->>'$.id',
                    'channelId', activity->>'$.channelId', 'fromId', activity->>'$.from.id', 'recipientId', activity->>'$.recipient.id', 'locale', activity->>'$.locale')
                else json_object('conversationId', activity->>'$.conversation.id', 'type', 'message', 'activityId', activity->>'$.replyToId',
                    'replyActivityId', activity->>'$.replyToId', 'recipientId', activity->>'$.recipient.id', 'locale', activity->>'$.locale')
            end as "customDimensions", null as "customMeasurements", 'op' || c || '.' || ord as "operation_Id",
            case when c % 2 = 0 then 'PC' else 'Phone' end as "client_Type", 'Germany' as "client_CountryOrRegion", 1 as "itemCount"
        from messages order by told_at, c, ord
    """, [shop.morning(14, 0), shop.morning(7, 0)]).df()  # fmt: skip
    exports.write("bot_framework/query_data.csv", rows.to_csv(index=False), shop.morning(6))
