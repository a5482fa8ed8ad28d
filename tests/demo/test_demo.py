"""The demo shop on its small size: same bytes each time, the vendors' shapes, a truth that fits the exports."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import fastavro
import pandas as pd
import pytest

from chat_pipeline.demo import SMALL, DemoSummary, generate, write_demo_settings
from chat_pipeline.demo.courses import GUIDED_EFFECT
from chat_pipeline.demo.generate import writers
from chat_pipeline.sources import discover


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
        {"sender_id": row["conversation_id"], **json.loads(row["data"])}
        for row in csv.DictReader(
            text_of(demo.exports / "rasa/de/rasa_x/conversation_event.csv.gz").splitlines()
        )
    ]
    assert german
    german += [
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
    for path in demo.exports.glob("bot_framework/store/**/*.json"):
        row = json.loads(text_of(path))
        assert path.name.endswith(f"-{quote(row['id'], safe='')}.json")
        if row["type"] != "messageDelete":
            found[row["conversation"]["id"], row["id"]] = row
    assert shapes == {list, dict}
    assert len(found) == demo.totals["bot_framework_activities"]
    kinds = {row["type"] for row in found.values()}
    assert {"message", "conversationUpdate", "trace", "event", "typing"} <= kinds
    assert "handoff.initiate" in {row.get("name") for row in found.values()}
    events = list(csv.DictReader(text_of(demo.exports / "bot_framework/query_data.csv").splitlines()))
    told = [json.loads(event["customDimensions"]) for event in events]
    known = {activity for _, activity in found}
    assert told
    assert {row["activityId"] for row in told} <= known
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
    parquet = duckdb.sql(f"select * from read_parquet('{demo.exports}/ga4/*.parquet')")
    with next(demo.exports.glob("ga4/*.avro")).open("rb") as stream:
        avro = list(fastavro.reader(stream))
    rows = len(plain) - first + sum(map(len, restated)) + len(console) + len(parquet) + len(avro)
    assert avro
    assert all(isinstance(row["event_timestamp"], int) and row["event_params"] for row in avro)
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
    newest = json_lines(demo, "shopify/bulk-orders.jsonl")
    parents = [row for row in newest if "__parentId" not in row]
    assert {row["__parentId"] for row in newest if "__parentId" in row} == {row["id"] for row in parents}
    assert len(rows) + len(newest) - len(parents) == demo.totals["order_lines"]
    assert len(heads) + len(parents) == demo.totals["orders"]
    assert all(not row["Id"] and not row["Total"] for row in rows if not row["Financial Status"])
    paid = {row["Id"]: round(float(row["Total"]) - float(row["Refunded Amount"]), 2) for row in heads}
    nets = truth(demo, "select order_id, net_amount from orders where currency = 'EUR'")
    for order_id, net in [(order_id, net) for order_id, net in nets if order_id in paid]:
        assert paid[order_id] == net


def test_shopify_refunds_have_their_day(demo: DemoSummary) -> None:
    parents = [row for row in json_lines(demo, "shopify/bulk-orders.jsonl") if "__parentId" not in row]
    refunded = [row for row in parents if float(row["totalRefundedSet"]["shopMoney"]["amount"]) > 0]
    assert all(
        len(row["refunds"]) == 1 and row["refunds"][0]["createdAt"] > row["createdAt"] for row in refunded
    )
    nets = dict(truth(demo, "select order_id, net_amount from orders where currency = 'EUR'"))
    for row in parents:
        if row["currencyCode"] == "EUR":
            assert float(row["currentTotalPriceSet"]["shopMoney"]["amount"]) == nets[row["legacyResourceId"]]


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


def test_every_source_has_its_writer_and_its_exports(demo: DemoSummary) -> None:
    # Figures read off a screen are no export of the shop's.
    assert set(writers()) == {name for name, source in discover().items() if source.kind != "figures"}
    for source in writers():
        assert any(path.is_file() for path in (demo.exports / source).rglob("*")), source


def test_dialogflow_turns_are_all_there(demo: DemoSummary) -> None:
    logged = {
        (row["conversation_name"].rpartition("/")[2], int(row["turn_position"])): row
        for row in json_lines(demo, "dialogflow_cx/*.jsonl.gz")
    }
    parquet = duckdb.sql(
        f"select conversation_name, turn_position from read_parquet('{demo.exports}/dialogflow_cx/*.parquet')"
    )
    turns = set(logged) | {(name.rpartition("/")[2], turn) for name, turn in parquet.fetchall()}
    history = json.loads(text_of(demo.exports / "dialogflow_cx/history/conversations.json"))["conversations"]
    sessions = {session for session, _ in turns} | {each["name"].rpartition("/")[2] for each in history}
    told = truth(demo, "select distinct thread_id from conversations where platform = 'dialogflow_cx'")
    assert sessions == {thread for (thread,) in told}
    found = [row["response"]["queryResult"]["match"]["matchType"] for row in logged.values()]
    assert {"INTENT", "NO_MATCH", "EVENT"} <= set(found)
    assert list(demo.exports.glob("dialogflow_cx/agent/testCases/*.json"))


def test_salesforce_ids_and_the_merge(demo: DemoSummary) -> None:
    text = (demo.exports / "salesforce/extract_all_contacts.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    gone = [row for row in rows if row["IsDeleted"] == "1"]
    assert gone
    assert {row["MasterRecordId"] for row in gone} <= {row["Id"] for row in rows if row["IsDeleted"] == "0"}
    leads = csv.DictReader(text_of(demo.exports / "salesforce/leads_bulk.csv").splitlines(), delimiter=";")
    assert {len(row["Id"]) for row in leads} == {15}
    (demo.exports / "salesforce/weekly/Contact.csv").read_bytes().decode("cp1252")


def test_experiment_is_drawn_by_person_and_its_effect_is_known(demo: DemoSummary) -> None:
    mixed = truth(
        demo,
        "select person_id from conversations where tracking_arm is not null group by 1 having count(distinct tracking_arm) > 1",
    )
    assert mixed == []
    arms = dict(truth(demo, "select arm, true_difference from experiments"))
    assert arms["classic"] == 0
    assert 0.05 < arms["guided"] <= GUIDED_EFFECT


def test_what_analytics_need_happens(demo: DemoSummary) -> None:
    query = """
        select sum(unanswered_turns) > 0, sum(returned_24h::int) > 5, count(distinct handoff_kind), count(distinct rating_scale)
        from conversations
    """
    assert truth(demo, query) == [(True, True, 3, 2)]
    assert truth(demo, "select count(*) from report_gaps where shown < actual") == [(1,)]


def goal_rates(seed: int, effects: bool) -> pd.DataFrame:
    """Of a shop of 4000 conversations: chance that a topic is solved, by arm, version and whether a return follows."""
    from datetime import date

    from chat_pipeline.demo.talks import make_talks
    from chat_pipeline.demo.world import make_devices, make_people

    end = date(2026, 11, 15)
    people = make_people(seed, 1600, end)
    return make_talks(seed, 4000, people, make_devices(seed, people, end, 60), end, 60, effects)


def test_without_effects_nothing_makes_a_difference() -> None:
    """The same draws: what is solved, rated, handed over depends on nothing; with effects it does."""
    with_effects, without = goal_rates(3, True), goal_rates(3, False)

    def spread(talks: pd.DataFrame, column: str, by: str) -> float:
        means = talks[talks["has_topic"]].groupby(by)[column].agg(["mean", "size"])
        means = means[means["size"] > 150]["mean"]
        return float(means.max() - means.min())

    for column, by in (
        ("solved1", "topic1"),
        ("solved1", "has_return"),
        ("rating", "solved"),
        ("handed_over", "solved"),
    ):
        assert spread(with_effects, column, by) > 2 * spread(without, column, by), (column, by)
        assert spread(without, column, by) < (0.25 if column == "rating" else 0.11), (column, by)
