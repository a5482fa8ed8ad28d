"""What the bot `de` left behind: the table of Rasa X, then a SQLite tracker store, then trackers. Reads rasa_events."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chat_pipeline.demo.files import Exports

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop


def write_rasa_x(shop: Shop, exports: Exports) -> None:
    """Instance `de`, the period's first part: the table of Rasa X, which the bot was run with then."""
    rows = shop.con.execute(
        """
        select row_number() over (order by told_at, c, ord) as id, thread_id as conversation_id, type_name, stamp as timestamp, intent_name,
            case when type_name = 'action' then action_name end as action_name, case when type_name = 'slot' then action_name end as slot_name,
            null as policy, 0 as is_flagged, data, null as message_log_id, null as evaluation, 'production' as rasa_environment
        from rasa_events where instance = 'de' and told_at < ? order by told_at, c, ord
    """,
        [_moved(shop)],
    ).df()
    exports.write(
        "rasa/de/rasa_x/conversation_event.csv.gz", rows.to_csv(index=False), _moved(shop) + timedelta(days=2)
    )


def _moved(shop: Shop) -> datetime:
    """When the bot `de` moved from Rasa X to a tracker store of its own: after the first quarter of the period."""
    return shop.morning(shop.days - shop.days // 4, 0)


def write_tracker_store(shop: Shop, exports: Exports) -> None:
    """Instance `de`: the SQLite file, a list of trackers not in it, and one tracker that is in it too."""
    con = shop.con
    con.execute(
        """
        create or replace table young as
        select thread_id from rasa_events where instance = 'de' group by thread_id having min(told_at) >= ?
    """,
        [shop.morning(8, 0)],
    )
    rows = con.execute(
        """
        select thread_id, type_name, stamp, intent_name, action_name, data from rasa_events
        where instance = 'de' and told_at >= ? and thread_id not in (select thread_id from young) order by told_at, c, ord
    """,
        [_moved(shop)],
    ).fetchall()
    path = exports.path("rasa/de/rasa.db")
    path.unlink(missing_ok=True)
    store = sqlite3.connect(path)
    store.execute(
        "create table events (id integer not null primary key, sender_id varchar(255) not null, type_name varchar(255)"
        " not null, timestamp float, intent_name varchar(255), action_name varchar(255), data text)"
    )
    store.executemany(
        "insert into events (sender_id, type_name, timestamp, intent_name, action_name, data) values (?,?,?,?,?,?)",
        rows,
    )
    store.commit()
    store.close()
    exports.deliver("rasa/de/rasa.db", shop.morning(1))
    trackers = con.execute("""
        select concat('{"sender_id": ', to_json(thread_id), ', "slots": {}, "latest_event_time": ', max(stamp),
            ', "paused": false, "followup_action": null, "active_loop": {}, "latest_action_name": "action_listen", "events": [',
            string_agg(data, ', ' order by told_at, c, ord), ']}') as tracker, thread_id in (select thread_id from young) as is_young
        from rasa_events where instance = 'de' group by thread_id order by min(told_at), thread_id
    """).fetchall()
    young = [tracker for tracker, is_young in trackers if is_young]
    exports.write("rasa/de/trackers/trackers.json", "[" + ",\n".join(young) + "]\n", shop.morning(0, 6))
    both = [tracker for tracker, is_young in trackers if not is_young]
    exports.write("rasa/de/trackers/tracker_again.json", both[len(both) // 2] + "\n", shop.morning(0, 7))
