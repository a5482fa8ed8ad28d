"""What connectors wrote is refused by name for every source, with how to get the vendor's records out of it again."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from chat_pipeline.extract.detect import Verdict, detect
from chat_pipeline.sniff import sniff
from chat_pipeline.source import Source
from chat_pipeline.sources import discover

EVENT = {"sender_id": "ana", "event": "user", "timestamp": 1772442000.5, "text": "hi"}
DEAL = {"id": "7", "properties": {"dealname": "Mugs", "hs_lastmodifieddate": "2026-03-01T09:00:00Z"}}


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


LANDINGS = {
    "Fivetran": {
        "a.csv": "_fivetran_id,_fivetran_synced,id,sender_id,data\nx,2026-01-01,1,ana,{}\n",
        "b.jsonl": lines({**EVENT, "_fivetran_deleted": False}),
    },
    "Airbyte": {
        "a.jsonl": lines({"stream": "events", "data": EVENT, "emitted_at": 1681405954033}),
        "b.jsonl": lines({"_airbyte_raw_id": "x", "_airbyte_extracted_at": 1, "_airbyte_data": EVENT}),
        "c.csv": '_airbyte_ab_id,_airbyte_emitted_at,_airbyte_data\nx,2026-01-01,"{}"\n',
        "d.csv": "_airbyte_raw_id,id,sender_id,data\nx,1,ana,{}\n",
    },
    "Estuary": {
        "a.jsonl": lines(["acme/events", {"_meta": {"uuid": "x"}, **EVENT}]),
        "b.jsonl": lines({"_meta": {"uuid": "x"}, **EVENT}),
        "c.json": json.dumps([["acme/events", EVENT], ["acme/deals", DEAL]]),
    },
    "dlt": {
        "a.csv": "id,sender_id,data,_dlt_load_id,_dlt_id\n1,ana,{},1764.5,Xy1\n",
        "b.jsonl": lines({**EVENT, "_dlt_id": "Xy1", "_dlt_load_id": "1764.5"}),
    },
}
CASES = [(connector, name) for connector, files in LANDINGS.items() for name in files]


def verdict(source: Source, path: Path) -> Verdict:
    return detect(source, sniff(path, path.name), {})


@pytest.mark.parametrize("source", discover().values(), ids=lambda source: source.name)
@pytest.mark.parametrize(("connector", "name"), CASES)
def test_landings_are_refused_by_name_for_every_source(
    tmp_path: Path, source: Source, connector: str, name: str
) -> None:
    path = tmp_path / name
    path.write_text(LANDINGS[connector][name])
    found = verdict(source, path)
    assert (found.shape, found.name) == (None, "connector_landing")
    assert connector in found.reason
    assert "export from the vendor itself" in found.reason


def test_a_database_of_a_connector_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as con:
        con.execute("create table events (id, sender_id, data, _dlt_id, _dlt_load_id)")
    assert verdict(discover()["rasa"], path).name == "connector_landing"


@pytest.mark.parametrize(
    ("source", "records", "shape"),
    [
        # What the remedies of Airbyte and Estuary lead to.
        ("rasa", [EVENT], "broker_jsonl"),
        ("hubspot", [DEAL], "api_page"),
    ],
)
def test_the_vendors_records_alone_are_read(
    tmp_path: Path, source: str, records: list[dict], shape: str
) -> None:
    path = tmp_path / "converted.jsonl"
    path.write_text(lines(*records))
    assert verdict(discover()[source], path).name == shape
