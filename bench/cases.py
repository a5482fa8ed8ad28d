"""Every source and shape with how its export is made and what a bare DuckDB copy of it would be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import files
from bench import records_chat as chat
from bench import records_crm as crm
from bench import records_cx as cx
from bench import records_shop as shop
from bench import records_web as web
from bench.bare import csv_select, json_select
from bench.files import Maker
from bench.special import SPECIAL

SAMPLE_DOCUMENTS = 40


@dataclass(frozen=True)
class Case:
    """`write` makes files of about so many bytes in a folder; `bare` gives the SELECTs of the copies.

    `share`: part of the asked size that is realistic for the shape. `stand_in`: what DuckDB reads in
    place of a form that it can't read itself.
    """

    source: str
    shape: str
    write: Callable[[Path, int], list[Path]]
    bare: Callable[[Sequence[Path]], list[str]]
    share: float = 1.0
    stand_in: str = ""

    @property
    def name(self) -> str:
        return f"{self.source}/{self.shape}"


def _lines(source: str, shape: str, make: Maker) -> Case:
    def bare(paths: Sequence[Path]) -> list[str]:
        with paths[0].open(encoding="utf-8") as stream:
            documents = [json.loads(line) for line, _ in zip(stream, range(SAMPLE_DOCUMENTS), strict=False)]
        return [json_select(paths, documents, "newline_delimited")]

    return Case(source, shape, partial(_write_lines, make), bare)


def _write_lines(make: Maker, folder: Path, size: int) -> list[Path]:
    return files.write_lines(folder, make, size)


def _array(source: str, shape: str, make: Maker, keys: Sequence[str] = (), share: float = 1.0) -> Case:
    def bare(paths: Sequence[Path]) -> list[str]:
        documents = json.loads(paths[0].read_text(encoding="utf-8"))[:SAMPLE_DOCUMENTS]
        return [json_select(paths, documents, "array", keys)]

    return Case(source, shape, lambda folder, size: files.write_array(folder, make, size), bare, share)


def _pages(
    source: str,
    shape: str,
    make: Maker,
    keys: Sequence[str],
    file_bytes: int = 1 << 20,
    around: tuple[str, str] = ("", ""),
    share: float = 1.0,
) -> Case:
    """Files of one JSON object each; without `around` a record is a file of its own."""
    texts = around if around[0] else (f'{{"{keys[0]}": [', "]}") if keys else around

    def write(folder: Path, size: int) -> list[Path]:
        return files.write_pages(folder, make, size, file_bytes, texts)

    def bare(paths: Sequence[Path]) -> list[str]:
        documents = [json.loads(path.read_text(encoding="utf-8")) for path in paths[:SAMPLE_DOCUMENTS]]
        return [json_select(paths, documents, "unstructured", keys)]

    return Case(source, shape, write, bare, share)


def _csv(source: str, shape: str, make: Maker, whole: str = "") -> Case:
    return Case(
        source,
        shape,
        lambda folder, size: files.write_csv(folder, make, size),
        lambda paths: [csv_select(paths, whole)],
    )


def _wrapped_event(rng: Any, number: int) -> dict[str, Any]:
    event = chat.rasa_event(rng, number)
    return {"sender_id": event.pop("sender_id"), "event": event}


def _bare_event(rng: Any, number: int) -> dict[str, Any]:
    event = chat.rasa_event(rng, number)
    del event["sender_id"]
    return event


def _table_event(kind: str, rng: Any, number: int) -> dict[str, Any]:
    """A row of the tracker store's table, or of Rasa X's."""
    event = chat.rasa_event(rng, number)
    row = {
        "id": number + 1,
        kind: event.pop("sender_id"),
        "type_name": event["event"],
        "timestamp": event["timestamp"],
    }
    intent = event.get("parse_data", {}).get("intent", {}).get("name", "")
    return row | {"intent_name": intent, "action_name": event.get("name", ""), "data": json.dumps(event)}


def _salesforce(written: str, rng: Any, number: int) -> dict[str, Any]:
    return crm.salesforce_contact(rng, number, written)


def _salesforce_caps(rng: Any, number: int) -> dict[str, Any]:
    row = crm.salesforce_contact(rng, number, "%Y-%m-%dT%H:%M:%S.000+0000")
    return {name.upper(): cell for name, cell in row.items()}


def _salesforce_snake(rng: Any, number: int) -> dict[str, Any]:
    row = crm.salesforce_contact(rng, number, "%Y-%m-%d %H:%M:%S")
    return {re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower(): cell for name, cell in row.items()}


def _telemetry_row(rng: Any, number: int) -> dict[str, Any]:
    event = chat.telemetry(rng, number)
    event["timestamp [UTC]"] = f"{chat.moment(number):%m/%d/%Y, %I:%M:%S.000 %p}"
    return {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in event.items()
        if name != "timestamp"
    }


def _extract_event(rng: Any, number: int) -> Any:
    return web.as_extract(web.ga4_event(rng, number))


def _console_event(rng: Any, number: int) -> Any:
    return web.as_console(web.ga4_event(rng, number))


CASES: tuple[Case, ...] = (
    _lines("rasa", "broker_jsonl", chat.rasa_event),
    _array("rasa", "event_list", _bare_event, share=0.3),
    _array("rasa", "wrapped_event_list", _wrapped_event),
    _array("rasa", "tracker_list", chat.rasa_tracker, ["events"]),
    _pages("rasa", "tracker_json", chat.rasa_tracker, ["events"], 1, ("\n", "\n"), share=0.3),
    _pages("rasa", "wrapped_dump", chat.rasa_tracker, ["conversations", "events"], 8 << 20),
    _csv("rasa", "events_csv", partial(_table_event, "sender_id")),
    _csv("rasa", "conversation_event_csv", partial(_table_event, "conversation_id")),
    _lines("rasa", "conversation_event_json", partial(_table_event, "conversation_id")),
    _array("bot_framework", "transcript_array", chat.activity),
    _pages("bot_framework", "transcript_object", chat.activity, ["transcript"], 4 << 20),
    _csv("bot_framework", "custom_events_csv", _telemetry_row),
    _lines("bot_framework", "custom_events_json", chat.telemetry),
    _lines("dialogflow_cx", "interaction_log_json", cx.cx_log),
    _pages("dialogflow_cx", "conversation_history", cx.cx_conversation, ["conversations", "interactions"], 2 << 20),
    _array("dialogflow_cx", "cloud_logging", cx.cx_entry),
    _array("dialogflow_cx", "test_case", cx.cx_test_case, ["testCaseConversationTurns"], share=0.3),
    _lines("zendesk_chat", "chats", chat.zendesk_chat),
    _pages("zendesk_chat", "chat_page", chat.zendesk_chat, ["chats"]),
    _csv("chat_table", "table_csv", chat.turn_row),
    _lines("ga4", "bigquery_ndjson", _extract_event),
    _array("ga4", "console_json", _console_event),
    _pages("hubspot", "api_page", crm.hubspot_contact, ["results"], 70_000),
    _csv("hubspot", "ui_csv", crm.hubspot_contact_row, whole="properties"),
    _pages("salesforce", "rest_json", crm.salesforce_record, ["records"], around=('{"totalSize": 2000, "done": true, "records": [', "]}")),
    _csv("salesforce", "weekly_export", partial(_salesforce, "%Y-%m-%d %H:%M:%S")),
    _csv("salesforce", "data_loader_csv", partial(_salesforce, "%Y-%m-%dT%H:%M:%S.000+0000")),
    _csv("salesforce", "data_loader_caps_csv", _salesforce_caps),
    _csv("salesforce", "bulk_csv", partial(_salesforce, "%Y-%m-%dT%H:%M:%S.000Z")),
    _csv("salesforce", "snake_case_csv", _salesforce_snake),
    _csv("salesforce", "spreadsheet_resave", partial(_salesforce, "%m/%d/%Y %H:%M")),
    _csv("shopify", "orders_csv", shop.shopify_order_rows),
    _csv("shopify", "customers_csv", shop.shopify_customer),
    _lines("shopify", "rest_object", shop.shopify_order),
    _pages("shopify", "rest_page", shop.shopify_order, ["orders"]),
    _lines("shopify", "graphql_bulk", shop.shopify_bulk_lines),
    *(Case(*made) for made in SPECIAL),
)  # fmt: skip
