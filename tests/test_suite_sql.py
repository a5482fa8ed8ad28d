"""The plain statement says "all met" exactly where Great Expectations does."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from chat_pipeline import quality
from chat_pipeline.home import expectations_folder
from chat_pipeline.suite_sql import all_met

EXPECTATIONS: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_not_be_null", {"column": "word"}),
    ("expect_column_values_to_not_be_null", {"column": "word", "mostly": 0.75}),
    ("expect_column_values_to_be_between", {"column": "share", "min_value": 0, "max_value": 1}),
    ("expect_column_values_to_be_between", {"column": "share", "min_value": 0.25}),
    ("expect_column_values_to_be_between", {"column": "whole", "max_value": 2**53 + 1}),
    ("expect_column_values_to_be_in_set", {"column": "word", "value_set": ["it's", "b", ""]}),
    ("unexpected_rows_expectation", {"unexpected_rows_query": "select * from {batch} where share > whole"}),
    ("unexpected_rows_expectation", {"unexpected_rows_query": "select word from {batch} group by 1 having count(*) > 2"}),
]  # fmt: skip
ROWS = [
    [("it's", 0.5, 1)],
    [("", 0.0, 2**53), ("b", 1.0, 1), ("b", 0.25, None), (None, None, 3)],
    [("c", float("nan"), 0), (None, 0.3, -1), ("b", None, None)],
    [(None, None, None)] * 3,
    [("B", -1e-9, 2**53 + 2), ("b", 1.0000001, 1), ("b", 0.2, 5), ("b ", float("inf"), 5), ("b", 0.7, 1)],
]


def suite(kind: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    meta = {"name": f"{kind} {kwargs}", "why": "-"}
    return {"type": kind, "kwargs": kwargs, "meta": meta, "severity": "critical"}


@pytest.mark.parametrize("rows", ROWS)
def test_it_agrees_with_great_expectations(rows: list[tuple[Any, ...]]):
    asked = [suite(*given) for given in EXPECTATIONS]
    with duckdb.connect() as con:
        con.execute(
            "create table rows (word varchar, share double, whole bigint, _source_file varchar, _source_row bigint)"
        )
        con.executemany("insert into rows values (?, ?, ?, 'file', 1)", rows)
        told = quality._validate(con, {"name": "all", "expectations": asked}, "rows")
        met = {r.expectation_config.meta["name"]: bool(r.success) for r in told.results}
        plain = {e["meta"]["name"]: all_met(con, {"name": "one", "expectations": [e]}, "rows") for e in asked}
        whole = all_met(con, {"name": "all", "expectations": asked}, "rows")
    assert plain == met
    assert whole == all(met.values())


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_be_unique", {"column": "word"}),
        ("expect_column_values_to_not_be_null", {"column": "no_such_column"}),
        ("expect_column_values_to_not_be_null", {"column": "word", "row_condition": "whole = 1"}),
        ("expect_column_values_to_be_between", {"column": "word", "min_value": 0}),
        ("expect_column_values_to_be_between", {"column": "share"}),
        ("expect_column_values_to_be_between", {"column": "share", "min_value": 0, "strict_min": True}),
        ("expect_column_values_to_be_in_set", {"column": "whole", "value_set": [1]}),
        ("expect_column_values_to_be_in_set", {"column": "word", "value_set": []}),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "select 1 where false"}),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "select * from {batch} where no_column"}),
    ],
)
def test_what_it_does_not_know_is_left_to_great_expectations(kind: str, kwargs: dict[str, Any]):
    with duckdb.connect() as con:
        con.execute("create table rows as select 'a' as word, 0.5::double as share, 1::bigint as whole")
        assert not all_met(con, {"name": "one", "expectations": [suite(kind, kwargs)]}, "rows")


def test_it_knows_all_that_is_shipped():
    """So that a sync of sound exports never pays for the import."""
    known = {kind for kind, _ in EXPECTATIONS}
    shipped = [json.loads(file.read_text()) for file in expectations_folder().rglob("*.json")]
    assert {e["type"] for found in shipped for e in found["expectations"]} <= known
