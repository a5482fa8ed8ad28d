"""The Admin API's shapes: each tells the same as the CSV, and what the CSV can't."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from deliveries import read_export, stage_deliveries
from shopify_shapes import (
    bulk_customer,
    bulk_order,
    csv_customer,
    csv_orders,
    lines,
    make_orders,
    rest_customer,
    rest_order,
)

# What the CSV has no column for.
API_ONLY = {"stg_shopify__orders": ("customer_id", "updated_at"), "stg_shopify__customers": ("updated_at",)}
INSTANCES = ("csv", "page", "objects", "bulk")
CHAT_ID = '[identifiers]\nshopify.note_attributes = { chat_id = "thread_id" }\n'


@pytest.mark.long
def test_orders_and_customers_give_the_same_staged_rows_in_every_shape(tmp_path: Path) -> None:
    orders = make_orders(40, seed=11)
    # Lines of all orders mixed, parents anywhere; among the lines of one order the items keep their places.
    waiting = [[*children, main] for main, *children in map(bulk_order, orders)]
    turns = [position for position, own in enumerate(waiting) for _ in own]
    random.Random(7).shuffle(turns)
    mixed = [waiting[position].pop(0) for position in turns]
    ask = stage_deliveries(
        tmp_path,
        "shopify",
        [
            {
                "csv/orders.csv": csv_orders(orders),
                "csv/customers.csv": csv_customer(),
                "page/orders.json": json.dumps({"orders": [rest_order(order) for order in orders]}),
                "page/customers.json": json.dumps({"customers": [rest_customer()]}),
                "objects/orders.jsonl": lines([rest_order(order) for order in orders]),
                "objects/customer.json": json.dumps({"customer": rest_customer()}, indent=1),
                "bulk/orders.jsonl": lines(mixed),
                "bulk/customers.jsonl": lines([bulk_customer()]),
            }
        ],
        CHAT_ID + "".join(f"[sources.shopify.instances.{name}]\n" for name in INSTANCES),
    )
    for table, least in {
        "stg_shopify__orders": 40,
        "stg_shopify__order_lines": 60,
        "stg_shopify__identifiers": 40,
        "stg_shopify__customers": 1,
    }.items():
        by_instance: dict[str, list[dict]] = {name: [] for name in INSTANCES}
        for row in ask(f"select * from staging.{table} order by all"):
            instance = row.pop("instance")
            by_instance[instance].append({k: v for k, v in row.items() if k not in API_ONLY.get(table, ())})
        assert len(by_instance["csv"]) >= least, table
        for name in INSTANCES[1:]:
            assert by_instance[name] == by_instance["csv"], (table, name)
    for table in ("orders", "refunds"):
        api = [
            ask(
                f"select * exclude (instance) from staging.stg_shopify__{table} where instance = '{name}' order by all"
            )
            for name in INSTANCES[1:]
        ]
        assert api[0] == api[1] == api[2] != []


def test_an_order_through_csv_and_api_counts_once_and_the_newest_state_stands(tmp_path: Path) -> None:
    (order,) = make_orders(1, seed=3)
    order |= {"financial_status": "paid", "refund": None}
    refunded = {**order, "financial_status": "partially_refunded", "refund": "3.50"}
    test = {
        **rest_order(refunded),
        "test": True,
        "updated_at": "2026-11-02T09:00:00Z",
        "checkout_token": "c0ffee",
    }
    again = csv_orders([{**refunded, "financial_status": "refunded", "lines": order["lines"][:1]}])
    ask = stage_deliveries(
        tmp_path,
        "shopify",
        [{"a.csv": csv_orders([order])}, {"b.json": json.dumps({"orders": [test]})}, {"c.csv": again}],
    )
    # The file of the third day is the newest; that it is a test, and when money went back, only the API told.
    assert ask("select financial_status, refunded, is_test, customer_id, checkout_token from staging.stg_shopify__orders") == [
        {"financial_status": "refunded", "refunded": 3.5, "is_test": True, "customer_id": "8001", "checkout_token": "c0ffee"}
    ]  # fmt: skip
    assert len(ask("select * from staging.stg_shopify__order_lines")) == 1
    assert [row["amount"] for row in ask("select amount from staging.stg_shopify__refunds")] == [3.5]


@pytest.mark.slow
def test_an_answer_delivered_late_does_not_undo_a_newer_export(tmp_path: Path) -> None:
    (order,) = make_orders(1, seed=3)
    old = {**rest_order(order), "financial_status": "pending", "updated_at": "2026-10-25T00:00:00Z"}
    ask = stage_deliveries(
        tmp_path,
        "shopify",
        [
            {"a.csv": csv_orders([{**order, "financial_status": "paid"}])},
            {"b.json": json.dumps({"order": old})},
        ],
    )
    assert ask("select financial_status from staging.stg_shopify__orders") == [{"financial_status": "paid"}]


def test_refunds_in_the_customers_currency_are_told_by_what_came_back(tmp_path: Path) -> None:
    def refund(**given: object) -> dict:
        return {"id": 1, "created_at": "2026-10-27T10:00:00+01:00", **given}

    def paid(amount: str, currency: str = "EUR", status: str = "success") -> dict:
        return {"kind": "refund", "status": status, "amount": amount, "currency": currency}

    returned = {
        "refund_line_items": [{"subtotal": "20.00", "total_tax": "3.80"}],
        "order_adjustments": [
            {"kind": "shipping_refund", "amount": "-4.90", "tax_amount": "-0.10"},
            {"kind": "refund_discrepancy", "amount": "9.00", "tax_amount": "0.00"},
        ],
    }
    (order,) = make_orders(1, seed=3)
    cases = {
        "own": [refund(transactions=[paid("9.50"), paid("9.50", status="failure")], **returned)],
        "foreign": [refund(transactions=[paid("31.02", "USD")], **returned)],
        "only restocked": [refund(transactions=[], **returned)],
        "no payments told": [refund(**returned)],
        "none": [],
    }
    orders = [{**rest_order(order), "id": i, "refunds": case} for i, case in enumerate(cases.values())]
    untold = {**rest_order(order), "id": 9, "total_price": "20.00", "current_total_price": "12.50"}
    del untold["refunds"]
    rows = read_export(tmp_path, "shopify", {"a.json": json.dumps({"orders": [*orders, untold]})})["orders"]
    assert [row["refunded_amount"] for row in rows] == [9.5, 28.8, 0.0, 28.8, 0.0, 7.5]
    assert rows[0]["refunds"] == '[{"id":"1","created_at":"2026-10-27 09:00:00","amount":9.5}]'
    assert rows[5]["refunds"] is None


def test_lines_without_their_parent_and_partial_orders_are_set_aside_alone(tmp_path: Path) -> None:
    main, *children = bulk_order(make_orders(1, seed=3)[0])
    nested = {"id": "gid://shopify/Order/2", "name": "#2", "__parentId": "gid://shopify/Customer/8001"}
    lost = {**children[0], "id": "gid://shopify/LineItem/9", "__parentId": "gid://shopify/Order/404"}
    unknown = {"node": {"amount": "1.0"}, "__parentId": children[0]["id"]}
    text = lines([*children, main, lost, unknown, bulk_customer(), nested]) + '{"id": "gid://shopi\n'
    found = read_export(tmp_path, "shopify", {"a.jsonl": text})
    problems = {row["_source_row"]: row["_problem"] for row in found["orders"] if row["_problem"]}
    count = len(children)
    assert problems == {
        count + 2: "the object that it belongs to is not in this file",
        count + 5: "an order without its total: ask for it with all its fields",
        count + 6: "broken JSON",
    }
    (good,) = [row for row in found["orders"] if not row["_problem"]]
    assert len(json.loads(good["line_items"])) == count
    assert [row["id"] for row in found["customers"]] == ["8001"]


def test_bulk_lines_twice_in_one_file_are_counted_once(tmp_path: Path) -> None:
    """Two runs of the operation, one file after the other: a line item stands under each of its order's lines."""
    orders = make_orders(3, seed=5)
    once = lines([line for order in orders for line in bulk_order(order)])
    rows = {
        times: read_export(tmp_path, "shopify", {f"{times}.jsonl": once * times})["orders"]
        for times in (1, 2)
    }
    told = [{(row["id"], row["line_items"], row["refunds"]) for row in rows[times]} for times in (1, 2)]
    assert told[0] == told[1]
    assert len(rows[2]) == 6


