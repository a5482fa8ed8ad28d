"""Who comes back, and whether those who chat do more often."""

from __future__ import annotations

from typing import Any

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.parts import Chart, Column, Scope, Section, Table
from chat_pipeline.reporting.published import Row, rows
from chat_pipeline.reporting.words import LEAST_FOR_PERCENT, counted, percent

MOST_COHORTS, MOST_MONTHS = 13, 12
KINDS = {
    "return_to_chat": (
        "Back in the chat",
        "Persons whose first engaged chat fell in the month, by how many chatted again in a later one. Only persons with a lasting id; months that have not passed are left out.",
    ),
    "repeat_purchase": (
        "Bought again",
        "Customers whose first order fell in the month, by how many ordered again in a later one.",
    ),
}
COLUMNS = (
    *(
        Column("cohort", "First month"),
        Column("size", "Persons", "count"),
        Column("index", "Months after", "count"),
    ),
    *(Column("active", "Came back", "count"), Column("said", "Share"), Column("between", "95 % interval")),
)


def section(scope: Scope) -> Section:
    blocks: list[Chart | Table] = []
    for kind, (title, definition) in KINDS.items():
        found = _cohorts(scope, kind)
        if found:
            blocks.append(
                Chart(
                    f"cohorts-{kind}",
                    f"{title}, by month of the first",
                    definition,
                    charts.cohorts(),
                    COLUMNS,
                    rows=found,
                )
            )
    influence = _influence(scope)
    if not blocks and not influence:
        return Section(
            "retention",
            "Who comes back",
            "",
            missing="Chats of persons with a lasting id (login, e-mail, platform user) over two months fill this, and orders of a shop, CRM or GA4 who buys again.",
        )
    return Section(
        id="retention",
        title="Who comes back",
        lead="Read a row from left to right: of those who began in that month, how many were back so many months later.",
        follows="Not filtered.",
        blocks=tuple(blocks),
        template="retention",
        extra={"influence": influence},
    )


def _cohorts(scope: Scope, kind: str) -> list[Row]:
    found = rows(
        scope.con,
        """
        select cohort_start, strftime(cohort_start, '%b %Y') as cohort, cohort_size as size, period_index as index,
            active, rate as value, interval_low as low, interval_high as high, is_flagged
        from analytics.retention_cohorts
        where kind = ? and grain = 'month' and period_index between 1 and ? and rate is not null and cohort_size > 0
            and cohort_start > (select max(cohort_start) from analytics.retention_cohorts where grain = 'month') - 31 * ?
        order by cohort_start, period_index
        """,
        [kind, MOST_MONTHS, MOST_COHORTS],
    )
    least, most = (choose((row["value"] for row in found), default=0) for choose in (min, max))
    for place, row in enumerate(found):
        enough = row["size"] >= LEAST_FOR_PERCENT
        row["said"] = (
            f"{percent(row['value'])} ({row['active']:,} of {row['size']:,})"
            if enough
            else f"{row['active']} of {row['size']}"
        )
        row["short"] = f"{100 * row['value']:.0f}"
        row["drawn"] = enough
        row["between"] = f"{percent(row['low'])} to {percent(row['high'])}" if enough else "too few for one"
        row["light"] = most > least and (row["value"] - least) / (most - least) > 4 / 7
        row["place"] = place
    return found


def _influence(scope: Scope) -> list[dict[str, Any]]:
    """A sentence per comparison of customers with and without a chat."""
    told = []
    for row in rows(scope.con, "select * from analytics.retention_influence order by comparison"):
        name = "Alike pairs" if row["comparison"] == "matched" else "All customers"
        told.append({"name": name, "text": _said(row)})
    return told


def _said(row: Row) -> str:
    waiting = f" {counted(row['pending'], 'buyer')} still wait for their 90 days." if row["pending"] else ""
    if row["is_withheld"]:
        return f"Not shown: {row['withheld_reason']}.{waiting}"
    if not row["chat_customers"] or not row["no_chat_customers"]:
        return f"Nobody to compare yet.{waiting}"
    if min(row["chat_customers"], row["no_chat_customers"]) < LEAST_FOR_PERCENT:
        return (
            f"{row['chat_returned']} of {row['chat_customers']} with a chat before their first purchase bought again within 90 days,"
            f" {row['no_chat_returned']} of {row['no_chat_customers']} without.{waiting}"
        )
    return (
        f"{percent(row['chat_rate'])} of {row['chat_customers']:,} with a chat before their first purchase bought again within 90 days,"
        f" {percent(row['no_chat_rate'])} of {row['no_chat_customers']:,} without: a difference of {100 * row['difference']:+.1f} points"
        f" (with 95 % certainty {100 * row['interval_low']:+.1f} to {100 * row['interval_high']:+.1f}).{waiting}"
    )
