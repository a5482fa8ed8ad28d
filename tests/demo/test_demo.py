"""The demo shop on its small size: same bytes each time, the vendors' shapes, a truth that fits the exports."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chat_pipeline.demo import SMALL, DemoSummary, generate, write_demo_settings


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return generate(tmp_path_factory.mktemp("demo"), **SMALL)


def text_of(path: Path) -> str:
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")


def fingerprint(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def truth(demo: DemoSummary, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query in which `$name` stands for a truth file."""
    con = duckdb.connect()
    for path in demo.truth.glob("*.parquet"):
        con.execute(f"create view {path.stem} as select * from read_parquet('{path}')")
    return con.execute(query).fetchall()


def json_lines(demo: DemoSummary, pattern: str) -> list[dict[str, Any]]:
    """Objects of all JSON Lines files that match, without those listed as broken."""
    broken = {(file, row) for file, row, _ in truth(demo, "select * from broken")}
    found = []
    for path in sorted(demo.exports.glob(pattern)):
        name = str(path.relative_to(demo.exports))
        lines = text_of(path).splitlines()
        found += [json.loads(line) for row, line in enumerate(lines, start=1) if (name, row) not in broken]
    return found


def test_same_seed_gives_the_same_bytes_and_delivery_times(demo: DemoSummary, tmp_path: Path) -> None:
    again = generate(tmp_path, **SMALL)
    assert fingerprint(again.exports) == fingerprint(demo.exports)
    for path in sorted(demo.truth.glob("*.parquet")):
        name = path.stem
        there = truth(again, f'select * from "{name}"')
        assert there == truth(demo, f'select * from "{name}"'), name


def test_another_seed_gives_another_shop_and_replaces_the_old_one(tmp_path: Path) -> None:
    first = fingerprint(generate(tmp_path, conversations=60, days=20, seed=1).exports)
    second = fingerprint(generate(tmp_path, conversations=60, days=20, seed=2).exports)
    assert first != second
    (tmp_path / "exports" / "own.csv").write_text("a\n")
    with pytest.raises(FileExistsError, match="empty home"):
        generate(tmp_path, conversations=60, days=20)


def test_settings_are_valid_and_fit(tmp_path: Path) -> None:
    from chat_pipeline.settings import load_settings

    path = tmp_path / "chat_pipeline.toml"
    write_demo_settings(path, days=30)
    settings = load_settings(path)
    assert set(settings.goals) == {"order_tracking", "order"}
    assert "de" in settings.sources["rasa"].instances


def test_rasa_events_are_all_there_once(demo: DemoSummary) -> None:
    def key(event: dict[str, Any]) -> tuple[str, str, str]:
        body = {name: value for name, value in event.items() if name not in ("sender_id", "timestamp")}
        return event["sender_id"], repr(event["timestamp"]), json.dumps(body, sort_keys=True)

    broker = json_lines(demo, "rasa/broker/*") + json_lines(demo, "rasa/export/*")
    assert len({key(event) for event in broker}) < len(broker)
    store = sqlite3.connect(demo.exports / "rasa/de/rasa.db")
    columns = [row[1] for row in store.execute("pragma table_info(events)")]
    assert columns == ["id", "sender_id", "type_name", "timestamp", "intent_name", "action_name", "data"]
    german = [
        {"sender_id": sender, **json.loads(data)}
        for sender, data in store.execute("select sender_id, data from events")
    ]
    store.close()
    listed = json.loads(text_of(demo.exports / "rasa/de/trackers/trackers.json"))
    again = json.loads(text_of(demo.exports / "rasa/de/trackers/tracker_again.json"))
    for tracker in [*listed, again]:
        german += [{"sender_id": tracker["sender_id"], **event} for event in tracker["events"]]
    distinct = {key(event) for event in broker} | {key(event) for event in german}
    assert len(distinct) == demo.totals["rasa_events"]
    assert {"user", "bot", "action", "slot", "session_started"} <= {event["event"] for event in broker}
    assert {event["metadata"]["assistant_id"] for event in broker} == {"v12", "v13"}


def test_rasa_broken_rows_are_the_listed_ones(demo: DemoSummary) -> None:
    rows = truth(demo, 'select file, "row", reason from broken where file like \'rasa/%\' order by "row"')
    assert {reason for _, _, reason in rows} == {"broken JSON", "no sender", "time before 1990"}
    for file, row, reason in rows:
        line = text_of(demo.exports / file).splitlines()[row - 1]
        if reason == "broken JSON":
            with pytest.raises(json.JSONDecodeError):
                json.loads(line)
        else:
            assert "sender_id" not in line or json.loads(line)["timestamp"] < 100


def test_bot_framework_transcripts(demo: DemoSummary) -> None:
    found = {}
    shapes = set()
    for path in sorted(demo.exports.glob("bot_framework/chats_*")):
        document = json.loads(text_of(path))
        shapes.add(type(document))
        rows = document["transcript"] if isinstance(document, dict) else document
        found.update({(row["conversation"]["id"], row["id"]): row for row in rows})
    assert shapes == {list, dict}
    assert len(found) == demo.totals["bot_framework_activities"]
    kinds = {row["type"] for row in found.values()}
    assert {"message", "conversationUpdate", "trace", "event", "typing"} <= kinds
    assert "handoff.initiate" in {row.get("name") for row in found.values()}
    with pytest.raises(json.JSONDecodeError):
        json.loads(text_of(demo.exports / "bot_framework/saved_by_hand.transcript"))


