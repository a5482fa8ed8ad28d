"""Salesforce's records in each CSV dialect and as answers of the REST API."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from worlds import NAMES, TEXTS, Form, Record, World, indented, json_lines, numbered, sheet, table

CONTACTS = st.fixed_dictionaries({
    "FirstName": NAMES, "LastName": TEXTS, "Email": st.sampled_from(("Kim@Example.org", None)), "MailingCity": TEXTS,
    "MobilePhone": st.sampled_from((None, "+351 912 345 678")), "HasOptedOutOfEmail": st.booleans(),
})  # fmt: skip
CASES = st.fixed_dictionaries({
    "CaseNumber": st.just("00001014"), "Subject": TEXTS, "Status": st.sampled_from(("New", "Closed")), "IsClosed": st.booleans(),
    "Origin": st.sampled_from((None, "Chat")), "ContactId": st.just("003Ec0000000KimIAE"),
})  # fmt: skip
OPPORTUNITIES = st.fixed_dictionaries({
    "Name": TEXTS, "StageName": st.sampled_from(("Closed Won", "x")), "Amount": st.sampled_from((12.5, 1250.0)),
    "IsClosed": st.booleans(), "IsWon": st.booleans(),
})  # fmt: skip
Cell = Callable[[Any], Any]


def _completed(prefix: str):
    def completed(records: list[Record]) -> list[Record]:
        return [
            {
                "Id": f"{prefix}Ec0000000a{r['number']:02d}AAA"[:15], **{k: v for k, v in r.items() if k not in ("number", "at")},
                "IsDeleted": False, "CreatedDate": r["at"], "SystemModstamp": r["at"],
            }
            for r in records
        ]  # fmt: skip

    return completed


def _cells(records: list[Record], more: Record, cell: Cell) -> list[Record]:
    further = dict.fromkeys(more, '{"of": ["nobody", 7]}')
    return [{**{name: cell(value) for name, value in record.items()}, **further} for record in records]


def _weekly(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else value


def _stamped(ending: str) -> Cell:
    def cell(value: Any) -> Any:
        if isinstance(value, bool):
            return str(value).lower()
        return value.strftime("%Y-%m-%dT%H:%M:%S.000") + ending if isinstance(value, datetime) else value

    return cell


def _resaved(value: Any) -> Any:
    """What a spreadsheet of the United States makes of it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:,.2f}"
    return value.strftime("%m/%d/%y %I:%M %p") if isinstance(value, datetime) else value


def _snake(rows: list[Record]) -> list[Record]:
    return [
        {re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower(): cell for name, cell in row.items()} for row in rows
    ]


def _answer(kind: str):
    def answer(records: list[Record], more: Record) -> list[Record]:
        attributes = {"attributes": {"type": kind, "url": f"/services/data/v62.0/sobjects/{kind}"}}
        zulu = _stamped("+0000")
        told = [{k: v if isinstance(v, bool) else zulu(v) for k, v in record.items()} for record in records]
        return [{**attributes, **record, **more} for record in told]

    return answer


def _world(
    name: str, kind: str, prefix: str, made: st.SearchStrategy[Record], filled: tuple[str, ...]
) -> World:
    answer = _answer(kind)
    every = csv.QUOTE_ALL
    return World(
        name,
        raw=name,
        records=numbered(made).map(_completed(prefix)),
        forms=(
            Form("rest_json", lambda records, more: indented({"totalSize": 1, "done": True, "records": answer(records, more)})),
            Form("rest_json", lambda records, more: json.dumps({"status": 0, "result": {"records": answer(records, more)}})),
            Form("rest_json", lambda records, more: json_lines(answer(records, more))),
            Form("rest_json", lambda records, more: indented([*answer(records, more), None])),
            Form("weekly_export", lambda records, more: table(_cells(records, more, _weekly), quoting=every)),
            Form("data_loader_csv", lambda records, more: table(_cells(records, more, _stamped("+0000")))),
            Form("bulk_csv", lambda records, more: table(_cells(records, more, _stamped("Z")), ";")),
            Form("snake_case_csv", lambda records, more: table(_snake(_cells(records, more, _weekly)))),
            Form("spreadsheet_resave", lambda records, more: table(_cells(records, more, _resaved))),
            Form("spreadsheet_resave", lambda records, more: sheet(_cells(records, more, _resaved))),
        ),
        filled=filled,
    )  # fmt: skip


WORLDS = (
    _world("contacts", "Contact", "003", CONTACTS, ("stg_salesforce__people", "stg_salesforce__identifiers")),
    _world("cases", "Case", "500", CASES, ("stg_salesforce__tickets",)),
    _world("opportunities", "Opportunity", "006", OPPORTUNITIES, ("stg_salesforce__deals",)),
)
