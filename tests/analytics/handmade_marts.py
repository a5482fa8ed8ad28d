"""Marts made by hand: the columns that analytics read, filled row by row by each test."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from chat_pipeline.analytics import build_table, discover
from chat_pipeline.sentiment.messages import empty_scores
from chat_pipeline.settings import Settings, load_settings

# Table: columns with type and default. Dates follow from the time where a test gives none (Berlin).
MARTS = {
    "fct_conversations": """
        conversation_key varchar, platform varchar default 'rasa', instance varchar default
        'default', thread_id varchar, customer_key varchar, has_identity_conflict boolean default
        false, person_key varchar, started_at timestamp, started_date date, ended_at timestamp,
        duration_seconds double default 60, is_closed boolean default true, engagement varchar
        default 'engaged', is_chat_engaged boolean default true, channel varchar default 'web',
        device varchar, bot_version varchar, is_test boolean default false, user_message_count
        bigint default 1, bot_message_count bigint default 1, handoff_kind varchar, text_turn_count
        bigint default 0, fallback_turn_count bigint default 0, primary_intent varchar,
        primary_intent_group varchar, rating varchar, rating_scale varchar, rating_source varchar,
        is_satisfied boolean, satisfaction varchar, rated_at timestamp, is_rating_asked boolean
        default false, web_session_key varchar, goals_entered bigint, goals_completed bigint,
        handoff_at timestamp, agent_message_count bigint default 0, first_response_seconds double,
        language varchar
    """,
    "fct_conversation_goals": """
        conversation_key varchar, goal varchar, entered_at timestamp, completed_at timestamp,
        window_seconds bigint, matures_at timestamp, is_entry_inferred boolean default false
    """,
    "fct_web_sessions": """
        web_session_key varchar, platform varchar default 'ga4', instance varchar default 'default',
        stream_id varchar default 's', client_id varchar, customer_key varchar, started_at
        timestamp, started_date date, ended_at timestamp, device varchar, operating_system varchar,
        browser varchar, conversation_key varchar, is_test boolean default false, source varchar,
        medium varchar, language varchar, campaign varchar, has_product_view boolean default false,
        has_cart boolean default false
    """,
    "fct_web_events": """
        web_event_key varchar, web_session_key varchar, conversation_key varchar, platform varchar
        default 'ga4', instance varchar default 'default', occurred_at timestamp, reporting_date
        date, event_name varchar, transaction_id varchar, is_test boolean default false,
        page_location varchar, revenue double, currency varchar
    """,
    "fct_orders": """
        order_key varchar, platform varchar default 'shopify', instance varchar default 'default',
        customer_key varchar, ordered_at timestamp, ordered_date date, is_counted boolean default
        true, is_test boolean default false, net_amount double default 10, order_id varchar,
        order_name varchar, transaction_id varchar, checkout_token varchar, order_source varchar
        default 'shop', currency varchar default 'EUR', total double default 10, conversation_key
        varchar, web_session_key varchar
    """,
    "fct_messages": """
        message_key varchar, conversation_key varchar, platform varchar default 'rasa', instance
        varchar default 'default', sent_at timestamp, author varchar default 'user', intent varchar,
        content_type varchar default 'text', text varchar, is_test boolean default false, act
        varchar, act_name varchar, turn_number bigint, sequence bigint default 1, reply_to_key
        varchar, is_fallback boolean default false, intent_group varchar, is_reverted boolean
        default false, sentiment_platform double, language varchar
    """,
    "fct_conversation_events": """
        event_key varchar, conversation_key varchar, platform varchar default 'rasa', instance
        varchar default 'default', occurred_at timestamp, event_type varchar default 'other', kind
        varchar default 'event', name varchar, value varchar, goal varchar, signal_source varchar
        default 'platform', turn_number bigint, satisfaction varchar, sequence bigint default 1
    """,
    "fct_tickets": """
        ticket_key varchar, platform varchar default 'hubspot', instance varchar default 'default',
        customer_key varchar, created_at timestamp, created_date date, closed_at timestamp
    """,
    "dim_customers": """
        customer_key varchar, first_seen_at timestamp, country varchar, city varchar, age bigint,
        birth_date date, gender varchar, crm_order_count bigint, shop_order_count bigint
    """,
    "customer_identities": """
        identity_key varchar, customer_key varchar, platform varchar default 'rasa', instance
        varchar default 'default', identifier_type varchar default 'email', identifier_hash varchar,
        is_verified boolean default false, since_at timestamp, unverified_at timestamp
    """,
    "experiment_assignments": """
        experiment varchar, arm varchar, customer_key varchar, assigned_at timestamp, problem
        varchar
    """,
    "fct_order_lines": """
        order_line_key varchar, order_key varchar, product_key varchar, quantity double default 1
    """,
    "dim_products": "product_key varchar, product_name varchar, sku varchar, category varchar",
    "conversation_products": """
        conversation_key varchar, product_key varchar, message_count bigint default 1,
        first_named_at timestamp
    """,
    "vendor_figures": """
        figure_key varchar, platform varchar default 'ga4', instance varchar default 'default',
        metric varchar, vendor_metric varchar, dimension varchar default '', dimension_value varchar
        default '', from_date date, to_date date, value double, file varchar
    """,
    "unanswered_questions": """
        question_key varchar, platform varchar default 'rasa', instance varchar default 'default',
        question varchar default 'where is it', conversation_count bigint default 5, person_count
        bigint default 3, handoff_count bigint default 0, first_asked_at timestamp, last_asked_at
        timestamp, recent_message_keys varchar
    """,
    "publication": "source varchar, instance varchar, cutoff_at timestamp, loaded_at timestamp",
    "source_files": """
        source varchar default 'rasa', instance varchar default 'default', path varchar, table_name
        varchar, state varchar default 'loaded', read_rows bigint default 0, quarantined_rows bigint
        default 0, delivered_at timestamp
    """,
    "customer_timeline": """
        touchpoint_key varchar, customer_key varchar, occurred_at timestamp, touchpoint varchar,
        record_key varchar, is_test boolean default false
    """,
}
DATES = {"started_date": "started_at", "ordered_date": "ordered_at", "created_date": "created_at"}


class Marts:
    """An in-memory catalog with the marts; `add` puts rows in, `build` makes one analytics table."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        self.settings = Settings()
        self.has_own_units = False
        self.con.execute("create schema marts")
        for name, columns in MARTS.items():
            self.con.execute(f"create table marts.{name} ({columns})")
        empty_scores(self.con)

    def add(self, table: str, *rows: dict[str, Any], **shared: Any) -> None:
        for row in ({**shared, **row} for row in rows or ({},)):
            names = ", ".join(row)
            self.con.execute(
                f"insert into marts.{table} ({names}) values ({', '.join('?' * len(row))})",
                list(row.values()),
            )
        for date, at in DATES.items():
            if f"{date} date" in MARTS[table]:
                self.con.execute(
                    f"update marts.{table} set {date} = cast(timezone('Europe/Berlin', timezone('UTC', {at})) as date)"
                    f" where {date} is null"
                )

    def cut_off(self, at: str, **sources: str) -> None:
        """The run's cut-off, and those of single sources where they differ."""
        self.add("publication", {"source": "", "cutoff_at": datetime.fromisoformat(at)})
        for source, cutoff in sources.items():
            self.add("publication", {"source": source, "instance": "default", "cutoff_at": cutoff})

    def build(self, name: str) -> list[dict[str, Any]]:
        # Units are made once per connection, the marts of a test change in between.
        if not self.has_own_units:
            self.con.execute("drop table if exists temp.metric_units")
        tables = discover()
        wanted = {name}
        for table in reversed(tables.values()):
            if table.name in wanted:
                wanted |= set(table.needs)
        for table in tables.values():
            if table.name in wanted:
                build_table(self.con, table, self.settings)
        cursor = self.con.execute(f"select * from analytics.{name}")
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def set(self, toml: str, folder: Path) -> None:
        path = folder / "chat_pipeline.toml"
        path.write_text(toml)
        self.settings = load_settings(path)