def test_ga4_days(demo: DemoSummary) -> None:
    daily = sorted(demo.exports.glob("ga4/events_2*.json.gz"))
    later = {path.name for path in demo.exports.glob("ga4/restated/*")}
    assert later
    assert later <= {path.name for path in daily}
    plain = json_lines(demo, "ga4/events_2*.json.gz")
    restated = [text_of(path).splitlines() for path in demo.exports.glob("ga4/restated/*")]
    first = sum(len(text_of(path).splitlines()) for path in daily if path.name in later)
    console = json.loads(text_of(next(demo.exports.glob("ga4/bquxjob_*.json"))))
    parquet = duckdb.sql(f"select * from read_parquet('{next(demo.exports.glob('ga4/*.parquet'))}')")
    rows = len(plain) - first + sum(map(len, restated)) + len(console) + len(parquet)
    assert rows == demo.totals["web_events"]
    assert all(isinstance(row["event_timestamp"], str) and None not in row.values() for row in plain)
    assert all(row["is_active_user"] == "true" and "user_id" in row for row in console)
    types = dict(zip(parquet.columns, map(str, parquet.types), strict=True))
    assert types["event_timestamp"] == "BIGINT"
    assert types["event_params"].endswith("[]")
    intraday = json_lines(demo, "ga4/events_intraday_*")
    assert intraday
    assert not any("traffic_source" in row or "user_ltv" in row for row in intraday)
    names = {row["event_name"] for row in plain}
    assert {
        "view_item",
        "add_to_cart",
        "view_cart",
        "begin_checkout",
        "purchase",
        "chatbot_interaction",
    } <= names


def test_ga4_purchases_name_the_order(demo: DemoSummary) -> None:
    names = {name for (name,) in truth(demo, "select name from orders")}
    bought = [row for row in json_lines(demo, "ga4/events_2*.json.gz") if row["event_name"] == "purchase"]
    assert bought
    assert {row["ecommerce"]["transaction_id"] for row in bought} <= names


def test_shopify_orders_have_a_row_per_line_newest_first(demo: DemoSummary) -> None:
    rows = []
    for path in sorted(demo.exports.glob("shopify/orders_export_2*.csv")):
        part = list(csv.DictReader(text_of(path).splitlines(keepends=True)))
        numbers = [int(row["Name"][1:]) for row in part]
        assert numbers == sorted(numbers, reverse=True)
        rows += part
    heads = [row for row in rows if row["Financial Status"]]
    assert len(rows) == demo.totals["order_lines"]
    assert len(heads) == demo.totals["orders"]
    assert all(not row["Id"] and not row["Total"] for row in rows if not row["Financial Status"])
    paid = {row["Id"]: round(float(row["Total"]) - float(row["Refunded Amount"]), 2) for row in heads}
    for order_id, net in truth(demo, "select order_id, net_amount from orders where currency = 'EUR'"):
        assert paid[order_id] == net


def test_hubspot_records(demo: DemoSummary) -> None:
    rows = list(
        csv.DictReader(text_of(next(demo.exports.glob("hubspot/*contacts*.csv"))).splitlines(keepends=True))
    )
    pages = [json.loads(text_of(path)) for path in sorted(demo.exports.glob("hubspot/api/*.json"))]
    ids = {row["Record ID"] for row in rows if row["Record ID"]} | {
        r["id"] for page in pages for r in page["results"]
    }
    assert len(ids) == demo.totals["contacts"]
    gone = {each for row in rows for each in row["Merged Contact IDs"].split(";") if each}
    assert len(gone) == demo.totals["merged_contacts"]
    assert gone <= ids
    assert sum(row["Email"].startswith("kontakt@") for row in rows) > 5


def test_chat_table_has_the_default_columns(demo: DemoSummary) -> None:
    tables = list(demo.exports.glob("chat_table/*.csv"))
    assert tables
    assert list(demo.exports.glob("chat_table/*.xlsx"))
    for path in tables:
        assert text_of(path).splitlines()[0] == (
            "conversation id,timestamp,customer query,chatbot response,resolution time,csat score"
        )


def test_truth_never_joins_two_people(demo: DemoSummary) -> None:
    mixed = truth(
        demo,
        "select cluster from records where not is_shared group by cluster having count(distinct person_id) > 1",
    )
    assert mixed == []
    linked = truth(
        demo,
        """
        select count(*) from records as a join records as b using (cluster)
        where a.record_kind < b.record_kind and a.platform <> b.platform
    """,
    )[0][0]
    assert linked > 50
    kinds = {kind for (kind,) in truth(demo, "select distinct record_kind from records")}
    assert kinds == {"thread", "crm_person", "shop_customer", "order", "ga_client"}
    assert truth(demo, "select count(*) from record_identifiers where is_shared")[0][0] > 0


def test_truth_of_conversations_fits_what_was_said(demo: DemoSummary) -> None:
    conversations, threads = truth(demo, "select count(*), count(distinct thread_id) from conversations")[0]
    assert conversations == demo.totals["conversations"]
    assert conversations >= threads
    shown = {
        event["sender_id"]
        for event in json_lines(demo, "rasa/broker/*")
        if event.get("name") == "utter_order_status"
    }
    told = truth(
        demo,
        """
        select distinct thread_id from conversations
        where platform = 'rasa' and instance = 'default' and order_tracking_completed
    """,
    )
    assert shown == {thread for (thread,) in told}
    misunderstood = sum(
        event["event"] == "user" and event["parse_data"]["intent"]["name"] == "nlu_fallback"
        for event in {json.dumps(event): event for event in json_lines(demo, "rasa/broker/*")}.values()
    )
    turns = truth(
        demo, "select sum(fallback_turns) from conversations where platform = 'rasa' and instance = 'default'"
    )
    assert misunderstood == turns[0][0]
