"""Quirks of Salesforce's exports: ids, dialects, dates of spreadsheets, merges, refusals."""

from __future__ import annotations

import io
import json
import random
import string
import zipfile
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from deliveries import read_export, stage_deliveries

from chat_pipeline.settings import load_settings
from chat_pipeline.sources.salesforce.cells import field_id

KIM, DEE, FIN = "003Ec0000000KimIAE", "003Ec0000000DeeIAE", "003Ec0000000FinIAE"
MUGS, PERSON = "001Ec0000000BizIAE", "001Ec0000000EvaIAE"
STAMP = "2026-03-01T10:00:00.000+0000"
HEADER = "Id,Email,IsDeleted,MasterRecordId,SystemModstamp\n"


def record(kind: str, number: str, **fields) -> dict:
    return {"attributes": {"type": kind, "url": f"/services/{kind}/{number}"}, "Id": number, **fields}


def result(*records: dict) -> dict:
    return {"totalSize": len(records), "done": True, "records": list(records)}


def ids_of(found, table: str) -> list[str]:
    return [row[0] for row in found.raw(table, "id")]


def normalised(text: str) -> str | None:
    row = duckdb.execute(f"select {field_id('given')} from (select ? as given)", [text]).fetchone()
    assert row
    return row[0]


@pytest.mark.parametrize("whole", ["001x0000002xLCVAA2", "003Ec00000CyOT7IAN", "006bm00000LKJNNAA5", "500Ec000009YUY8IAO"])  # fmt: skip
def test_ids_of_15_characters_get_their_other_3(whole: str) -> None:
    assert normalised(whole[:15]) == normalised(whole) == whole


def test_ids_that_differ_only_in_case_stay_apart() -> None:
    dice = random.Random(7)
    short = ["003" + "".join(dice.choices(string.ascii_letters + string.digits, k=12)) for _ in range(200)]
    made = {text: normalised(text) or "" for text in [*short, *map(str.swapcase, short)]}
    assert all(len(whole) == 18 and whole[:15] == text for text, whole in made.items())
    assert len({whole.casefold() for whole in made.values()}) == len(made)


@pytest.mark.parametrize("nothing", ["", "000000000000000AAA", "000000000000000"])
def test_an_id_of_zeros_is_none(nothing: str) -> None:
    assert normalised(nothing) is None


def test_every_dialect_gives_the_same_row(tmp_path: Path) -> None:
    names = [
        "Id",
        "LastName",
        "Email",
        "AccountId",
        "Birthdate",
        "HasOptedOutOfEmail",
        "IsDeleted",
        "CreatedDate",
        "SystemModstamp",
    ]
    iso = ["1990-05-11", "2026-02-23T20:55:00.000", "2026-03-01T10:00:00.000"]
    cells = [KIM, "O'Hara", "kim@example.org", MUGS]
    bulk = [*cells, iso[0], "true", "false", iso[1] + "Z", iso[2] + "Z"]
    weekly = [*cells, "1990-05-11 00:00:00", "1", "0", "2026-02-23 20:55:00", "2026-03-01 10:00:00"]
    loader = [KIM[:15], *cells[1:3], MUGS[:15], iso[0], "1", "", iso[1] + "+0000", iso[2] + "+0000"]
    sheet = [*cells, "05/11/90", "TRUE", "FALSE", "02/23/26 08:55 PM", "03/01/2026 10:00"]
    rest = dict(zip(names, [*cells, iso[0], True, False, iso[1] + "+0000", iso[2] + "+0000"], strict=True))

    def quoted(row: list[str]) -> str:
        return ",".join(f'"{cell}"' for cell in row) + "\r\n"

    rows = read_export(
        tmp_path,
        "salesforce",
        {
            "a.csv": ";".join(names) + "\n" + ";".join(bulk) + "\n",
            "b.csv": quoted(names) + quoted(weekly),
            "c.csv": ",".join(names) + "\n" + ",".join(loader) + "\n",
            "d.csv": quoted([name.upper() for name in names]) + quoted(bulk),
            "e.csv": ",".join(names) + "\n" + ",".join(sheet) + "\n",
            "f.json": json.dumps(result(record("Contact", KIM, **rest))),
            "g.json": json.dumps({"status": 0, "result": result(record("Contact", KIM, **rest))}),
            "h.json": json.dumps([record("Contact", KIM, **rest), None]),
            "i.jsonl": json.dumps(record("Contact", KIM, **rest)) + "\n",
            "j.json": json.dumps(record("Contact", KIM, **rest), indent=1),
        },
    )["contacts"]
    assert [row["_shape"] for row in rows] == [
        "bulk_csv", "weekly_export", "data_loader_csv", "data_loader_caps_csv", "spreadsheet_resave", *["rest_json"] * 5,
    ]  # fmt: skip
    apart = ("_path", "_original", "_shape", "has_opted_out_of_email", "do_not_call", "fields")
    told = [{name: value for name, value in row.items() if name not in apart} for row in rows]
    assert all(row == told[0] for row in told)
    assert told[0]["_version"] == datetime(2026, 3, 1, 10)
    assert told[0]["birthdate"] == date(1990, 5, 11)
    assert {row["has_opted_out_of_email"] for row in rows} == {True}


