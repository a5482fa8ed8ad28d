"""Another bot's dashboard export: a table with one row per turn, a CSV per month, the first as Excel.

Times are the shop's local time without zone.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chat_pipeline.demo.chance import ZONE
from chat_pipeline.demo.files import Exports, write_excel

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

# One row per turn: a user's message (or the opening) with the bot's answers to it.
TURNS = f"""
with spoken as (
    select e.*, t.thread_id, t.is_rated, t.rating, t.solved, t.handed_over,
        e.kind = 'user' and e.name <> 'session_start' as is_query
    from events as e join talks as t using (c)
    where t.platform = 'chat_table' and e.kind in ('user', 'bot', 'agent')
),
counted as (
    select *, sum(case when is_query then 1 else 0 end) over (partition by c order by seq rows unbounded preceding) as turn
    from spoken
    where not (kind = 'user' and name = 'session_start')
),
folded as (
    select c, thread_id, turn, min(told_at) as told_at, max(told_at) as last_at,
        max(case when is_query then text end) as query,
        string_agg(case when not is_query then text end, chr(10) order by seq) as answer,
        any_value(is_rated) as is_rated, any_value(rating) as rating, any_value(solved and not handed_over) as is_solved
    from counted group by c, thread_id, turn
),
placed as (
    select *, turn = max(turn) over (partition by c) as is_last,
        date_diff('second', min(told_at) over (partition by c), max(last_at) over (partition by c)) as seconds
    from folded
)
select thread_id as "conversation id",
    strftime(timezone('{ZONE}', timezone('UTC', told_at)), '%Y-%m-%d %H:%M:%S') as "timestamp",
    query as "customer query", answer as "chatbot response",
    case when is_last and is_solved then seconds end as "resolution time",
    case when is_last and is_rated then rating end as "csat score"
from placed order by told_at, c, turn
"""


def write(shop: Shop, exports: Exports) -> None:
    """`exports/chat_table/`: a file per month; the last CSV once more under another name; two bad rows."""
    turns = shop.con.execute(TURNS).df()
    turns["resolution time"] = turns["resolution time"].astype("Int64")
    turns["csat score"] = turns["csat score"].astype("Int64")
    months = list(turns.groupby(turns["timestamp"].str[:7], sort=True))
    for place, (month, rows) in enumerate(months):
        last = place == len(months) - 1
        delivered = shop.morning(0) if last else datetime.fromisoformat(f"{months[place + 1][0]}-01T04:00:00")
        if place == 0:
            write_excel(exports, f"chat_table/conversations {month}.xlsx", "Conversations", rows, delivered)
            continue
        content = rows.to_csv(index=False)
        if last:
            exports.write(
                f"chat_table/conversations {month} (interim).csv",
                rows.iloc[: len(rows) // 2].to_csv(index=False),
                shop.morning(3),
            )
            content = _damage(exports, f"chat_table/conversations {month}.csv", content, len(rows))
        exports.write(f"chat_table/conversations {month}.csv", content, delivered)


def _damage(exports: Exports, name: str, content: str, rows: int) -> str:
    """A row without conversation id and one of the year 1970 at the end."""
    exports.broken.append((name, rows + 1, "no conversation id"))
    exports.broken.append((name, rows + 2, "time before 1990"))
    return (
        content + ",2026-11-10 12:00:00,anybody there?,Sorry?,,\nCT-999999,1970-01-01 00:00:05,hello,Hi!,,\n"
    )
