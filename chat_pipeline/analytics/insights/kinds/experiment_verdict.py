"""Experiments that are over and whose primary metric has a verdict. They keep their own correction (Holm)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics.insights._kinds import Finding, PlainKind, Told
from chat_pipeline.analytics.insights._words import better, name_of, share_of
from chat_pipeline.statistics import Comparison

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

VERDICTS = ("higher", "lower", "no_difference_shown")
COLUMNS = (
    *("experiment", "metric", "arm", "baseline_arm", "verdict", "units", "value", "baseline_value", "difference"),
    *("interval_low", "interval_high", "p", "p_adjusted", "smallest_detectable_difference", "test"),
    *("numerator", "denominator", "baseline_numerator", "baseline_denominator"),
)  # fmt: skip


def findings(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Finding]:
    rows = con.execute(
        f"select {', '.join(COLUMNS)} from analytics.experiment_results where is_primary and verdict in {VERDICTS}"
        " order by experiment asc nulls last, metric asc nulls last, arm asc nulls last"
    ).fetchall()
    return [_finding(dict(zip(COLUMNS, row, strict=True))) for row in rows]


def _finding(row: dict[str, Any]) -> Finding:
    name, arms = name_of(row["metric"]), f"'{row['arm']}' and '{row['baseline_arm']}'"
    shown = row["verdict"] != "no_difference_shown"
    way = better(row["metric"])
    title = f"Experiment {row['experiment']}: {name} is {row['verdict']} with '{row['arm']}' than with '{row['baseline_arm']}'"
    if not shown:
        title = f"Experiment {row['experiment']} is over: no difference shown in {name} between {arms}"
    advice = f"{'Keep' if row['verdict'] == way else 'Drop'} '{row['arm']}'; then plan the next experiment."
    if way is None:
        advice = f"Judge whether that is better, then keep or drop '{row['arm']}'."
    if not shown:
        advice = "Choose by other reasons, or repeat it longer: a small difference would have been missed."
    return Finding(
        kind="experiment_verdict",
        severity="notice",
        told=Told(
            title=title,
            text=f"{_values(row)} {_missed(row['smallest_detectable_difference'])}".strip(),
            advice=advice,
            evidence=f"analytics.experiment_results where experiment = '{row['experiment']}'",
        ),
        metric=row["metric"],
        dimension=f"experiment {row['experiment']}",
        value=row["arm"],
        n=row["units"],
        estimate=row["value"],
        baseline=row["baseline_value"],
        comparison=Comparison(row["difference"], row["interval_low"], row["interval_high"]),
        p=row["p"],
        q=row["p_adjusted"],
    )


def _values(row: dict[str, Any]) -> str:
    if row["test"] == "welch":
        return f"Mean {row['value']:.4g} with '{row['arm']}', {row['baseline_value']:.4g} with '{row['baseline_arm']}'."
    sides = (("", "arm"), ("baseline_", "baseline_arm"))
    said = [
        share_of(row[f"{side}numerator"], row[f"{side}denominator"], f"with '{row[arm]}'")
        for side, arm in sides
    ]
    return f"{', '.join(said)}."


def _missed(smallest: float | None) -> str:
    return (
        "" if smallest is None else f"A true difference under {smallest:.3g} would likely have been missed."
    )


KIND = PlainKind(name="experiment_verdict", findings=findings)
