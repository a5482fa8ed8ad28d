"""The sheets of the workbook, from the published file. Bounded whatever the history: the newest weeks and months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chat_pipeline.reporting.figures import HEADLINE
from chat_pipeline.reporting.words import LEAST_FOR_PERCENT
from chat_pipeline.workbook.cohorts import cohorts
from chat_pipeline.workbook.crossed import segments_by_platform
from chat_pipeline.workbook.log import conversation_log
from chat_pipeline.workbook.sheets import KINDS, Cell, Chart, Column, Kind, Sheet

if TYPE_CHECKING:
    from chat_pipeline.reporting.parts import Scope

WEEKS, MONTHS, MOST_BARS, MOST_FUNNELS = 53, 13, 12, 4


def contents(scope: Scope) -> list[Sheet]:
    """In their order; a sheet without rows stays, for its columns say what would be there."""
    segments = [_segments(scope), segments_by_platform(scope)]
    sheets = [_weeks(scope), _metrics(scope), *segments, _funnels(scope), *cohorts(scope)]
    return [*sheets, *conversation_log(scope)]


def fetch(scope: Scope, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    return scope.con.execute(sql, list(parameters)).fetchall()


def _weeks(scope: Scope) -> Sheet:
    """A row per week, a column per headline metric."""
    names = " or ".join("definitions.metric like ?" for _ in HEADLINE)
    metrics = fetch(
        scope,
        f"""
        select distinct definitions.metric, definitions.title, definitions.value_unit
        from analytics.metric_definitions as definitions
        inner join analytics.metrics as metrics on metrics.metric = definitions.metric
        where metrics.grain = 'week' and metrics.dimension = 'all' and ({names}) order by definitions.metric
        """,
        HEADLINE,
    )
    metrics.sort(key=lambda row: _place(row[0]))
    found = fetch(
        scope,
        """
        select period_start, metric, case when denominator is null or denominator >= ? then value end
        from analytics.metrics
        where grain = 'week' and dimension = 'all' and is_complete and period_start >
            (select max(period_start) from analytics.metrics where grain = 'week' and dimension = 'all') - 7 * ?
        order by period_start, metric
        """,
        [LEAST_FOR_PERCENT, WEEKS],
    )
    values = {(week, metric): value for week, metric, value in found}
    weeks = sorted({week for week, _, _ in found})
    rows = [[week, *(values.get((week, metric)) for metric, _, _ in metrics)] for week in weeks]
    kinds: list[Kind] = [KINDS.get(unit, "count") for _, _, unit in metrics]
    columns = [Column(title, kind, 20) for (_, title, _), kind in zip(metrics, kinds, strict=True)]
    volume = [number for number, row in enumerate(metrics, 1) if row[0] == "conversation_volume"]
    shares = [number for number, kind in enumerate(kinds, 1) if kind == "share"]
    last = len(rows) - 1
    charts = [
        Chart("Conversations by week", "columns", 0, volume, 0, last, of_days=True),
        Chart("Headline shares by week", "line", 0, shares, 0, last, "share", of_days=True),
    ]
    return Sheet(
        "Weeks",
        f"One row per complete week of the whole shop, the last {WEEKS}, with the headline metrics. Empty: not all of the"
        f" week is judged yet, or it is a share of fewer than {LEAST_FOR_PERCENT}; Metrics has the counts.",
        [Column("Week from", "date", 12), *columns],
        rows,
        [chart for chart in charts if rows and chart.values],
    )


def _place(metric: str) -> tuple[int, str]:
    order = [name.rstrip("%") for name in HEADLINE]
    return next((at for at, name in enumerate(order) if metric.startswith(name)), len(order)), metric


def _metrics(scope: Scope) -> Sheet:
    """The long form: every metric by month, of the shop and of each platform."""
    found = fetch(
        scope,
        """
        select coalesce(definitions.title, metrics.metric), metrics.metric, metrics.period_start, metrics.dimension_value,
            metrics.numerator, metrics.denominator, metrics.value, metrics.interval_low, metrics.interval_high,
            metrics.pending, metrics.is_complete, definitions.value_unit
        from analytics.metrics as metrics
        left join analytics.metric_definitions as definitions on definitions.metric = metrics.metric
        where metrics.grain = 'month' and metrics.dimension in ('all', 'platform') and metrics.period_start >
            (select max(period_start) from analytics.metrics where grain = 'month') - 31 * ?
        order by metrics.metric, metrics.period_start desc, metrics.dimension, metrics.dimension_value
        """,
        [MONTHS],
    )
    rows = [
        [*row[:6], *(Cell(value, KINDS.get(row[-1], "count")) for value in row[6:9]), *row[9:11]]
        for row in found
    ]
    return Sheet(
        "Metrics",
        f"One row per metric, month (the last {MONTHS}) and platform; all: the whole shop. What each counts: docs/metrics.md.",
        (
            *(
                Column("Metric", width=34),
                Column("Name in the tables", width=34),
                Column("Month from", "date", 12),
            ),
            *(Column("Platform", width=18), Column("Numerator", "count"), Column("Denominator", "count")),
            *(Column("Value", "number"), Column("95 % from", "number"), Column("95 % to", "number")),
            *(Column("Still waiting", "count"), Column("Complete", width=10)),
        ),
        rows,
    )


def _segments(scope: Scope) -> Sheet:
    """Those of the conversation rate first, the furthest from the rest on top: the chart shows them."""
    found = fetch(
        scope,
        """
        select coalesce(definitions.title, found.metric), found.family, found.attribute, found.segment,
            found.attribute || ': ' || found.segment, found.numerator, found.denominator, found.value,
            found.interval_low, found.interval_high, found.rest_value, found.difference, found.q, found.is_significant,
            found.first_week, found.last_week, definitions.value_unit, found.metric,
            found.denominator >= ? and found.difference is not null as is_drawn
        from analytics.segment_metrics as found
        left join analytics.metric_definitions as definitions on definitions.metric = found.metric
        order by found.metric = 'conversation_rate' desc, found.metric, is_drawn desc, abs(found.difference) desc nulls last,
            found.family, found.attribute, found.segment
        """,
        [LEAST_FOR_PERCENT],
    )
    rows = []
    for row in found:
        kind = KINDS.get(row[16], "count")
        rows.append([*row[:7], *(Cell(value, kind) for value in row[7:12]), *row[12:16]])
    drawn = sum(row[17] == "conversation_rate" and bool(row[18]) for row in found[:MOST_BARS])
    chart = Chart("Conversation rate beside the rest", "bars", 4, (7, 10), 0, drawn - 1, "share")
    return Sheet(
        "Segments",
        "One row per headline metric and segment, against all other segments of the attribute, over the last four complete"
        " weeks. Significant: q, corrected for all these comparisons, is at most 0.05. An association, no cause.",
        (
            *(Column("Metric", width=26), Column("Family", width=18), Column("Attribute", width=18)),
            *(Column("Segment", width=22), Column("Label", width=30), Column("Numerator", "count")),
            *(Column("Denominator", "count"), Column("Value", "number"), Column("95 % from", "number")),
            *(Column("95 % to", "number"), Column("All others", "number"), Column("Difference", "number")),
            *(Column("q", "number", 10), Column("Significant", width=12), Column("Week from", "date", 12)),
            Column("Last week from", "date"),
        ),
        rows,
        [chart] if drawn else [],
    )


def _funnels(scope: Scope) -> Sheet:
    found = fetch(
        scope,
        """
        select funnel, period_start, step, step_name, entered, converted, "open", step_rate, total_rate,
            median_seconds, is_complete, dimension_value
        from analytics.funnel_steps
        where grain = 'month' and dimension in ('all', 'platform') and period_start >
            (select max(period_start) from analytics.funnel_steps where grain = 'month') - 31 * ?
        order by funnel, period_start desc, dimension, dimension_value, step
        """,
        [MONTHS],
    )
    return Sheet(
        "Funnels",
        f"One row per funnel, month in which the entry began (the last {MONTHS}), platform and step; all: the whole shop."
        " Rates are those of entries whose time is over; younger ones are open.",
        (
            *(Column("Funnel", width=22), Column("Month from", "date", 12), Column("Step", "count", 8)),
            *(Column("Name", width=24), Column("Entered", "count"), Column("Went on", "count")),
            *(Column("Open", "count"), Column("Of the step", "share"), Column("Of all", "share")),
            *(Column("Median time to it", "seconds", 18), Column("Complete", width=10)),
            Column("Platform", width=18),
        ),
        [list(row) for row in found],
        _newest_funnels(found),
    )


def _newest_funnels(found: list[tuple[Any, ...]]) -> list[Chart]:
    """Each funnel's newest complete month, else its newest."""
    charts = []
    for funnel in sorted({row[0] for row in found})[:MOST_FUNNELS]:
        own = [(at, row) for at, row in enumerate(found) if row[0] == funnel and row[11] == "all"]
        if not own:
            continue
        month = max((row[10], row[1]) for _, row in own if row[2] == 1)[1]
        places = [at for at, row in own if row[1] == month]
        title = f"{funnel}: entries by step, {month:%B %Y}"
        charts.append(Chart(title, "columns", 3, (4,), places[0], places[-1]))
    return charts