def test_every_delimiter_of_the_bulk_api_is_told_by_the_file(tmp_path: Path) -> None:
    cells = [["Id", "LastName", "Email"], [KIM, "Ito, Kim; jr.", "kim@example.org"]]
    files = {
        f"{n}.csv": "\r\n".join(
            mark.join(f'"{cell}"' if mark in cell else cell for cell in row) for row in cells
        )
        for n, mark in enumerate(",;\t|^`")
    }
    rows = read_export(tmp_path, "salesforce", files)["contacts"]
    assert [(row["id"], row["last_name"], row["email"]) for row in rows] == [
        (KIM, "Ito, Kim; jr.", "kim@example.org")
    ] * 6


def test_a_field_of_ones_own_may_be_called_like_a_standard_one_and_numbers_keep_their_zeros(
    tmp_path: Path,
) -> None:
    text = f"Id,CaseNumber,createddate__c,CreatedDate\n500{KIM[3:]},00001014,2020-01-01,{STAMP}\n"
    (row,) = read_export(tmp_path, "salesforce", {"a.csv": text})["cases"]
    assert (row["case_number"], row["created_date"]) == ("00001014", datetime(2026, 3, 1, 10))
    assert json.loads(row["_extra"]) == {"createddate__c": "2020-01-01"}


def opportunities(*days: str) -> str:
    rows = "".join(f"006Ec00000000A{n}IAE,Closed Won,{day},2026-03-01\n" for n, day in enumerate(days))
    return "Id,StageName,CloseDate,SystemModstamp\n" + rows


@pytest.mark.parametrize(
    ("days", "options", "expected"),
    [
        (["03/04/26", "12/31/2026"], "", [date(2026, 3, 4), date(2026, 12, 31)]),
        (["03/04/26", "31/12/2026"], "", [date(2026, 4, 3), date(2026, 12, 31)]),
        (["3.4.2026"], "", [date(2026, 4, 3)]),
        (["03/04/26"], 'options = { date_order = "dmy" }', [date(2026, 4, 3)]),
        (["03/04/26"], 'options = { date_order = "mdy" }', [date(2026, 3, 4)]),
    ],
)
def test_day_and_month_of_a_spreadsheet_are_told_by_the_file_or_the_settings(
    tmp_path: Path, days: list[str], options: str, expected: list[date]
) -> None:
    files = {"a.csv": opportunities(*days)}
    rows = read_export(tmp_path, "salesforce", files, f"[sources.salesforce]\n{options}\n")["opportunities"]
    assert [(row["close_date"], row["_problem"]) for row in rows] == [(day, None) for day in expected]


