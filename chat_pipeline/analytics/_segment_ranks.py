"""Where a customer stands among all of the same day: TEMP tables that the steps of segments read.

Everybody of a day ranks, whoever is asked. In SQL each day would be sorted anew, a row per day and customer; here values
are numbered once and a day is counted through. What the ranks mean is said in `_segment_steps.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat_pipeline.analytics._purchases import purchases_steps
from chat_pipeline.analytics._sql import columns_of, is_apart, trailing_steps

if TYPE_CHECKING:
    import duckdb
    import numpy as np

    from chat_pipeline.settings import Settings

CHAT_DAYS = 90
PURCHASE_DAYS = 365


@dataclass(frozen=True)
class Stretches:
    """Stretches of days in which a customer's trailing sums are the same, and those asked for.

    `since`, `until` (exclusive): days since 1970 of each stretch in which its customer ranks.
    `asked`, `day`: stretch and day of each row asked for, in order of the days.
    """

    since: np.ndarray
    until: np.ndarray
    asked: np.ndarray
    day: np.ndarray

    def days(self) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """For each day: its rows of `asked`, the stretches that hold it, and the places of the asked among these."""
        import numpy as np

        place = np.zeros(len(self.since), dtype=np.int64)
        days, first, counts = np.unique(self.day, return_index=True, return_counts=True)
        for day, begin, count in zip(days, first, counts, strict=True):
            present = np.flatnonzero((self.since <= day) & (day < self.until))
            place[present] = np.arange(len(present))
            rows = slice(begin, begin + count)
            yield rows, present, place[self.asked[rows]]


def twice_ranks(numbers: np.ndarray) -> np.ndarray:
    """2 x mid-rank of each (from 1/2 up), an integer: equal numbers share it, thresholds compare exactly.

    Of small whole numbers from 0. The mid-rank percentile is this / (2 n).
    """
    import numpy as np

    counts = np.bincount(numbers)
    return (2 * np.cumsum(counts) - counts)[numbers]


def create_ranks(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """From TEMP `segment_asked`(customer_key, day) make `segment_activity` and `segment_year`: of the asked who have
    chats of 90 days, purchases of 365, their sums, ranks (twice the mid-rank) and how many customers rank."""
    import numpy as np

    chats = _stretches(con, "activity", _chat_spans(settings), ("conversations", "milliseconds"))
    ranks = np.zeros((1, len(chats.day)), dtype=np.int64)
    customers = np.zeros(len(chats.day), dtype=np.int64)
    conversations, milliseconds = _numbered(con, "activity", ("conversations", "milliseconds"))
    for rows, present, places in chats.days():
        both = twice_ranks(conversations[present]) + twice_ranks(milliseconds[present])
        ranks[0, rows] = twice_ranks(both)[places]
        customers[rows] = len(present)
    _keep(con, "activity", {"twice_rank": ranks[0], "customers": customers})

    years = _stretches(con, "year", _year_spans(settings), ("purchases", "cents"))
    ranks = np.zeros((2, len(years.day)), dtype=np.int64)
    customers = np.zeros(len(years.day), dtype=np.int64)
    numbered = _numbered(con, "year", ("last_date", "cents"))
    for rows, present, places in years.days():
        for rank, numbers in zip(ranks, numbered, strict=True):
            rank[rows] = twice_ranks(numbers[present])[places]
        customers[rows] = len(present)
    _keep(con, "year", {"twice_recency": ranks[0], "twice_monetary": ranks[1], "customers": customers})


def _chat_spans(settings: Settings) -> str:
    """Steps ending in `spans`: engaged chats of 90 days."""
    return f"""
    chat_days as (
        select
            customer_key, started_date, count(*) as conversations,
            -- Whole milliseconds: a sum of fractions depends on its order and tells equals apart.
            sum(cast(round(1000 * coalesce(duration_seconds, 0)) as bigint)) as milliseconds
        from ({own_chats(settings)}) as chats
        where is_chat_engaged
        group by customer_key, started_date
    ),
    {trailing_steps("spans", "chat_days", "started_date", CHAT_DAYS, ("conversations", "milliseconds"))}"""


def _year_spans(settings: Settings) -> str:
    """Steps ending in `spans`: purchases of 365 days."""
    return f"""
    {purchases_steps(settings)},
    counted_purchases as (select *, 1 as purchases from purchases),
    {trailing_steps("spans", "counted_purchases", "purchase_date", PURCHASE_DAYS, ("purchases", "cents"))}"""


def own_chats(settings: Settings) -> str:
    """SELECT of the conversations that say something of their customer."""
    return f"""
        select *
        from marts.fct_conversations
        -- Whose chat it was is disputed where identities conflict.
        where customer_key is not null and not coalesce(has_identity_conflict, false)
            and not {is_apart(settings)}"""


def _stretches(con: duckdb.DuckDBPyConnection, name: str, steps: str, sums: tuple[str, str]) -> Stretches:
    """Make `segment_<name>_spans`, numbered, and `segment_<name>`, the asked who are in one; the first of the sums
    counts, and where it is 0 nobody ranks."""
    con.execute(f"""
        create or replace temp table segment_{name}_spans as
        with {steps}
        select row_number() over () - 1 as span, * from spans where {sums[0]} > 0
    """)
    con.execute(f"""
        create or replace temp table segment_{name} as
        select row_number() over (order by a.day) - 1 as place, a.*, s.span, {", ".join(f"s.{column}" for column in sums)}
        from segment_asked as a
        asof join segment_{name}_spans as s on s.customer_key = a.customer_key and a.day >= s.since
        where a.day < s.until
    """)
    days = "cast({0} - date '1970-01-01' as integer)"
    spans = columns_of(
        con,
        f"select {days.format('since')} as since, {days.format('until')} as until from segment_{name}_spans order by span",
    )
    asked = columns_of(con, f"select span, {days.format('day')} as day from segment_{name} order by place")
    return Stretches(spans["since"], spans["until"], asked["span"], asked["day"])


def _numbered(con: duckdb.DuckDBPyConnection, name: str, columns: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """Each column of the spans as numbers from 0 in the order of its values."""
    import numpy as np

    found = columns_of(con, f"select {', '.join(columns)} from segment_{name}_spans order by span")
    return tuple(np.unique(found[column], return_inverse=True)[1] for column in columns)


def _keep(con: duckdb.DuckDBPyConnection, name: str, ranks: dict[str, np.ndarray]) -> None:
    """Add the ranks, in the order of `place`, to `segment_<name>`."""
    import pandas as pd

    con.register("segment_ranked", pd.DataFrame(ranks).rename_axis("place").reset_index())
    con.execute(f"""
        create or replace temp table segment_{name} as
        select s.*, r.* exclude (place) from segment_{name} as s inner join segment_ranked as r on r.place = s.place
    """)
    con.unregister("segment_ranked")
    con.execute(f"drop table segment_{name}_spans")
