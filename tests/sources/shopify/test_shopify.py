"""Quirks of the admin's CSV exports."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from deliveries import read_export, stage_deliveries

HEADER = "Name,Id,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Note Attributes\n"


def test_rows_of_an_order_share_its_key_and_count_from_one(tmp_path: Path) -> None:
    text = HEADER + (
        '#2,\'5902,Kim@Example.org,paid,EUR,9.00,2026-10-25 02:30:00 +0200,1,Mug,"a: b\nc: d"\n'
        "#2,,,,,,,1,Cup,\n"
        "#1,,,,,,2026-10-25 02:30:00 +0100,1,Plate,\n"
    )
    rows = read_export(tmp_path, "shopify", {"a.csv": text})["orders"]
    assert [row["_record_key"] for row in rows] == ["5902|1", "5902|2", "#1|1"]
    # The clock went back between the two: an hour apart in UTC.
    assert [row["created_at"] for row in rows] == [
        datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30),
    ]  # fmt: skip
    assert rows[0]["order_fingerprint"] == rows[1]["order_fingerprint"] != rows[2]["order_fingerprint"]


def test_a_cut_id_or_a_missing_name_is_set_aside_alone(tmp_path: Path) -> None:
    text = HEADER + (
        "#2,5.9E+12,,paid,EUR,9.00,2026-10-25 02:30:00 +0200,1,Mug,\n"
        ",,,,,,,1,Cup,\n"
        "#3,5903,,paid,EUR,9.00,25. Oktober,1,Mug,\n"
        "#1,5901,,paid,EUR,9.00,2026-10-25 02:30:00 +0200,1,Plate,\n"
    )
    problems = [row["_problem"] for row in read_export(tmp_path, "shopify", {"a.csv": text})["orders"]]
    assert [problem and problem.split(":")[0] for problem in problems] == [
        "order id in scientific notation", "no order name", "Created at is no time", None,
    ]  # fmt: skip


def test_customers_of_the_older_header_have_a_key_that_hides_them(tmp_path: Path) -> None:
    new = "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent\n'8001,Kim,B,kim@example.org,yes,1\n"
    old = "First Name,Last Name,Email,Country,Country Code,Accepts Marketing,Total Spent\nKim,B,Kim@Example.org,Germany,DE,no,1\n"
    rows = read_export(tmp_path, "shopify", {"a.csv": new, "b.csv": old})["customers"]
    assert rows[0]["_record_key"] == "8001"
    assert rows[0]["accepts_email_marketing"] is True
    assert rows[1]["_record_key"].startswith("email-")
    assert "@" not in rows[1]["_record_key"]
    assert rows[1]["country"] == "DE"
    assert rows[1]["accepts_email_marketing"] is False


def test_a_newer_export_replaces_an_order_with_all_its_rows(tmp_path: Path) -> None:
    time = "2026-10-01 10:00:00 +0200"
    first = (
        HEADER + f"#1,5901,,paid,EUR,9.00,{time},1,Mug,chat_id: th-1\n#1,,,,,,,1,Cup,\n#1,,,,,,,1,Plate,\n"
    )
    edited = HEADER + f"#1,5901,,paid,EUR,5.00,{time},1,Mug,chat_id: th-1\n#1,,,,,,,2,Cup,\n"
    # Another month under the name of the first file; and an old export of one order without its id.
    other = HEADER + f"#2,5902,,paid,EUR,7.00,{time},1,Mug,\n"
    without_id = f"Name,Financial Status,Total,Created at,Lineitem quantity,Lineitem name\n#2,refunded,7.00,{time},1,Mug\n"
    tagged = f'Name,Id,Financial Status,Total,Created at,Tags,Lineitem quantity,Lineitem name\n#3,5903,paid,3.00,{time},"vip, chat_id:th-3",1,Mug\n'
    ask = stage_deliveries(
        tmp_path,
        "shopify",
        [
            {"january.csv": first, "tagged.csv": tagged},
            {"edit.csv": edited},
            {"january.csv": other},
            {"old.csv": without_id},
        ],
        '[identifiers]\nshopify.note_attributes = { chat_id = "thread_id" }\n',
    )
    orders = ask(
        "select order_id, total, financial_status, thread_id from staging.stg_shopify__orders order by 1"
    )
    assert [tuple(order.values()) for order in orders] == [
        ("5901", 5.0, "paid", "th-1"), ("5902", 7.0, "refunded", None), ("5903", 3.0, "paid", "th-3"),
    ]  # fmt: skip
    lines = ask(
        "select product_name, quantity from staging.stg_shopify__order_lines where order_id = '5901' order by 1"
    )
    assert [tuple(line.values()) for line in lines] == [("Cup", 2.0), ("Mug", 1.0)]
    found = ask(
        "select identifier_value from staging.stg_shopify__identifiers where identifier_type = 'thread_id' order by 1"
    )
    assert found == [{"identifier_value": "th-1"}, {"identifier_value": "th-3"}]


ORDERED = "2026-10-01 10:00:00 +0200"
FIRST = f"#1,5901,,paid,EUR,9.00,{ORDERED},1,Mug,chat_id: th-1\n"
# Two equal lines on purpose: the shop sold the same cup twice.
FURTHER = f"#1,,,,,,{ORDERED},1,Cup,\n#1,,,,,,{ORDERED},1,Cup,\n"
OTHER = f"#2,5902,,paid,EUR,7.00,{ORDERED},1,Mug,\n"
# Tools that fill the order's columns on each line.
FILLED = f"#1,5901,,paid,EUR,9.00,{ORDERED},1,Mug,\n#1,5901,,paid,EUR,9.00,{ORDERED},1,Cup,\n" + (
    f"#1,5901,,paid,EUR,9.00,{ORDERED},1,Cup,\n"
)


def product(line: str) -> str:
    return line.split(",")[-2]


TWICE_IN_ONE_FILE = {
    "once": FIRST + FURTHER + OTHER,
    "the file with itself": (FIRST + FURTHER + OTHER) * 2,
    "with its header again": FIRST + FURTHER + OTHER + HEADER + FIRST + FURTHER + OTHER,
    "the order again at once": (FIRST + FURTHER) * 2 + OTHER * 2,
    "the last one paid later": FIRST.replace("paid", "pending") + FURTHER + OTHER + FIRST + FURTHER,
    "filled": FILLED + OTHER,
    "filled, the file with itself": (FILLED + OTHER) * 2,
    # A spreadsheet sorted them: what lies apart need not be a copy.
    "filled and sorted otherwise": "".join(sorted([*FILLED.splitlines(True), OTHER], key=product)),
    "sorted otherwise": "".join(sorted([FIRST, *FURTHER.splitlines(True), OTHER], key=product)),
}  # fmt: skip


@pytest.mark.parametrize("way", TWICE_IN_ONE_FILE)
def test_an_order_twice_in_one_file_has_its_lines_once(tmp_path: Path, way: str) -> None:
    rows = read_export(tmp_path, "shopify", {"a.csv": HEADER + TWICE_IN_ONE_FILE[way]})["orders"]
    good = [row for row in rows if not row["_problem"]]
    newest = max((row["_source_row"], row["order_fingerprint"]) for row in good if row["id"] == "5901")[1]
    standing = {row["_record_key"]: row for row in good if row["order_fingerprint"] == newest}
    assert sorted(standing) == ["5901|1", "5901|2", "5901|3"]
    assert sorted(row["lineitem_name"] for row in standing.values()) == ["Cup", "Cup", "Mug"]
    assert {row["financial_status"] for row in standing.values()} <= {"paid", None}
    assert {row["_record_key"] for row in good} == {"5901|1", "5901|2", "5901|3", "5902|1"}


def test_an_export_without_the_orders_values_counts_all_its_lines(tmp_path: Path) -> None:
    text = "Name,Created at,Lineitem quantity,Lineitem name\n" + f"#1,{ORDERED},1,Cup\n" * 2
    rows = read_export(tmp_path, "shopify", {"a.csv": text})["orders"]
    assert [row["_record_key"] for row in rows] == ["#1|1", "#1|2"]


def test_an_order_that_is_paid_and_wholly_owed_is_told(extract) -> None:
    header = HEADER.strip() + ",Outstanding Balance\n"
    rows = f"#1,5901,,paid,EUR,9.00,{ORDERED},1,Mug,,9.00\n#2,5902,,paid,EUR,9.00,{ORDERED},1,Mug,,0.00\n"
    found = extract("shopify", {"a.csv": header + rows})
    (check,) = [c for c in found.report.checks if c.name == "paid_is_not_owed"]
    assert (check.passed, check.severity) == (False, "warning")
    assert found.states == {"a.csv": "loaded"}
