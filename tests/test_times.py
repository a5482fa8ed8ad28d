"""Vendors' ways to write a moment."""

from __future__ import annotations

import time
from datetime import datetime

import duckdb
import pytest

from chat_pipeline.times import utc


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    return con


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-25T07:00:00Z", "2026-05-25 07:00:00 +0000", "2026-05-25T07:00:00+0000", "2026-05-25 09:00:00 +0200",
        "2026-05-25T09:00:00+02:00", "2026-05-25 09:00:00 +02:00", "2026-05-25T09:00:00.000+0200", " 2026-05-25 05:00:00 -0200",
        "2026-05-25 09:00:00", "2026-05-25 09:00 AM", "1779692400", "1779692400000",
    ],
)  # fmt: skip
def test_each_way_is_the_same_moment(con: duckdb.DuckDBPyConnection, text: str) -> None:
    found = con.execute(f"select {utc('given', 'Europe/Berlin')} from (select ? as given)", [text]).fetchall()
    assert found == [(datetime(2026, 5, 25, 7),)]


def test_an_offset_behind_a_blank_costs_no_search(con: duckdb.DuckDBPyConnection) -> None:
    """As text that no cast can read, it is looked up among the names of all time zones: 300 times as dear."""

    def seconds(end: str) -> float:
        con.execute(f"""create or replace temp table written as
            select strftime(timestamp '2026-01-01' + to_seconds(i * 977), '%Y-%m-%d %H:%M:%S') || '{end}' as given from range(2000) as r(i)""")
        begun = time.process_time()
        con.execute(f"select max({utc('given', 'Europe/Berlin')}) from written").fetchall()
        return time.process_time() - begun

    assert min(seconds(" +0200") for _ in range(3)) < 10 * max(
        0.005, min(seconds("+02:00") for _ in range(3))
    )