def test_consent_objects_outrank_the_old_flag(tmp_path: Path) -> None:
    def customer(**given: object) -> dict:
        return {"id": 1, "orders_count": 0, "total_spent": "0.00", "accepts_marketing": True, **given}

    states = ("subscribed", "not_subscribed", "pending", "unsubscribed", "redacted")
    told = [customer(email_marketing_consent={"state": s}, sms_marketing_consent=None) for s in states]
    rows = read_export(tmp_path, "shopify", {"a.json": json.dumps({"customers": [*told, customer()]})})[
        "customers"
    ]
    assert [row["accepts_email_marketing"] for row in rows] == [True, False, False, False, False, True]
    assert {row["accepts_sms_marketing"] for row in rows} == {None}


def test_drafts_transactions_and_other_bulk_lines_are_refused_by_name(extract) -> None:
    found = extract(
        "shopify",
        {
            "draft.json": json.dumps({"draft_order": {"id": 1, "line_items": [], "status": "open"}}),
            "money.json": json.dumps([{"id": 1, "order_id": 2, "gateway": "bogus", "kind": "sale"}]),
            "products.jsonl": lines([{"id": "gid://shopify/Product/1", "title": "Mug"}] * 2),
            "empty.json": json.dumps({"orders": []}),
        },
    )
    assert found.shapes == {
        "draft.json": "rest_other_object",
        "money.json": "rest_other_object",
        "products.jsonl": "graphql_other_object",
        "empty.json": "rest_page",
    }
