"""The settings as Parquet tables and dbt variables."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.settings_tables import ACT_PLACES, TABLES, dbt_vars, like_pattern, table_rows, write_tables

YAML = Path(__file__).parents[1] / "dbt_project/models/staging/settings/_settings.yml"
FULL = Path(__file__).parent / "settings/full.toml"
SOURCES = ("bot_framework", "chat_table", "ga4", "hubspot", "rasa", "shopify")


def load(folder: Path, text: str) -> Settings:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, SOURCES)


def written(folder: Path, table: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        return con.read_parquet(str(folder / f"{table}.parquet")).fetchall()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # A home may have any name.
    folder = tmp_path / "it's a home" / "tables"
    write_tables(load_settings(FULL, SOURCES), folder, tmp_path, SOURCES)
    return folder


def test_signal_rules(folder: Path) -> None:
    assert written(folder, "signal_rules") == [
        (None, "goal_completed", "action", "utter!_status", "tracking", None, None),
        (None, "goal_completed", "order", "%", "order", None, None),
        (None, "goal_started", "intent", "buy", "order", None, None),
        (None, "handoff_requested", "intent", "human", None, None, None),
        ("bot_framework", "feedback", "value", "useful", None, None, None),
        ("bot_framework", "handoff_requested", "event", "handoff.initiate", None, None, None),
        ("bot_framework", "handoff_requested", "intent", "agent!_%", None, None, None),
        ("rasa", "feedback", "slot", "stars", None, 1.0, 5.0),
        ("rasa", "feedback_requested", "action", "utter!_ask!_stars", None, None, None),
        ("rasa", "goal_started", "group", "products", "order", None, None),
        ("rasa", "handoff_requested", "action", "action!_handoff", None, None, None),
        ("rasa", "handoff_requested", "action", "action!_human!_handoff", None, None, None),
        ("rasa", "handoff_requested", "action", "utter!_handoff", None, None, None),
        ("rasa", "handoff_requested", "flow", "pattern!_human!_handoff", None, None, None),
        ("rasa", "handoff_requested", "intent", "human!_handoff", None, None, None),
    ]


def test_other_tables(folder: Path) -> None:
    assert written(folder, "goals") == [("order", 604800, True, True), ("tracking", 86400, False, False)]
    assert written(folder, "intent_groups") == [("products", "product!_%"), ("products", "stock")]
    # An intent of several kinds has one role.
    assert written(folder, "intent_roles") == [
        ("bye", "courtesy"), ("hello", "greeting"), ("tell", "reply"),
    ]  # fmt: skip
    assert written(folder, "opening_payloads") == [("/start",)]
    acts = written(folder, "bot_acts")
    # The names are tried in this order: what asks for stars is a survey before it is a question.
    assert [act for act, kind, _, _ in sorted(acts, key=lambda row: row[3]) if kind == "phrase"] == list(
        ACT_PLACES
    )
    assert ("closing", "name", "say!_closing", 5) in acts
    assert ("closing", "phrase", "it's closing%", 5) in acts
    assert ("survey", "name", "utter!_ask!_stars", 4) in acts
    assert written(folder, "identifier_rules") == [
        ("dialogflow_cx", "parameter", "phone", "phone"),
        ("hubspot", "property", "bot_user", "platform_user_id"),
        ("rasa", "slot", "mail", "email"),
        ("shopify", "note_attribute", "chat", "thread_id"),
    ]
    assert written(folder, "attribute_rules") == [("rasa", "slot", "years", "age")]
    assert written(folder, "excluded") == [("channel", "emulator"), ("email_domain", "shop.example")]
    assert written(folder, "currency_rates") == [("CHF", 1.05), ("EUR", 1.0), ("USD", 0.9)]
    assert written(folder, "shared_ids") == [("rasa", "kiosk")]
    assert [row for row in written(folder, "sources") if row[0] in ("ga4", "rasa")] == [
        ("ga4", "default", "platform_user_id", "Europe/Vienna", None, None),
        ("rasa", "default", "user_id", "UTC", 172800, None),
        ("rasa", "outlet", "user_id", "Europe/Zurich", 43200, None),
        ("rasa", "trial", "email", "UTC", 172800, date(2026, 1, 31)),
    ]


def test_tables_without_rows_are_typed(tmp_path: Path) -> None:
    write_tables(Settings(), tmp_path, tmp_path, ())
    with duckdb.connect() as con:
        for table, columns in TABLES.items():
            relation = con.read_parquet(str(tmp_path / f"{table}.parquet"))
            typed = dict(zip(relation.columns, map(str, relation.types), strict=True))
            assert typed == {column: kind.upper() for column, kind in columns.items()}


def test_rows_do_not_depend_on_the_order_of_the_file(tmp_path: Path) -> None:
    one = load(tmp_path, '[intent_groups]\na = ["x", "y"]\nb = ["z"]\n')
    two = load(tmp_path, '[intent_groups]\nb = ["z", "z"]\na = ["y", "x"]\n')
    assert table_rows(one, tmp_path, SOURCES) == table_rows(two, tmp_path, reversed(SOURCES))


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        ("product_*", "product_size", True),
        ("product_*", "products", False),
        ("100%_!", "100%_!", True),
        ("100%_!", "100 percent", False),
        ("*", "", True),
        ("it's", "it's", True),
    ],
)
def test_like_patterns(name: str, text: str, fits: bool) -> None:
    found = duckdb.execute("select ? like ? escape '!'", [text, like_pattern(name)]).fetchone()
    assert found == (fits,)


def test_dbt_vars() -> None:
    assert dbt_vars(load_settings(FULL, SOURCES)) == {
        "time_zone": "Europe/Vienna",
        "currency": "EUR",
        "country": "AT",
        "dial_code": "43",
        "silence_seconds": 1200,
        "silence_seconds_human": 45000,
        "rated_within_seconds": 259200,
        "include_test_traffic": True,
        "cash_on_delivery": False,
        "ga4_transaction_id": "id",
        "complete_snapshots": ["hubspot"],
        "chat_live_since": "2025-02-01",
    }
    assert dbt_vars(Settings())["chat_live_since"] is None


def test_dbt_declares_the_tables_as_written() -> None:
    (source,) = yaml.safe_load(YAML.read_text(encoding="utf-8"))["sources"]
    declared = {table["name"]: [column["name"] for column in table["columns"]] for table in source["tables"]}
    assert declared == {table: list(columns) for table, columns in TABLES.items()}