def test_day_and_month_that_nothing_tells_are_not_guessed(extract) -> None:
    found = extract("salesforce", {"a.csv": opportunities("03/04/26", "2026-05-06")})
    assert found.raw("opportunities", "close_date") == [(date(2026, 5, 6),)]
    ((_, _, reason),) = found.set_aside()
    assert reason == "day and month of CloseDate can not be told apart: set options.date_order to dmy or mdy"


def test_cells_that_do_not_fit_set_their_row_aside(extract) -> None:
    stem = "006Ec00000000{}IAE"
    rows = [
        ("A0", "1.5", "true", "2026-03-02"),
        ("A1", "lots", "true", "2026-03-02"),
        ("A2", "1", "maybe", "2026-03-02"),
        ("A3", "1", "true", "soon"),
    ]
    lines = [",".join((stem.format(name), *cells)) for name, *cells in rows]
    text = "Id,Amount,IsWon,CloseDate\n" + "\n".join(
        [*lines, ",1,true,2026-03-02", "5E+17,1,true,2026-03-02"]
    )
    found = extract("salesforce", {"a.csv": text + "\n"})
    assert ids_of(found, "opportunities") == [stem.format("A0")]
    assert [row[1:] for row in found.set_aside()] == [
        (2, "Amount is no double"),
        (3, "IsWon is no boolean"),
        (4, "CloseDate is no date"),
        (5, "no Id"),
        (6, "an Id that is none of Salesforce"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.csv", 'Contact ID,First Name,Last Name\n003Ec0000000Kim,Kim,Ito\n"Grand Totals (1 record)"\n', "report_export"),
        ("a.csv", f"Id,Subject,OwnerId\n00T{KIM[3:]},Call,005Ec000004oBPNIA2\n", "other_object"),
        ("a.csv", "Id,OrderNumber,BillingCity,OwnerId\n", "other_object"),
        ("a.json", json.dumps(result(record("Task", f"00T{KIM[3:]}"))), "other_object"),
        ("a.csv", "LastName,MailingCity,SystemModstamp\nIto,Wien,2026-03-01\n", "no_id"),
        ("a.json", json.dumps({"records": [{"attributes": {"type": "Account", "referenceId": "Ref1"}, "Name": "x"}]}), "no_id"),
        ("a.csv", f"_fivetran_synced,id,last_name\n2026-01-01,{KIM},Ito\n", "connector_landing"),
    ],
)  # fmt: skip
def test_what_is_no_export_of_ours_is_refused_by_name(extract, name: str, content: str, refusal: str) -> None:
    found = extract("salesforce", {name: content})
    assert (found.states, found.shapes) == ({name: "not_of_this_kind"}, {name: refusal})


def test_a_report_is_read_if_the_settings_map_its_headers(extract, tmp_path: Path) -> None:
    path = tmp_path / "chat_pipeline.toml"
    path.write_text('[sources.salesforce]\ncolumns = { "Contact ID" = "Id", "Last Name" = "LastName" }\n')
    text = 'Contact ID,First Name,Last Name\n003Ec0000000Kim,Kim,Ito\n\n"Grand Totals (1 record)"\n'
    found = extract("salesforce", {"a.csv": text}, load_settings(path))
    assert found.raw("contacts", "id, last_name, json_extract_string(_extra, '$.\"First Name\"')") == [
        (KIM, "Ito", "Kim")
    ]
    assert [row[2][:11] for row in found.set_aside()] == ["fewer cells"]


