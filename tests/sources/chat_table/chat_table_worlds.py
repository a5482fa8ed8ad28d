"""Turns as some bot's CSV and Excel exports have them, under the usual headers."""

from __future__ import annotations

import csv
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from worlds import TEXTS, Form, Record, World, numbered, sheet, table

BERLIN = ZoneInfo("Europe/Berlin")
TURNS = st.fixed_dictionaries({
    "thread": st.sampled_from(("c-1", "C-1", "ü 2")), "query": TEXTS, "answer": TEXTS, "seconds": st.sampled_from((None, 90, 300)),
    "rating": st.sampled_from((None, 1, 5)), "intent": st.sampled_from((None, "track order")),
})  # fmt: skip


def rows(records: list[Record], more: Record) -> list[Record]:
    return [
        {
            "Conversation ID": r["thread"], "Timestamp": r["at"].astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S"),
            "Customer query": r["query"], "Chatbot response": r["answer"], "Resolution time": r["seconds"],
            "CSAT score": r["rating"], "intent": r["intent"], **{name: str(value).replace("'", '"') for name, value in more.items()},
        }
        for r in records
    ]  # fmt: skip


def _dated(records: list[Record], more: Record) -> list[Record]:
    """As Excel keeps times: without a zone, as dates."""
    return [
        {**row, "Timestamp": r["at"].astimezone(BERLIN)}
        for row, r in zip(rows(records, more), records, strict=True)
    ]


WORLDS = (
    World(
        "turns",
        raw="turns",
        records=numbered(TURNS),
        forms=(
            Form("table_csv", lambda records, more: table(rows(records, more))),
            Form("table_csv", lambda records, more: table(rows(records, more), ";", csv.QUOTE_ALL)),
            Form("table_csv", lambda records, more: "\ufeff" + table(rows(records, more), "\t")),
            Form("table_csv", lambda records, more: table(rows(records, more)).encode("utf-16")),
            Form("table_excel", lambda records, more: sheet(rows(records, more))),
            Form("table_excel", lambda records, more: sheet(_dated(records, more))),
        ),
        filled=("stg_chat_table__messages", "stg_chat_table__identifiers"),
    ),
)
