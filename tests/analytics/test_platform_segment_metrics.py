"""Metrics by platform and segment at once, on marts made by hand."""

from __future__ import annotations

from typing import Any

from handmade_marts import Marts

from chat_pipeline.analytics.metrics.crossed import METRICS
from chat_pipeline.reporting.figures import BESIDE, HEADLINE

SHOWN = ("numerator", "denominator", "value", "interval_low", "interval_high")


def talks(marts: Marts) -> None:
    """Ten weeks; web and app on both platforms, persons with one to three conversations."""
    marts.add(
        "fct_conversations",
        *(
            {
                "conversation_key": f"c{n}",
                "started_at": (at := f"2026-0{1 + n % 3}-{10 + n % 17} 10:00"),
                "ended_at": at,
                "platform": "bot" if n % 3 else "rasa",
                "channel": ("web", "app", None)[n * 7 % 5 % 3],
                "person_key": f"p{n // 3}",
                "is_test": n == 40,
            }
            for n in range(90)
        ),
    )
    marts.cut_off("2026-05-05 12:00")


def cells(rows: list[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {tuple(row[name] for name in names): tuple(row[name] for name in SHOWN) for row in rows}


def test_both_at_once_add_up_to_each_alone(marts: Marts) -> None:
    talks(marts)
    alone = marts.build("metrics")
    both = marts.build("platform_segment_metrics")
    assert not [row for row in alone if " and " in row["dimension"]]
    rows = [row for row in both if (row["family"], row["attribute"]) == ("technology", "channel")]
    assert {row["platform"] for row in rows} == {"bot", "rasa"}
    assert len({row["segment"] for row in rows}) == 3
    for metric in ("conversation_volume", "conversation_rate", "resolution_rate", "escalation_rate"):
        for name, dimension in (("platform", "platform"), ("segment", "technology.channel")):
            summed: dict[tuple[Any, ...], list[int]] = {}
            for row in (row for row in rows if row["metric"] == metric):
                kept = summed.setdefault((row["grain"], row["period_start"], row[name]), [0, 0])
                kept[0] += row["numerator"]
                kept[1] += row["denominator"] or 0
            expected = {
                (r["grain"], r["period_start"], r["dimension_value"]): [r["numerator"], r["denominator"] or 0]
                for r in alone
                if (r["metric"], r["dimension"]) == (metric, dimension) and r["grain"] != "day"
            }
            assert expected
            # Alone there are also rows of what is covered and has nothing.
            assert {key: value for key, value in expected.items() if any(value)} == {
                key: value for key, value in summed.items() if any(value)
            }


def test_values_and_intervals_are_those_of_the_segment_where_there_is_one_platform(marts: Marts) -> None:
    talks(marts)
    marts.con.execute("update marts.fct_conversations set platform = 'rasa'")
    alone = [row for row in marts.build("metrics") if row["dimension"] == "technology.channel"]
    both = marts.build("platform_segment_metrics")
    found = cells(
        [row for row in both if row["attribute"] == "channel"], "metric", "grain", "period_start", "segment"
    )
    expected = cells(alone, "metric", "grain", "period_start", "dimension_value")
    assert found
    assert any(low is not None for *_, low, _ in found.values())
    assert found == {key: value for key, value in expected.items() if key in found}


def test_no_row_is_older_than_the_newest_periods(marts: Marts) -> None:
    talks(marts)
    marts.add(
        "fct_conversations",
        *(
            {"conversation_key": day, "started_at": f"{day} 10:00", "ended_at": f"{day} 10:00"}
            for day in ("2023-06-01", "2025-06-02")
        ),
    )
    rows = marts.build("platform_segment_metrics")
    weeks = {str(row["period_start"]) for row in rows if row["grain"] == "week"}
    months = {str(row["period_start"]) for row in rows if row["grain"] == "month"}
    assert min(weeks) > "2026"
    assert "2025-06-01" in months
    assert "2023-06-01" not in months


def test_every_headline_metric_of_the_report_is_counted_by_both():
    assert {name.removesuffix("_median") for name in (*HEADLINE, *BESIDE)} == set(METRICS)
