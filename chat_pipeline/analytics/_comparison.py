"""Two groups of persons side by side: the rate of each and what they differ by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics._sql import wilson

if TYPE_CHECKING:
    import duckdb

GROUPS = ("chat", "no_chat")


def difference_interval(k1: int, n1: int, k2: int, n2: int) -> tuple[float | None, float | None]:
    """95 % interval of k1 / n1 - k2 / n2 of independent groups (Newcombe 1998, method 10); None without both."""
    if not n1 or not n2:
        return None, None
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
    return float(low), float(high)


def side_by_side(con: duckdb.DuckDBPyConnection, name: str, counts: str, per: int = 1) -> str:
    """SELECT with rates and intervals, times `per`, of `counts`: group_name, numerator, denominator and others.

    The difference stands in the row of those with a chat. Registers a view that begins with `name`.
    """
    import pandas as pd

    found = con.sql(
        f"select group_name, numerator, denominator from ({counts}) as c order by group_name"
    ).fetchall()
    by_group = {group: (int(k), int(n)) for group, k, n in found}
    low = high = None
    if set(by_group) == set(GROUPS):
        low, high = difference_interval(*by_group["chat"], *by_group["no_chat"])
    con.register(f"{name}_bounds", pd.DataFrame({"low": [low], "high": [high]}, dtype=float))
    return f"""
    with counts as ({counts}),
    rated as (select *, cast(numerator as double) / nullif(denominator, 0) as ratio from counts)
    select
        rated.*, {per} * ratio as rate, {per} * {wilson("ratio", "denominator", "low")} as interval_low,
        {per} * {wilson("ratio", "denominator", "high")} as interval_high,
        case when group_name = 'chat' then {per} * (ratio - other.other_ratio) end as difference,
        case when group_name = 'chat' then {per} * bounds.low end as difference_low,
        case when group_name = 'chat' then {per} * bounds.high end as difference_high,
        'association' as label
    from rated
    cross join (select max(case when group_name = 'no_chat' then ratio end) as other_ratio from rated) as other
    cross join {name}_bounds as bounds
    """


def rate_columns(unit: str) -> tuple[Column, ...]:
    """The columns that `side_by_side` adds; `unit` of the rate."""
    return (
        Column("rate", "double", f"numerator / denominator, {unit}."),
        Column("interval_low", "double", "Lower bound of the 95 % Wilson interval of rate."),
        Column("interval_high", "double", "Upper bound of the 95 % Wilson interval of rate."),
        Column("difference", "double", "Rate of chat less that of no_chat; only in the row of chat."),
        Column("difference_low", "double", "Lower bound of its 95 % interval (Newcombe)."),
        Column("difference_high", "double", "Upper bound of its 95 % interval."),
        Column("label", "varchar", "association: not the consequence of the chat."),
    )
