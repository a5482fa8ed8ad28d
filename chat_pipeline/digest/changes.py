"""The headline metrics of the newest complete period beside the one that the digest before told of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chat_pipeline.reporting.figures import HEADLINE
from chat_pipeline.reporting.words import LEAST_FOR_PERCENT, day, percent

if TYPE_CHECKING:
    import duckdb

# A day beside the same weekday a week before; a week beside the one before, or before that.
BACK = {"nightly": ("day", 7), "weekly": ("week", 7), "two-weekly": ("week", 14)}
MINUTE, HOUR = 60, 3600


def changes(con: duckdb.DuckDBPyConnection, every: str) -> list[str]:
    """A line per headline metric that has a complete period. No verdict: findings are tested, these are told."""
    grain, back = BACK[every]
    names = " or ".join("metrics.metric like ?" for _ in HEADLINE)
    found = con.execute(
        f"""
        with chosen as (
            select metric, period_start, numerator, denominator, value from analytics.metrics as metrics
            where grain = ? and dimension = 'all' and is_complete and value is not null and ({names})
        ),
        newest as (select metric, max(period_start) as period_start from chosen group by metric)
        select definitions.title, definitions.value_unit, definitions.metric, now.period_start, now.numerator,
            now.denominator, now.value, before.numerator, before.denominator, before.value
        from newest
        inner join chosen as now on now.metric = newest.metric and now.period_start = newest.period_start
        left join chosen as before on before.metric = now.metric and before.period_start = now.period_start - {back}
        inner join analytics.metric_definitions as definitions on definitions.metric = now.metric
        order by definitions.metric
        """,
        [grain, *HEADLINE],
    ).fetchall()
    order = [name.rstrip("%") for name in HEADLINE]
    found.sort(key=lambda row: next(at for at, name in enumerate(order) if row[2].startswith(name)))
    return [_line(row, grain, back) for row in found]


def _line(row: tuple[Any, ...], grain: str, back: int) -> str:
    title, unit, _, when, *cells = row
    now, before = _said(unit, *cells[:3]), _said(unit, *cells[3:]) if cells[5] is not None else ""
    beside = f"; {_span(when - timedelta(days=back), grain)}: {before}" if before else ""
    return f"{title}, {_span(when, grain)}: {now}{beside}"


def _span(when: date, grain: str) -> str:
    return day(when) if grain == "day" else f"week of {day(when)}"


def _said(unit: str, numerator: int, denominator: int | None, value: float) -> str:
    """67 % (44 of 66), 5 of 12, 4 min 20 s, 1,234."""
    if unit == "share 0 to 1" and denominator is not None:
        of = f"{numerator:,} of {denominator:,}"
        return of if denominator < LEAST_FOR_PERCENT else f"{percent(value)} ({of})"
    return _seconds(round(value)) if unit == "seconds" else f"{value:,.0f}"


def _seconds(seconds: int) -> str:
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min {seconds % MINUTE} s"
    return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"
