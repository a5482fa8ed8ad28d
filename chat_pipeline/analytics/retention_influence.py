"""Do customers who chatted before their first purchase buy again more often? Matched, and as counted.

An association in both cases: what is not known of customers can't be matched. Chats after the first purchase:
`retention_landmark`; visitors who never buy: `retention_visitors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._comparison import difference_interval
from chat_pipeline.analytics._matching import pairs_interval

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

FEWEST_PAIRS = 100
LARGEST_DIFFERENCE = 0.1
LABEL = "association"


def retention_influence(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.retention_influence`; no row where nobody has bought."""
    import pandas as pd

    counts = con.sql(
        """
        select
            count(*) as buyers, count(*) filter (where state = 'pending') as pending,
            count(*) filter (where state not in ('pending', 'compared')) as excluded,
            count(*) filter (where state = 'compared' and group_name = 'chat') as chats,
            count(*) filter (where state = 'compared' and group_name = 'no_chat') as others,
            count(*) filter (where state = 'compared' and group_name = 'chat' and has_returned) as chats_back,
            count(*) filter (where state = 'compared' and group_name = 'no_chat' and has_returned) as others_back
        from analytics.retention_influence_customers
        """
    ).fetchall()[0]
    buyers, pending, excluded, *groups = counts
    rows = [_raw(*groups), _matched(con, groups[0])] if buyers else []
    shared = {"pending": pending, "excluded": excluded, "label": LABEL}
    con.register(
        "retention_influence_found",
        pd.DataFrame([{**row, **shared} for row in rows], columns=[c.name for c in TABLE.columns]),
    )
    return "select * from retention_influence_found"


def _raw(chats: int, others: int, chats_back: int, others_back: int) -> dict[str, Any]:
    low, high = difference_interval(chats_back, chats, others_back, others)
    return {
        **_rates("raw", chats, chats_back, others, others_back),
        "interval_low": low,
        "interval_high": high,
        "is_withheld": False,
    }


def _matched(con: duckdb.DuckDBPyConnection, chats: int) -> dict[str, Any]:
    # Pairs by what became of both: no more is needed, for draws are drawn from four kinds.
    kinds = con.sql(
        """
        select chat_back, other_back, count(*) as pairs
        from (
            select
                max(case when group_name = 'chat' then cast(has_returned as integer) end) as chat_back,
                max(case when group_name = 'no_chat' then cast(has_returned as integer) end) as other_back
            from analytics.retention_influence_customers
            where pair_number is not null
            group by pair_number
        ) as pairs
        group by chat_back, other_back
        order by chat_back, other_back
        """
    ).fetchall()
    n = sum(pairs for _, _, pairs in kinds)
    worst = con.sql(
        "select feature, abs(difference_after) from analytics.retention_influence_balance"
        " where difference_after is not null order by abs(difference_after) desc, feature limit 1"
    ).fetchall()
    reason = _reason(n, worst[0] if worst else None)
    row = {
        "comparison": "matched",
        "chat_customers": n,
        "no_chat_customers": n,
        "unmatched_share": 1 - n / chats if chats else None,
        "largest_difference": worst[0][1] if worst else None,
        "is_withheld": reason is not None,
        "withheld_reason": reason,
    }
    if reason is not None:
        return row
    chat_back = sum(back * pairs for back, _, pairs in kinds)
    other_back = sum(back * pairs for _, back, pairs in kinds)
    low, high = pairs_interval([(chat - other, pairs) for chat, other, pairs in kinds])
    return {
        **row,
        **_rates("matched", n, chat_back, n, other_back),
        "interval_low": low,
        "interval_high": high,
    }


def _reason(pairs: int, worst: tuple[str, float] | None) -> str | None:
    if pairs < FEWEST_PAIRS:
        return f"{pairs} pairs, fewer than {FEWEST_PAIRS}"
    if worst and worst[1] > LARGEST_DIFFERENCE:
        return f"groups differ by {worst[1]:.2f} SD in {worst[0]}, more than {LARGEST_DIFFERENCE}"
    return None


def _rates(comparison: str, chats: int, chats_back: int, others: int, others_back: int) -> dict[str, Any]:
    chat = chats_back / chats if chats else None
    other = others_back / others if others else None
    return {
        "comparison": comparison,
        "chat_customers": chats,
        "chat_returned": chats_back,
        "chat_rate": chat,
        "no_chat_customers": others,
        "no_chat_returned": others_back,
        "no_chat_rate": other,
        "difference": chat - other if chat is not None and other is not None else None,
    }


TABLE = AnalyticsTable(
    name="retention_influence",
    description=(
        "One row per comparison (raw, matched) of customers with an engaged chat in the 30 days before their first"
        " purchase (chat) and customers without any chat before it (no_chat): who bought again on a later day within 90"
        " days. Matched: pairs of the same month and alike in what was known before those 30 days"
        " (retention_influence_customers), withheld below 100 pairs or where a feature differs by more than 0.1 standard"
        " deviations (retention_influence_balance). An association: what is not in the data is not matched, and who"
        " chats may want to stay anyway."
    ),
    columns=(
        Column("comparison", "varchar", "raw (all customers compared) or matched (pairs)."),
        Column("chat_customers", "bigint", "Customers with a chat; matched: pairs."),
        Column("chat_returned", "bigint", "Of these, with a second purchase in 90 days; null if withheld."),
        Column("chat_rate", "double", "chat_returned / chat_customers."),
        Column("no_chat_customers", "bigint", "Customers without a chat; matched: pairs."),
        Column(
            "no_chat_returned", "bigint", "Of these, with a second purchase in 90 days; null if withheld."
        ),
        Column("no_chat_rate", "double", "no_chat_returned / no_chat_customers."),
        Column("difference", "double", "chat_rate - no_chat_rate, as a share (0.05: 5 points)."),
        Column(
            "interval_low",
            "double",
            "Lower bound of the 95 % interval of difference: bootstrap over pairs, raw by Newcombe.",
        ),
        Column("interval_high", "double", "Upper bound of the 95 % interval of difference."),
        Column(
            "unmatched_share",
            "double",
            "Customers with a chat for whom no partner was near enough / all with one.",
        ),
        Column(
            "largest_difference",
            "double",
            "Largest standardised difference of a feature between the pairs, in standard deviations.",
        ),
        Column("is_withheld", "boolean", "The matched result is not shown."),
        Column("withheld_reason", "varchar", "Why not."),
        Column(
            "pending",
            "bigint",
            "Customers whose 90 days have not passed at the cut-offs of chats and orders.",
        ),
        Column(
            "excluded",
            "bigint",
            "Buyers left out: bought before the chat was 30 days old, or before the data; chats older than 30 days or"
            " without engagement alone.",
        ),
        Column("label", "varchar", "association: not the consequence of the chat."),
    ),
    key=("comparison",),
    build=retention_influence,
    needs=("retention_influence_balance", "retention_influence_customers"),
)