def test_the_weekly_zip_is_read_object_by_object(extract) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        stamp = '"2026-03-01 10:00:00"'
        # Headers in the encoding that the org chose.
        archive.writestr(
            "Contact.csv", f'"Id","LastName","SystemModstamp"\n"{KIM}","Bäcker",{stamp}\n'.encode("cp1252")
        )
        archive.writestr("Lead.csv", '"Id","LastName","Company","IsConverted","SystemModstamp"\n')
        archive.writestr("Task.csv", f'"Id","Subject","OwnerId"\n"00T{KIM[3:]}","Call","x"\n')
    found = extract("salesforce", {"WE_00D_1.ZIP": stream.getvalue()})
    assert found.states == {
        "WE_00D_1.ZIP/Contact.csv": "loaded",
        "WE_00D_1.ZIP/Lead.csv": "loaded",
        "WE_00D_1.ZIP/Task.csv": "not_of_this_kind",
    }
    assert found.raw("contacts", "last_name") == [("Bäcker",)]


def test_a_record_of_another_object_in_a_result_is_set_aside(extract) -> None:
    records = [record("Contact", KIM, LastName="Ito"), record("Lead", "00QEc0000000HalMAE", LastName="Ito")]
    found = extract("salesforce", {"a.json": json.dumps(result(*records))})
    assert ids_of(found, "contacts") == [KIM]
    assert found.set_aside() == [("a.json", 2, "a record of another object: Lead")]


@pytest.mark.slow
def test_deleted_records_leave_and_restored_ones_return(tmp_path: Path) -> None:
    def day(number: int, deleted: str) -> dict[str, str]:
        return {
            f"{number}.csv": f"{HEADER}{KIM},kim@example.org,{deleted},,2026-03-0{number}T10:00:00.000Z\n"
        }

    for name, flags, expected in (("a", ["false", "true"], []), ("b", ["false", "true", "false"], [KIM])):
        (tmp_path / name).mkdir()
        deliveries = [day(number, flag) for number, flag in enumerate(flags, start=1)]
        # The older state delivered late changes nothing.
        ask = stage_deliveries(tmp_path / name, "salesforce", [*deliveries, day(1, "false")])
        found = ask("select person_id from staging.stg_salesforce__people")
        assert [row["person_id"] for row in found] == expected


def test_who_was_merged_into_a_deleted_contact_is_nobody(tmp_path: Path) -> None:
    text = f"{HEADER}{KIM},kim@example.org,true,{DEE},{STAMP}\n{DEE},dee@example.org,true,,{STAMP}\n"
    ask = stage_deliveries(
        tmp_path, "salesforce", [{"a.csv": text + f"{FIN},fin@example.org,true,{FIN},{STAMP}\n"}]
    )
    for entity in ("people", "merges", "identifiers"):
        assert ask(f"select * from staging.stg_salesforce__{entity}") == []


def test_a_person_account_is_one_person_with_its_contact_whoever_names_whom(tmp_path: Path) -> None:
    account = f"Id,Name,IsPersonAccount,PersonEmail,SystemModstamp\n{PERSON},Eva,1,eva@example.org,{STAMP}\n"
    contact = f"Id,LastName,AccountId,SystemModstamp\n{KIM},Sousa,{PERSON},{STAMP}\n"
    case = f"Id,CaseNumber,AccountId,SystemModstamp\n500Ec0000000OneIAE,0001,{PERSON},{STAMP}\n"
    files = {"Account.csv": account, "Contact.csv": contact, "Case.csv": case}
    ask = stage_deliveries(tmp_path, "salesforce", [files])
    people = ask("select person_id, email, last_name, company from staging.stg_salesforce__people")
    assert people == [{"person_id": KIM, "email": "eva@example.org", "last_name": "Sousa", "company": None}]
    assert ask("select person_id from staging.stg_salesforce__tickets") == [{"person_id": KIM}]


