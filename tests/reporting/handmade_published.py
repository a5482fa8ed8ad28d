"""A published file made by hand: every table that the report reads, filled row by row by each test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from chat_pipeline.analytics import discover
from chat_pipeline.reporting.head import Stand
from chat_pipeline.reporting.whole import Report, whole_report
from chat_pipeline.settings import Settings

MARTS = {
    "fct_conversations": """conversation_key varchar, customer_key varchar, platform varchar, instance varchar
        default 'default', channel varchar, language varchar, bot_version varchar, started_at timestamp,
        started_date date, primary_intent varchar, primary_intent_group varchar, satisfaction varchar,
        message_count bigint, is_test boolean default false""",
    "fct_messages": """message_key varchar, conversation_key varchar, sent_at timestamp, author varchar,
        content_type varchar default 'text', text varchar, intent varchar, is_fallback boolean, sequence bigint,
        is_reverted boolean default false""",
    "dim_customers": """customer_key varchar, first_seen_at timestamp, is_in_chat boolean, is_in_crm boolean,
        is_in_shop boolean, is_anonymous boolean, language varchar, first_name varchar, last_name varchar""",
    "customer_timeline": """touchpoint_key varchar, customer_key varchar, occurred_at timestamp, touchpoint
        varchar, record_key varchar, channel varchar, summary varchar""",
    "unanswered_questions": """question_key varchar, platform varchar, instance varchar default 'default',
        question varchar, conversation_count bigint, handoff_count bigint, last_asked_at timestamp,
        last_intent varchar, last_message_key varchar""",
    "source_files": """source varchar, path varchar, table_name varchar, state varchar, reason varchar,
        read_rows bigint""",
    "publication": "source varchar, instance varchar, cutoff_at timestamp",
}


class Published:
    """`add` rows, then `report`, once. Columns that a row leaves out are null, or their default."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "chat.duckdb"
        self.con = duckdb.connect(str(self.path))
        self.con.execute("create schema marts; create schema analytics")
        for name, columns in MARTS.items():
            self.con.execute(f"create table marts.{name} ({columns})")
        for name, table in discover().items():
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            self.con.execute(f"create table analytics.{name} ({columns})")

    def add(self, table: str, *rows: dict[str, Any], **shared: Any) -> None:
        for row in ({**shared, **row} for row in rows or ({},)):
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            self.con.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))

    def metric(self, metric: str, period: str, **row: Any) -> None:
        """A row of analytics.metrics, of the whole shop by week where nothing else is said."""
        plain = {
            "grain": "week",
            "dimension": "all",
            "dimension_value": "all",
            "is_complete": True,
            "pending": 0,
        }
        row = {**plain, "metric": metric, "period_start": period, "unit": "conversations", **row}
        n, d = row.get("numerator"), row.get("denominator")
        row.setdefault("value", n / d if d else n)
        self.add("analytics.metrics", row)

    def define(self, *metrics: str, unit: str = "share 0 to 1") -> None:
        for metric in metrics:
            row = {"metric": metric, "title": metric, "value_unit": unit, "better": "higher"}
            self.add(
                "analytics.metric_definitions", row, numerator="those", denominator="all", waits_for="nothing"
            )

    def report(self, settings: Settings, changes: list[str] | None = None) -> Report:
        self.con.close()
        return whole_report(self.path, settings, Stand(2, "2026-03-02T05:00:00+00:00", changes))
