"""Objectives on a table of metrics made by hand: targets, progress, trend, and what is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from handmade_marts import Marts

from chat_pipeline.analytics import build_table
from chat_pipeline.analytics._objective_standing import baseline_months
from chat_pipeline.analytics.objectives import TABLE

COLUMNS = """
    metric varchar, grain varchar default 'month', period_start date, dimension varchar default 'all',
    dimension_value varchar default 'all', numerator bigint, denominator bigint, value double,
    is_complete boolean default true, is_additive boolean default true
"""


@pytest.fixture
def metrics(marts: Marts) -> Marts:
    marts.con.execute("create schema analytics")
    marts.con.execute(f"create table analytics.metrics ({COLUMNS})")
    marts.cut_off("2026-11-15 12:00:00")
    return marts


def month(marts: Marts, start: str, k: int, n: int | None, metric: str = "csat", **more: Any) -> None:
    row = {"metric": metric, "period_start": f"{start}-01", "numerator": k, "denominator": n, **more}
    row.setdefault("value", k / n if n else k)
    marts.con.execute(
        f"insert into analytics.metrics ({', '.join(row)}) values ({', '.join('?' * len(row))})",
        list(row.values()),
    )


def built(marts: Marts, folder: Path, target: str, by: str = "2026-12-31", **more: str) -> dict[str, Any]:
    keys = {"metric": "csat", "segment": "all", **more}
    lines = [f'{key} = "{value}"' for key, value in keys.items()]
    marts.set("\n".join(["[objectives.one]", *lines, f"target = {target}", f"by = {by}"]), folder)
    build_table(marts.con, TABLE, marts.settings)
    cursor = marts.con.execute("select * from analytics.objectives")
    (row,) = cursor.fetchall()
    return dict(zip([column[0] for column in cursor.description], row, strict=True))


def quarter(marts: Marts, **more: Any) -> None:
    """July to October: 70, 60, 80 and 78 of 100, but August had 200 ratings, 120 of them good."""
    for start, k, n in (
        ("2026-07", 70, 100),
        ("2026-08", 120, 200),
        ("2026-09", 80, 100),
        ("2026-10", 78, 100),
    ):
        month(marts, start, k, n, **more)


def test_points_are_added_to_the_sum_of_the_quarter(metrics: Marts, tmp_path: Path) -> None:
    quarter(metrics)
    # Not over: does not count.
    month(metrics, "2026-11", 50, 50, is_complete=False)
    row = built(metrics, tmp_path, '{ points = 5, baseline = "2026-Q3" }')
    # 270 of 400, not the mean of 70, 60 and 80 %.
    assert (row["baseline_value"], row["target_value"]) == pytest.approx((0.675, 0.725))
    assert (row["current_month"], row["current_value"], row["months"]) == (date(2026, 10, 1), 0.78, 4)
    assert row["progress"] == pytest.approx(0.105 / 0.05)
    assert row["status"] == "reached"


@pytest.mark.parametrize(
    ("target", "wanted", "status"),
    [
        ('{ percent = 10, baseline = "2026-07" }', 0.77, "reached"),
        ('{ points = 10, baseline = "2026-07" }', 0.80, "on_track"),
        ('{ points = 30, baseline = "2026-07" }', 1.0, "off_track"),
        ("{ absolute = 0.79 }", 0.79, "on_track"),
        ('{ points = -5, baseline = "2026-07" }', 0.65, "off_track"),
        # Not all of the quarter, or none of the year, is known.
        ('{ points = 5, baseline = "2026-Q2" }', None, "no_baseline"),
        ('{ points = 5, baseline = "2026" }', None, "no_baseline"),
    ],
)
def test_targets(metrics: Marts, tmp_path: Path, target: str, wanted: float | None, status: str) -> None:
    quarter(metrics)
    row = built(metrics, tmp_path, target)
    assert row["target_value"] == (None if wanted is None else pytest.approx(wanted))
    # Line through 0.70, 0.60, 0.80, 0.78: 0.654 + 0.044 a month, in December 0.874.
    assert row["projected_value"] == pytest.approx(0.874)
    assert row["status"] == status


def test_ten_per_cent_of_twenty_are_two_and_ten_points_ten(metrics: Marts, tmp_path: Path) -> None:
    month(metrics, "2026-09", 20, 100)
    assert built(metrics, tmp_path, '{ percent = 10, baseline = "2026-09" }')[
        "target_value"
    ] == pytest.approx(0.22)
    assert built(metrics, tmp_path, '{ points = 10, baseline = "2026-09" }')["target_value"] == pytest.approx(
        0.30
    )


def test_less_is_better_of_a_time_and_points_are_seconds(metrics: Marts, tmp_path: Path) -> None:
    for start, seconds in (("2026-07", 300), ("2026-08", 280), ("2026-09", 260)):
        month(metrics, start, seconds * 10, 10, metric="average_resolution_time")
    row = built(metrics, tmp_path, '{ points = -60, baseline = "2026-07" }', metric="average_resolution_time")
    assert (row["target_value"], row["progress"], row["status"]) == (240, pytest.approx(2 / 3), "on_track")
    assert row["projected_value"] == pytest.approx(200)
    row = built(metrics, tmp_path, "{ absolute = 270 }", metric="average_resolution_time")
    assert (row["progress"], row["status"]) == (pytest.approx(40 / 30), "reached")


def test_counts_are_compared_by_the_month(metrics: Marts, tmp_path: Path) -> None:
    for start, n in (("2026-07", 900), ("2026-08", 1000), ("2026-09", 1100), ("2026-10", 1040)):
        month(metrics, start, n, None, metric="conversation_volume")
    row = built(metrics, tmp_path, '{ percent = 5, baseline = "2026-Q3" }', metric="conversation_volume")
    assert (row["baseline_value"], row["target_value"], row["current_value"]) == (1000, 1050, 1040)


def test_what_does_not_add_up_has_no_quarter(metrics: Marts, tmp_path: Path) -> None:
    quarter(metrics, is_additive=False)
    assert built(metrics, tmp_path, '{ points = 5, baseline = "2026-Q3" }')["status"] == "no_baseline"
    assert built(metrics, tmp_path, '{ points = 5, baseline = "2026-07" }')["baseline_value"] == 0.7


def test_segments_by_dimension_with_or_without_family(metrics: Marts, tmp_path: Path) -> None:
    month(metrics, "2026-10", 1, 2)
    month(metrics, "2026-10", 3, 4, dimension="demographic.country", dimension_value="AT")
    for segment in ("country=AT", "demographic.country=AT"):
        assert built(metrics, tmp_path, "{ absolute = 0.9 }", segment=segment)["current_value"] == 0.75
    row = built(metrics, tmp_path, "{ absolute = 0.9 }", segment="country=FR")
    assert (row["current_value"], row["progress"], row["status"]) == (None, None, "no_data")


def test_after_the_last_day(metrics: Marts, tmp_path: Path) -> None:
    quarter(metrics)
    # October's value is no longer asked for.
    row = built(metrics, tmp_path, "{ absolute = 0.85 }", by="2026-09-30")
    assert (row["current_month"], row["status"]) == (date(2026, 9, 1), "missed")
    assert built(metrics, tmp_path, "{ absolute = 0.75 }", by="2026-09-30")["status"] == "reached"


def test_two_months_are_no_trend(metrics: Marts, tmp_path: Path) -> None:
    month(metrics, "2026-09", 1, 2)
    month(metrics, "2026-10", 6, 10)
    row = built(metrics, tmp_path, "{ absolute = 0.9 }")
    assert (row["projected_value"], row["status"]) == (None, "too_early")


def test_periods() -> None:
    assert baseline_months("2026-Q4") == [date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)]
    assert baseline_months("2026-02") == [date(2026, 2, 1)]
    assert len(baseline_months("2025")) == 12
