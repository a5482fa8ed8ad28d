"""Quirks of HubSpot's API pages and UI exports."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from deliveries import read_export, stage_deliveries
from openpyxl import Workbook

from chat_pipeline.settings import load_settings
from chat_pipeline.source import UnreadableFile


def record(number: int, **properties: str | None) -> dict:
    stamp = "2026-03-01T09:00:00.500Z"
    return {
        "id": str(number),
        "properties": properties,
        "createdAt": stamp,
        "updatedAt": stamp,
        "archived": False,
    }


def page(*records: dict) -> str:
    return json.dumps({"results": list(records), "paging": {"next": {"after": "9"}}})


def test_pages_bare_lists_and_lines_are_read_alike(tmp_path: Path) -> None:
    contact = record(5, email="Kim@Example.org ", lastmodifieddate="1772355600500")
    rows = read_export(
        tmp_path,
        "hubspot",
        {"a.json": page(contact), "b.json": json.dumps([contact]), "c.jsonl": json.dumps(contact)},
    )["contacts"]
    assert {row["_shape"] for row in rows} == {"api_page"}
    assert {(row["_record_key"], row["email"], row["_source_row"]) for row in rows} == {
        ("5", "kim@example.org", 1)
    }
    assert {row["_version"] for row in rows} == {datetime(2026, 3, 1, 9, 0, 0, 500_000)}


def test_the_object_is_told_by_its_properties(tmp_path: Path) -> None:
    rows = read_export(
        tmp_path,
        "hubspot",
        {
            "a.json": page(record(1, email=None)),
            "b.json": page(record(2, dealname="x", amount="99.9000000000000056843418860808")),
            "c.json": page(record(3, subject="x", createdate="2026-01-01T00:00:00Z")),
            "d.json": page(record(4, domain="mugs.example", name="Mugs")),
            "e.csv": "Record ID,Ticket name,Ticket status\n5,Parcel,New\n",
            "f.csv": "hs_object_id,dealname\n6,Mugs\n",
            "g.csv": "Record ID,Company name\n7,Mugs\n",
            "h.json": '{"results": []}',
        },
    )
    found = {table: [row["hs_object_id"] for row in table_rows] for table, table_rows in rows.items()}
    assert found == {"contacts": ["1"], "deals": ["2", "6"], "tickets": ["3", "5"], "companies": ["4", "7"]}
    assert rows["deals"][0]["amount"] == 99.9


def test_times_of_the_ui_are_in_the_accounts_time_zone(tmp_path: Path) -> None:
    text = "Record ID,Email,Create Date,Last Modified Date\n1,a@b.cd,2026-07-01 09:30,2026-01-01T09:30:00Z\n"
    (row,) = read_export(
        tmp_path, "hubspot", {"a.csv": text}, '[sources.hubspot]\ntime_zone = "America/New_York"\n'
    )["contacts"]
    assert row["createdate"] == datetime(2026, 7, 1, 13, 30)
    assert row["_version"] == datetime(2026, 1, 1, 9, 30)


def test_headers_in_another_language_are_mapped_by_the_settings(tmp_path: Path) -> None:
    text = "Datensatz-ID;E-Mail-Adresse;Chat-Nutzer;Kundennummer\n1;kim@example.org;u-1;K'1\n"
    toml = '[sources.hubspot]\ncolumns = { "E-Mail-Adresse" = "email", "Chat-Nutzer" = "chat_user" }\n'
    (row,) = read_export(tmp_path, "hubspot", {"a.csv": text}, toml)["contacts"]
    assert row["hs_object_id"] == "1"
    assert row["email"] == "kim@example.org"
    properties = json.loads(row["properties"])
    assert properties["chat_user"] == "u-1"
    assert properties["kundennummer"] == "K'1"


def test_an_empty_cell_is_told_and_a_column_that_is_not_there_is_not(tmp_path: Path) -> None:
    files = {
        "a.csv": "Record ID,Email,Phone Number\n1,,\n",
        "b.csv": "Record ID,Email,Chat User\n1,a@b.cd,\n",
    }
    empty, without = read_export(tmp_path, "hubspot", files)["contacts"]
    assert json.loads(empty["properties"]) == {"hs_object_id": "1", "email": None, "phone": None}
    assert json.loads(without["properties"]) == {"hs_object_id": "1", "email": "a@b.cd"}


def test_a_label_that_stands_twice_keeps_its_first_column(tmp_path: Path) -> None:
    text = "Record ID,Email,Email\n7,main@example.org,own@example.org\n"
    (row,) = read_export(tmp_path, "hubspot", {"a.csv": text})["contacts"]
    assert row["email"] == "main@example.org"


@pytest.mark.parametrize("ids", [72810357502, "72810357502", "72810357502;72810357503", None])
def test_merged_ids_may_be_a_bare_number(tmp_path: Path, ids: object) -> None:
    one = {**record(5), "properties": {"email": None, "hs_merged_object_ids": ids}}
    (row,) = read_export(tmp_path, "hubspot", {"a.json": page(one)})["contacts"]
    assert row["hs_merged_object_ids"] == (str(ids) if ids else None)


def test_an_export_whose_object_no_header_tells_asks_for_the_settings(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="columns"):
        read_export(tmp_path, "hubspot", {"a.csv": "Record ID,Kundennummer\n1,2\n"})


@pytest.mark.parametrize("mangled", ["7.28E+10", "7,28E+10", "7E10"])
def test_ids_that_a_spreadsheet_cut_are_set_aside(tmp_path: Path, mangled: str) -> None:
    (row,) = read_export(tmp_path, "hubspot", {"a.csv": f'Record ID,Email\n"{mangled}",a@b.cd\n'})["contacts"]
    assert "scientific notation" in row["_problem"]
    assert mangled in row["_original"]


def test_merges_chain_and_properties_identify(tmp_path: Path) -> None:
    contacts = page(
        record(3, email="new@example.org", hs_merged_object_ids="2", chat_user="u-7"),
        record(2, email="middle@example.org", hs_merged_object_ids="1;1"),
        record(1, email="old@example.org"),
        # Two that name each other: the newer one stays.
        record(8, email="eight@example.org", hs_merged_object_ids="9"),
        record(9, email="nine@example.org", hs_merged_object_ids="8"),
    )
    ticket = {
        **record(50, subject="Parcel"),
        "associations": {"contacts": {"results": [{"id": "1"}, {"id": "1"}]}},
    }
    ask = stage_deliveries(
        tmp_path,
        "hubspot",
        [{"contacts.json": contacts, "tickets.json": page(ticket)}],
        '[identifiers]\nhubspot.properties = { chat_user = "platform_user_id" }\n',
    )
    assert [
        row["person_id"] for row in ask("select person_id from staging.stg_hubspot__people order by 1")
    ] == ["3", "9"]
    assert ask("select person_id from staging.stg_hubspot__tickets") == [{"person_id": "3"}]
    found = ask(
        "select identifier_value from staging.stg_hubspot__identifiers where identifier_type = 'platform_user_id'"
    )
    assert found == [{"identifier_value": "u-7"}]


def test_a_company_is_named_by_the_linked_record_even_after_its_merge(tmp_path: Path) -> None:
    linked = {**record(4, email="d@example.org"), "associations": {"companies": {"results": [{"id": "500"}]}}}
    contacts = page(
        record(1, email="a@example.org", company="typed", associatedcompanyid="500"),
        record(2, email="b@example.org", company="typed", associatedcompanyid="77"),
        record(3, email="c@example.org", company="typed", associatedcompanyid="88"),
        linked,
    )
    # 77 was merged into 500 and still lies in the export; 88 is deleted.
    companies = page(
        record(500, name="Mugs Ltd", domain="mugs.example", hs_merged_object_ids="77"),
        record(77, name="Mugs (old)", domain="mugs.example"),
        {**record(88, name="Gone", domain="gone.example"), "archived": True},
    )
    ask = stage_deliveries(tmp_path, "hubspot", [{"contacts.json": contacts, "companies.json": companies}])
    found = ask("select person_id, company from staging.stg_hubspot__people order by 1")
    assert [row["company"] for row in found] == ["Mugs Ltd", "Mugs Ltd", "typed", "Mugs Ltd"]


def zipped(**members: str | bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def workbook(*rows: tuple) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(stream)
    return stream.getvalue()


def test_the_parts_of_a_zip_are_files_of_their_own(extract) -> None:
    header = "Record ID,Email\n"
    content = zipped(
        **{
            "hubspot-crm-exports-all-1.csv": header + "1,a@example.org\n",
            "hubspot-crm-exports-all-2.csv": header + "2,b@example.org\n3.1E+10,cut@example.org\n",
            "more/deals.xlsx": workbook(("Record ID", "Deal Name", "Amount"), (9, "Mugs", 12.5)),
            "notes.csv": "Note,Author\nhello,me\n",
            "__MACOSX/._notes.csv": "mac",
        }
    )
    found = extract("hubspot", {"export.zip": content})
    assert found.states == {
        "export.zip/hubspot-crm-exports-all-1.csv": "loaded",
        "export.zip/hubspot-crm-exports-all-2.csv": "loaded",
        "export.zip/more/deals.xlsx": "loaded",
        "export.zip/notes.csv": "not_of_this_kind",
    }
    assert found.raw("contacts", "hs_object_id, _source_file, _source_row") == [
        ("1", "export.zip/hubspot-crm-exports-all-1.csv", 1),
        ("2", "export.zip/hubspot-crm-exports-all-2.csv", 1),
    ]
    assert found.raw("deals", "hs_object_id, amount") == [("9", 12.5)]
    assert [row[:2] for row in found.set_aside()] == [("export.zip/hubspot-crm-exports-all-2.csv", 2)]


def test_excel_gives_the_rows_that_csv_gives(tmp_path: Path) -> None:
    header = ("Record ID", "Email", "Create Date", "Unsubscribed from all email", "Postal Code")
    text = ",".join(header) + "\n72810357501,a@example.org,2026-07-01 09:30:00,true,1010\n"
    sheet = workbook(
        (None,) * 5, header, (72810357501, "a@example.org", datetime(2026, 7, 1, 9, 30), True, 1010)
    )
    csv_row, excel_row = read_export(tmp_path, "hubspot", {"a.csv": text, "b.xlsx": sheet})["contacts"]
    ignored = ("_path", "_original")
    assert {k: v for k, v in csv_row.items() if k not in ignored} == {
        k: v for k, v in excel_row.items() if k not in ignored
    }
    assert excel_row["createdate"] == datetime(2026, 7, 1, 7, 30)


def test_the_id_itself_can_have_a_header_of_its_own(extract, tmp_path: Path) -> None:
    text = "ID de fiche d'informations;Adresse e-mail;Pr\u00e9nom\n1;kim@example.org;Kim\n"
    refused = extract("hubspot", {"a.csv": text})
    assert refused.states == {"a.csv": "not_of_this_kind"}
    assert "[sources.hubspot] columns" in refused.report.files[0].reason
    path = tmp_path / "chat_pipeline.toml"
    path.write_text(
        '[sources.hubspot.columns]\n"id de fiche d\'informations" = "hs_object_id"\n"Adresse e-mail" = "email"\n'
        '"Pr\u00e9nom" = "firstname"\n',
        encoding="utf-8",
    )
    assert extract("hubspot", {}, load_settings(path)).states == {"a.csv": "loaded"}


def test_old_excel_files_are_refused_with_what_to_do(extract) -> None:
    found = extract("hubspot", {"a.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)})
    assert found.states == {"a.xls": "not_of_this_kind"}
    assert "XLSX, not XLS" in found.report.files[0].reason


def test_what_repeats_the_shop_or_only_describes_is_refused_by_name(extract) -> None:
    meta = {"name": "email", "label": "Email", "type": "string", "fieldType": "text"}
    found = extract(
        "hubspot",
        {
            "orders.json": page(
                record(1, hs_order_name="#1001", hs_currency_code="EUR", hs_external_order_id="1")
            ),
            "properties.json": json.dumps({"results": [meta]}),
            "lines.json": page(record(2, quantity="1", price="9.50")),
        },
    )
    assert found.shapes == {
        "lines.json": "other_object",
        "orders.json": "other_object",
        "properties.json": "properties_metadata",
    }
    assert set(found.states.values()) == {"not_of_this_kind"}


@pytest.mark.parametrize("moment", ["2026-03-01T09:00:00.000Z", "1772355600000", "2026-03-01T09:00:00+00:00", "2026-03-01 10:00"])  # fmt: skip
def test_the_three_notations_of_a_moment_and_the_accounts_own_are_one(tmp_path: Path, moment: str) -> None:
    text = f"Record ID,Email,Last Modified Date\n1,a@b.cd,{moment}\n"
    (row,) = read_export(
        tmp_path, "hubspot", {"a.csv": text}, '[sources.hubspot]\ntime_zone = "Europe/Berlin"\n'
    )["contacts"]
    assert row["_version"] == datetime(2026, 3, 1, 9)
