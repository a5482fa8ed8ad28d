"""HubSpot's records as pages of the API and as exports of its screen."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from worlds import NAMES, TEXTS, Form, Record, World, indented, json_lines, numbered, sheet, table, zulu

from chat_pipeline.sources.hubspot.columns import PROPERTIES

BERLIN = ZoneInfo("Europe/Berlin")
MOMENTS = ("createdate", "lastmodifieddate", "hs_lastmodifieddate", "closedate", "closed_date")
CONTACTS = st.fixed_dictionaries({
    "email": st.sampled_from(("Kim@Example.org", "zoë@example.org", None)), "firstname": NAMES, "lastname": TEXTS,
    "phone": st.sampled_from((None, "+49 30 1234567")), "hs_email_optout": st.sampled_from(("true", "false", None)),
    "city": TEXTS, "lifecyclestage": st.sampled_from(("lead", "customer")),
})  # fmt: skip
DEALS = st.fixed_dictionaries({
    "dealname": TEXTS, "amount": st.sampled_from(("12.5", "0", None)), "dealstage": st.sampled_from(("closedwon", "closedlost", "x")),
    "deal_currency_code": st.sampled_from(("EUR", "USD")), "contacts": st.sampled_from(((), ("7001",), ("7001", "7002"))),
})  # fmt: skip
TICKETS = st.fixed_dictionaries({
    "subject": TEXTS, "hs_ticket_priority": st.sampled_from(("HIGH", None)), "hs_pipeline_stage": st.sampled_from(("1", "4")),
    "contacts": st.sampled_from(((), ("7001",))),
})  # fmt: skip


def _dated(changed: str):
    def dated(records: list[Record]) -> list[Record]:
        return [
            {**r, "createdate": r["at"], changed: r["at"], "id": str(7000 + r["number"])} for r in records
        ]

    return dated


def _properties(record: Record, text: Mapping[str, str | None]) -> Record:
    return {
        **{name: value for name, value in record.items() if name not in ("at", "number", "id", "contacts")},
        **text,
    }


def answer(record: Record, more: Record) -> Record:
    """A record of the API; what a shop's own properties hold is text."""
    moments = {name: zulu(record[name]) for name in MOMENTS if name in record}
    told: Record = {
        "id": record["id"],
        "properties": {"hs_object_id": record["id"], **_properties(record, moments)},
        "createdAt": zulu(record["at"]), "updatedAt": zulu(record["at"]), "archived": False, **more,
    }  # fmt: skip
    if record.get("contacts"):
        told["associations"] = {
            "contacts": {"results": [{"id": id_, "type": "x"} for id_ in record["contacts"]]}
        }
    return told


def _rows(kind: str, *, labelled: bool):
    labels = {p.name: p.labels[0] for p in PROPERTIES[kind]} if labelled else {}

    def rows(records: list[Record], more: Record) -> list[Record]:
        return [
            {labels.get(name, name): value for name, value in _row(record, more).items()}
            for record in records
        ]

    return rows


def _row(record: Record, more: Record) -> Record:
    """A row of the screen's export: times to the minute, in the portal's zone."""
    moments = {
        name: record[name].astimezone(BERLIN).strftime("%Y-%m-%d %H:%M") for name in MOMENTS if name in record
    }
    further = dict.fromkeys(more, '{"of": ["nobody", 7]}')
    ids = {"contact_ids": ";".join(record["contacts"])} if "contacts" in record else {}
    return {"hs_object_id": record["id"], **_properties(record, moments), **ids, **further}


def _world(kind: str, made: st.SearchStrategy[Record], changed: str, filled: tuple[str, ...]) -> World:
    labelled, internal = _rows(kind, labelled=True), _rows(kind, labelled=False)
    return World(
        kind,
        raw=kind,
        records=numbered(made).map(_dated(changed)),
        forms=(
            Form("api_page", lambda records, more: indented({"results": [answer(r, more) for r in records]})),
            Form("api_page", lambda records, more: json_lines(answer(r, more) for r in records)),
            Form(
                "api_page",
                lambda records, more: json_lines([{"results": [answer(r, more) for r in records]}] * 1),
            ),
            Form("ui_csv", lambda records, more: table(labelled(records, more), quoting=csv.QUOTE_ALL)),
            Form("ui_csv", lambda records, more: "\ufeff" + table(internal(records, more), ";")),
            Form("ui_csv", lambda records, more: sheet(labelled(records, more))),
        ),
        filled=filled,
    )


WORLDS = (
    _world("contacts", CONTACTS, "lastmodifieddate", ("stg_hubspot__people", "stg_hubspot__identifiers")),
    _world("deals", DEALS, "hs_lastmodifieddate", ("stg_hubspot__deals",)),
    _world("tickets", TICKETS, "hs_lastmodifieddate", ("stg_hubspot__tickets",)),
)
