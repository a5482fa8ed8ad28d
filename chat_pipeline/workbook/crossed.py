"""Segments by platform: the headline metrics of the newest months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.workbook.sheets import KINDS, Cell, Column, Sheet

if TYPE_CHECKING:
    from chat_pipeline.reporting.parts import Scope

MONTHS, MOST_ROWS = 2, 20_000


def segments_by_platform(scope: Scope) -> Sheet:
    found = scope.con.execute(
        """
        select coalesce(definitions.title, found.metric), found.period_start, found.platform, found.family,
            found.attribute, found.segment, found.numerator, found.denominator, found.value, found.interval_low,
            found.interval_high, found.pending, found.is_complete, definitions.value_unit
        from analytics.platform_segment_metrics as found
        left join analytics.metric_definitions as definitions on definitions.metric = found.metric
        where found.grain = 'month' and (found.value is not null or found.pending > 0) and found.period_start >=
            (select max(period_start) from analytics.platform_segment_metrics) - to_months(?)
        order by found.period_start desc, found.metric, found.family, found.attribute, found.segment, found.platform
        limit ?
        """,
        [MONTHS - 1, MOST_ROWS],
    ).fetchall()
    rows = [
        [*row[:8], *(Cell(value, KINDS.get(row[-1], "count")) for value in row[8:11]), *row[11:13]]
        for row in found
    ]
    return Sheet(
        "Segments by platform",
        f"One row per headline metric, month (the last {MONTHS}), platform and segment; at most {MOST_ROWS:,}. Look at the"
        " denominator: most rows hold few.",
        (
            *(Column("Metric", width=34), Column("Month from", "date", 12), Column("Platform", width=18)),
            *(Column("Family", width=18), Column("Attribute", width=18), Column("Segment", width=22)),
            *(Column("Numerator", "count"), Column("Denominator", "count"), Column("Value", "number")),
            *(Column("95 % from", "number"), Column("95 % to", "number"), Column("Still waiting", "count")),
            Column("Complete", width=10),
        ),
        rows,
    )