@pytest.mark.slow
def test_fields_of_ones_own_identify_whatever_case_the_tool_writes(tmp_path: Path) -> None:
    files = {
        "a.csv": f'"ID","EMAIL","CHAT_USER__C"\n"{KIM}","kim@example.org","u-1"\n',
        "b.csv": f"Id,Email,chat_user__c\n{DEE},dee@example.org,u-2\n",
        "c.json": json.dumps(result(record("Contact", FIN, Email="fin@example.org", Chat_User__c="u-3"))),
    }
    toml = '[identifiers]\nsalesforce.properties = { Chat_User__c = "platform_user_id" }\n'
    ask = stage_deliveries(tmp_path, "salesforce", [files], toml)
    found = ask("""
        select person_id, identifier_value from staging.stg_salesforce__identifiers
        where identifier_type = 'platform_user_id' order by 2
    """)
    assert [(row["person_id"], row["identifier_value"]) for row in found] == [(KIM, "u-1"), (DEE, "u-2"), (FIN, "u-3")]  # fmt: skip


@pytest.mark.slow
def test_national_numbers_of_north_america_get_the_country(tmp_path: Path) -> None:
    text = f"Id,LastName,Phone\n{KIM},Ito,(512) 757-6000\n{DEE},Ito,+49 30 1234567\n{FIN},Ito,000000000\n"
    ask = stage_deliveries(tmp_path, "salesforce", [{"a.csv": text}], '[shop]\ncountry = "US"\n')
    found = ask("select phone from staging.stg_salesforce__people order by person_id")
    assert [row["phone"] for row in found] == ["+49301234567", None, "+15127576000"]


@pytest.mark.slow
def test_splitting_and_delivering_again_change_nothing(tmp_path: Path) -> None:
    header, *lines = opportunities(*(f"2026-03-0{n}" for n in range(1, 8))).splitlines(keepends=True)
    staged = []
    for name, files in (
        ("whole", [{"a.csv": header + "".join(lines)}]),
        ("parts", [{"a.csv": header + "".join(lines[4:])}, {"b.csv": header + "".join(lines[:5])}, {"c.csv": header + lines[6]}]),
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        ask = stage_deliveries(tmp_path / name, "salesforce", files)
        staged.append(ask("select * from staging.stg_salesforce__deals order by deal_id"))
    assert staged[0] == staged[1]
    assert len(staged[0]) == 7


def test_fields_that_a_later_query_did_not_ask_for_stay(tmp_path: Path) -> None:
    own = '[identifiers]\nsalesforce.properties = { Chat_User__c = "platform_user_id" }\n'
    header = HEADER.strip() + ",LastName,MailingCity,Phone,Chat_User__c\n"
    first = f"{header}{KIM},kim@example.org,false,,{STAMP},Ito,Wien,+491234567,u-1\n"
    # A compound address without a city empties it, so does a telephone without a number; nobody asked for e-mails.
    fields = {"LastName": "Sousa", "Phone": None, "MailingAddress": {"city": None}}
    query = record("Contact", KIM, **fields, SystemModstamp=STAMP.replace("-01T", "-02T"))
    ask = stage_deliveries(
        tmp_path, "salesforce", [{"a.csv": first}, {"b.json": json.dumps(result(query))}], own
    )
    people = ask("select last_name, email, phone, city from staging.stg_salesforce__people")
    assert people == [{"last_name": "Sousa", "email": "kim@example.org", "phone": None, "city": None}]
    found = ask(
        "select identifier_value from staging.stg_salesforce__identifiers where identifier_type = 'platform_user_id'"
    )
    assert [row["identifier_value"] for row in found] == ["u-1"]


def test_names_in_snake_case_are_the_fields(tmp_path: Path) -> None:
    text = f"id,account_id,last_name,is_deleted,system_modstamp\n{KIM},{MUGS},Ito,false,2026-03-01 10:00:00\n"
    (row,) = read_export(tmp_path, "salesforce", {"a.csv": text})["contacts"]
    assert (row["_shape"], row["account_id"], row["last_name"]) == ("snake_case_csv", MUGS, "Ito")
    assert (row["_version"], row["_extra"]) == (datetime(2026, 3, 1, 10), None)
