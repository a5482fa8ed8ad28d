"""Who comes back: a sheet per kind, a row per month of the first chat or order, a column per month after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.reporting.words import LEAST_FOR_PERCENT
from chat_pipeline.workbook.sheets import Chart, Column, Sheet

if TYPE_CHECKING:
    from chat_pipeline.reporting.parts import Scope

COHORTS, MONTHS_AFTER, MOST_LINES = 25, 12, 6
KINDS = {
    "return_to_chat": ("Cohorts chat", "persons whose first engaged chat fell in the month", "chatted again"),
    "repeat_purchase": ("Cohorts orders", "customers whose first order fell in the month", "ordered again"),
}


def cohorts(scope: Scope) -> list[Sheet]:
    return [_sheet(scope, kind) for kind in KINDS]


def _sheet(scope: Scope, kind: str) -> Sheet:
    name, who, did = KINDS[kind]
    found = scope.con.execute(
        """
        select cohort_start, cohort_size, period_index, active, rate from analytics.retention_cohorts
        where kind = ? and grain = 'month' and period_index between 1 and ? and rate is not null and cohort_size > 0
            and cohort_start > (select max(cohort_start) from analytics.retention_cohorts where grain = 'month') - 31 * ?
        order by cohort_start, period_index
        """,
        [kind, MONTHS_AFTER, COHORTS],
    ).fetchall()
    table: dict[Any, list[Any]] = {}
    for start, size, after, active, rate in found:
        row = table.setdefault(start, [start, size, *([None] * MONTHS_AFTER)])
        row[1] = max(row[1], size)
        row[1 + after] = rate if size >= LEAST_FOR_PERCENT else f"{active} of {size}"
    rows = list(table.values())
    columns = [Column(f"Month {after}", "share", 10) for after in range(1, MONTHS_AFTER + 1)]
    return Sheet(
        name,
        f"One row per month: {who}, and how many of them {did} so many months later. Under {LEAST_FOR_PERCENT} as counts.",
        [Column("First month", "date"), Column("Persons", "count"), *columns],
        rows,
        _lines(name, rows),
        range(2, 2 + MONTHS_AFTER),
    )


def _lines(name: str, rows: list[list[Any]]) -> list[Chart]:
    """The oldest run of cohorts large enough, each a line."""
    large = [at for at, row in enumerate(rows) if isinstance(row[2], float)]
    if not large:
        return []
    first = last = large[0]
    for at in large[1:MOST_LINES]:
        last = at if at == last + 1 else last
    values = range(2, 2 + MONTHS_AFTER)
    return [
        Chart(f"{name}: share back, by months after", "line", 0, values, first, last, "share", by_row=True)
    ]
