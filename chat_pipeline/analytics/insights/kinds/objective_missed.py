"""Objectives of the settings that were missed, or that the trend does not lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics.insights._kinds import Finding, PlainKind, Told
from chat_pipeline.analytics.insights._words import day, name_of, percent, share_of
from chat_pipeline.analytics.objectives import months

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def findings(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Finding]:
    rows = con.execute(
        "select objective, metric, segment, target_value, by_date, current_month, current_value, projected_value, status"
        " from analytics.objectives where status in ('missed', 'off_track') order by objective asc nulls last"
    ).fetchall()
    found = []
    for name, *row in rows:
        by_month = {month.start: month for month in months(con, settings.objectives[name])}
        month = by_month[row[4]]
        found.append(_finding(name, *row, sums=(month.numerator or 0, month.denominator or 0)))
    return found


def _finding(
    name, metric, segment, target, by, month, current, projected, status, sums: tuple[int, int]
) -> Finding:
    where = "" if segment == "all" else f" of {segment}"
    # Of a count, a mean or a percentile there is no share to put into words.
    is_share = sums[1] > 0 and 0 <= current <= 1 and abs(sums[0] / sums[1] - current) < 1e-9
    stood = share_of(*sums, "counted") if is_share else f"{current:,.4g}"
    said = percent if is_share else "{:,.4g}".format
    trend = (
        f" The trend leads to {said(projected)}." if status == "off_track" and projected is not None else ""
    )
    gap = abs(target - current) * sums[1] if is_share else None
    told = Told(
        title=f"Objective {name} {'was missed' if status == 'missed' else 'is off track'}: {name_of(metric)}{where}",
        text=f"In the month from {day(month)} it stood at {stood}; {said(target)} is the target by {day(by)}.{trend}",
        advice="See which of the other findings is about this metric, and start there; or set a target that can be reached.",
        evidence=f"analytics.objectives where objective = '{name}'",
        worth_conversations=gap,
        worth_at_least=gap,
    )
    return Finding(
        kind="objective_missed",
        severity="warning",
        told=told,
        metric=metric,
        dimension="objective",
        value=name,
        n=sums[1] or None,
        estimate=current,
        baseline=target,
    )


KIND = PlainKind(name="objective_missed", findings=findings)
