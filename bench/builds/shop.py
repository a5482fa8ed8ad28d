"""The made-up shop's exports: the shop itself by shop.sql, its files by a SELECT each in exports/, all by DuckDB."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from chat_pipeline.demo.ga4_forms import SCHEMA
from chat_pipeline.reading import sql_text

FIRST_DAY = date(2026, 5, 25)  # a Monday
HISTORY_DAYS = 175
# The day more is the same at every size: what it costs is to be compared.
DAY_CONVERSATIONS = 400
# What macros and views the SELECTs of a source need.
PREPARED = ("rasa", "bot_framework", "dialogflow_cx", "zendesk_chat", "ga4", "shopify")
# The SELECT's one column is a line of the file; nothing may be quoted or escaped.
LINES = "format csv, header false, quote '', escape '', delimiter '\x01'"
PACKED = f"{LINES}, compression gzip"
TABLE, PARQUET = "format csv, header true", "format parquet, compression zstd"
PERIODS = {"day": 1, "week": 7, "all": HISTORY_DAYS}


@dataclass(frozen=True)
class Export:
    """Files of one form: one per `period` from week `first` on, before week `last`; `{}` is the period's first day.

    The day after the history is written in the form of its last week.
    """

    select: str
    path: str
    form: str
    period: str = "week"
    first: int = 0
    last: int = HISTORY_DAYS // 7


EXPORTS = (
    Export("rasa_trackers", "rasa/trackers/trackers_{}.json", LINES, last=5),
    Export("rasa_broker", "rasa/broker/events_{}.jsonl.gz", PACKED, first=5, last=15),
    Export("rasa_broker", "rasa/broker/events_{}.jsonl", LINES, first=15),
    Export("bot_framework_transcript", "bot_framework/chats_{}.transcript", LINES),
    Export("dialogflow_cx_parquet", "dialogflow_cx/interactions_{}.parquet", PARQUET, last=12),
    Export("dialogflow_cx_json", "dialogflow_cx/interactions_{}.jsonl.gz", PACKED, first=12),
    Export("intercom", "intercom/conversations_{}.jsonl", LINES),
    Export("zendesk_chats", "zendesk_chat/chats_{}.jsonl", LINES),
    Export("chat_table", "chat_table/conversations_{}.csv", TABLE),
    Export("ga4_parquet", "ga4/events_{}.parquet", PARQUET, "day", last=20),
    Export("ga4_json", "ga4/events_{}.json.gz", PACKED, "day", first=20),
    Export("hubspot_contacts", "hubspot/contacts_{}.csv", TABLE, "all"),
    Export("hubspot_tickets", "hubspot/tickets_{}.csv", TABLE, "all"),
    Export("salesforce_contacts", "salesforce/contacts_{}.csv", TABLE, "all"),
    Export("salesforce_cases", "salesforce/cases_{}.json", LINES, "all"),
    Export("shopify_orders", "shopify/orders_{}.csv", TABLE, last=15),
    Export("shopify_bulk", "shopify/bulk_orders_{}.jsonl", LINES, first=15),
    Export("shopify_customers", "shopify/customers_{}.csv", TABLE, "all"),
)


def make_shop(con: duckdb.DuckDBPyConnection, conversations: int) -> None:
    """Tables of the shop in `con`'s database, and the views that the SELECTs of the exports read."""
    con.execute(f"set variable ga4_schema = {sql_text(SCHEMA)}")
    limits = {"conversations": conversations, "day_conversations": DAY_CONVERSATIONS}
    for statement in duckdb.extract_statements(_read("shop.sql")):
        con.execute(statement, {name: limits[name] for name in statement.named_parameters})
    con.execute("set variable first_day = 0; set variable last_day = 0")
    for name in PREPARED:
        con.execute(_read(f"exports/{name}.sql"))


def write_history(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The exports of the 175 days of history."""
    for export in EXPORTS:
        for first in range(export.first * 7, export.last * 7, PERIODS[export.period]):
            _write(con, export, folder, first, first + PERIODS[export.period] - 1)


def write_day(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The exports of the day after the history."""
    for export in EXPORTS:
        if export.last * 7 == HISTORY_DAYS:
            _write(con, export, folder, HISTORY_DAYS, HISTORY_DAYS)


def _write(con: duckdb.DuckDBPyConnection, export: Export, folder: Path, first: int, last: int) -> None:
    path = folder / export.path.format(f"{FIRST_DAY + timedelta(days=first):%Y%m%d}")
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"set variable first_day = {first}; set variable last_day = {last}")
    con.execute(f"copy ({_read(f'exports/{export.select}.sql')}) to {sql_text(str(path))} ({export.form})")


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def main(conversations: str, folder: str) -> None:
    """The history into `folder`/home/exports, the day after into `folder`/day."""
    root = Path(folder)
    database = root / "shop.duckdb"
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database), config={"memory_limit": "4GB"}) as con:
        make_shop(con, int(conversations))
        write_history(con, root / "home" / "exports")
        write_day(con, root / "day")


if __name__ == "__main__":
    main(*sys.argv[1:])
