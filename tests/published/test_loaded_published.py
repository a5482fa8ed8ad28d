"""Published dialogues and purchases loaded as a shop's exports, through a whole sync."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from results import check, dataset

from chat_pipeline.home import Home
from chat_pipeline.run import run_nightly
from chat_pipeline.settings import load_settings

pytestmark = pytest.mark.long

# Dialogues of people who were paid for them have no pauses that end them.
SETTINGS = """
[shop]
time_zone = "UTC"
currency = "USD"
[chat]
silence_minutes = 100000
[sources.chat_table.columns]
thread = "thread_id"
at = "sent_at"
who = "author"
text = "text"
person = "user_id"
"""


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = Home(tmp_path_factory.mktemp("published") / "home")
    (home.exports / "chat_table").mkdir(parents=True)
    (home.exports / "ga4").mkdir()
    write_dialogues(home.exports / "chat_table/star.csv")
    write_purchases(home.exports / "ga4/events.ndjson")
    home.settings_file.write_text(SETTINGS)
    outcome = run_nightly(home, load_settings(home.settings_file))
    assert outcome.success, outcome.failures
    with duckdb.connect(str(home.published), read_only=True) as con:
        yield con


def write_dialogues(path: Path) -> None:
    with (
        gzip.open(dataset("star_dialogues/star_dialogues.jsonl.gz"), "rt") as source,
        path.open("w", newline="") as target,
    ):
        rows = csv.writer(target)
        rows.writerow(["thread", "at", "who", "text", "person"])
        for line in source:
            dialogue = json.loads(line)
            for turn in dialogue["turns"]:
                at = datetime.fromtimestamp(turn["ts"], UTC).isoformat()
                rows.writerow([dialogue["dialogue_id"], at, turn["who"], turn["text"], dialogue["user"]])


def write_purchases(path: Path) -> None:
    """A purchase event per user and moment, its item rows as they stand; "(not set)" rows among them."""
    events: dict[tuple[str, str], dict[str, Any]] = {}
    with gzip.open(dataset("ga4_merch_items/ga4_items.csv.gz"), "rt", newline="") as source:
        for row in csv.DictReader(source):
            key = (row["user_pseudo_id"], row["event_timestamp"])
            event = events.setdefault(key, purchase(row, len(events)))
            event["items"].append(item(row))
            event["ecommerce"]["purchase_revenue"] += float(row["item_revenue_in_usd"] or 0)
    path.write_text("".join(json.dumps(event) + "\n" for event in events.values()))


def purchase(row: dict[str, str], number: int) -> dict[str, Any]:
    return {
        "event_date": row["event_date"],
        "event_timestamp": row["event_timestamp"],
        "event_name": "purchase",
        "user_pseudo_id": row["user_pseudo_id"],
        "event_params": [
            {"key": "ga_session_id", "value": {"int_value": "1"}},
            {"key": "transaction_id", "value": {"string_value": f"T{number}"}},
            {"key": "currency", "value": {"string_value": "USD"}},
        ],
        "ecommerce": {"transaction_id": f"T{number}", "purchase_revenue": 0.0},
        "stream_id": "1",
        "platform": "WEB",
        "items": [],
    }


def item(row: dict[str, str]) -> dict[str, Any]:
    names = {"item_id": "item_id", "item_name": "item_name"}
    numbers = {"price": "price", "quantity": "quantity", "item_revenue": "item_revenue"}
    return {
        **{ours: row[theirs] for ours, theirs in names.items()},
        **{ours: float(row[theirs]) for ours, theirs in numbers.items() if row[theirs]},
    }


def one(marts: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = marts.execute(query).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def test_star_dialogues(marts: duckdb.DuckDBPyConnection) -> None:
    found = one(
        marts,
        "select count(*), sum(message_count), avg(message_count), median(duration_seconds), avg(duration_seconds),"
        " count(distinct person_key) from marts.fct_conversations where platform = 'chat_table'",
    )
    for figure, published, ours in zip(
        (
            "dialogues",
            "utterances",
            "turns, mean",
            "duration, median (s)",
            "duration, mean (s)",
            "distinct users",
        ),
        (1200, 21479, 17.8992, 373.5, 453.217, 85),
        found,
        strict=True,
    ):
        digits = {17.8992: 4, 373.5: 1, 453.217: 3}.get(published)
        check("star_dialogues", figure, published, int(ours) if digits is None else float(ours), digits)


def test_star_response_times(marts: duckdb.DuckDBPyConnection) -> None:
    median, mean = one(
        marts,
        """
        with messages as (
            select author, epoch(sent_at) as second, lead(author) over w as next_author, lead(epoch(sent_at)) over w as next_at
            from marts.fct_messages where platform = 'chat_table'
            window w as (partition by conversation_key order by sequence)
        )
        select median(next_at - second), avg(next_at - second) from messages where author = 'user' and next_author = 'bot'
        """,
    )
    check("star_dialogues", "user to bot response, median (s)", 20.0, float(median), 1)
    check("star_dialogues", "user to bot response, mean (s)", 28.752, float(mean), 3)


def test_ga4_merchandise(marts: duckdb.DuckDBPyConnection) -> None:
    orders = one(marts, "select count(*) from marts.fct_orders where is_counted")
    users = one(marts, "select count(distinct client_id) from marts.fct_web_sessions")
    check("ga4_merch_items", "orders (user and moment)", 2890, orders)
    check("ga4_merch_items", "users", 2209, users)
    revenue = one(marts, "select sum(net_amount) from marts.fct_orders where is_counted")
    check("ga4_merch_items", "revenue (USD)", 183272.0, float(revenue), 2)
    lines, units, not_set, top = one(
        marts,
        """
        select count(*), sum(quantity), sum(case when product_name is null then 1 else 0 end),
            (select product_name from marts.fct_order_lines group by product_name
             order by sum(quantity * unit_price) desc nulls last, product_name limit 1)
        from marts.fct_order_lines
        """,
    )
    check("ga4_merch_items", "item rows", 7974, lines)
    check("ga4_merch_items", "units", 11312.0, float(units), 1)
    check("ga4_merch_items", "items not set", 234, not_set)
    check("ga4_merch_items", "top item", "Google Zip Hoodie F/C", top)
