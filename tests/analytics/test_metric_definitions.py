"""What readers are told of each metric."""

from __future__ import annotations

from handmade_marts import Marts

from chat_pipeline.analytics.metric_definitions import definitions


def test_every_metric_is_told_once_with_its_parts(marts: Marts) -> None:
    marts.con.execute("create schema if not exists analytics")
    names = ["csat", "csat:1-5", "csat_mean", "goal_completion_rate:a_p90", "average_resolution_time_p90"]
    told = definitions()
    names += [row["metric"] for row in told if row["metric"] and "<" not in row["metric"]]
    marts.con.execute("create table analytics.metrics as select unnest(?) as metric", [names])
    from chat_pipeline.analytics.metric_definitions import metric_definitions

    cursor = marts.con.execute(metric_definitions(marts.con, marts.settings))
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    assert sorted(row["metric"] for row in rows) == sorted(set(names))
    titles = {row["metric"]: row["title"] for row in rows}
    assert titles["csat:1-5"] == "CSAT: 1-5"
    assert titles["goal_completion_rate:a_p90"] == "Goal completion: a_p90"
    assert titles["average_resolution_time_p90"] == "Resolution time, 90th percentile"
    assert all(row["numerator"] and row["value_unit"] and row["waits_for"] for row in rows)
    # A share is of something.
    assert [r["metric"] for r in rows if r["value_unit"].startswith("share") and not r["denominator"]] == []
