"""Were the two groups of `retention_influence` alike before the chat? The difference of each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._matching import design, standardised_differences
from chat_pipeline.analytics.retention_influence_customers import NAMES, NUMBERS

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def influence_balance(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.retention_influence_balance`."""
    import numpy as np
    import pandas as pd

    frame = con.sql(
        "select * from analytics.retention_influence_customers where state = 'compared' order by customer_key"
    ).df()
    exposed = (frame["group_name"] == "chat").to_numpy(dtype=bool)
    paired = frame["pair_number"].notna().to_numpy(dtype=bool)
    found = pd.DataFrame(
        columns=["feature", "chat_mean", "no_chat_mean", "difference_before", "difference_after"]
    )
    if exposed.any() and not exposed.all():
        features = design(frame, NUMBERS, NAMES)
        values = features.to_numpy()
        everyone = np.ones(len(frame), dtype=bool)
        after = standardised_differences(values, exposed, paired) if paired.any() else None
        found = pd.DataFrame(
            {
                "feature": features.columns,
                "chat_mean": values[exposed].mean(axis=0),
                "no_chat_mean": values[~exposed].mean(axis=0),
                "difference_before": standardised_differences(values, exposed, everyone),
                "difference_after": np.full(len(features.columns), np.nan) if after is None else after,
            }
        )
    con.register("retention_influence_balance_found", found)
    return """
    select
        feature, chat_mean, no_chat_mean, difference_before,
        case when not isnan(cast(difference_after as double)) then difference_after end as difference_after
    from retention_influence_balance_found
    """


TABLE = AnalyticsTable(
    name="retention_influence_balance",
    description=(
        "One row per feature that the customers of retention_influence are matched on: how far apart those with and"
        " without a chat were before and after matching. Over 0.1 after matching, the matched result is withheld."
    ),
    columns=(
        Column(
            "feature", "varchar", "Feature; counts as log(1 + n), names as 0 or 1 per value (name: value)."
        ),
        Column("chat_mean", "double", "Mean of all customers with a chat, before matching."),
        Column("no_chat_mean", "double", "Mean of all customers without, before matching."),
        Column(
            "difference_before",
            "double",
            "Standardised mean difference (SMD) of all: chat less no_chat, in standard deviations.",
        ),
        Column(
            "difference_after",
            "double",
            "The same of the pairs, by the same standard deviation; null: no pairs.",
        ),
    ),
    key=("feature",),
    build=influence_balance,
    needs=("retention_influence_customers",),
)
