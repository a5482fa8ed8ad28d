"""When do the pairs of `retention_influence` buy again? Kaplan-Meier curves of the time to the second purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._comparison import GROUPS

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from chat_pipeline.settings import Settings

DAYS = 180


def influence_survival(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.retention_influence_survival`; no row while the matched result is withheld."""
    import pandas as pd

    frame = con.sql(
        f"""
        select
            group_name, coalesce(days_to_second <= least({DAYS}, observed_days), false) as is_back,
            least({DAYS}, observed_days, coalesce(days_to_second, {DAYS})) as days
        from analytics.retention_influence_customers
        where pair_number is not null
            and exists (select * from analytics.retention_influence where comparison = 'matched' and not is_withheld)
        order by customer_key
        """
    ).df()
    columns = ["group_name", "day", "at_risk", "events", "survival", "interval_low", "interval_high"]
    curves = (
        [_curve(frame.loc[frame["group_name"] == group, :], group) for group in GROUPS] if len(frame) else []
    )
    found = pd.concat(curves) if curves else pd.DataFrame(columns=columns)
    con.register("retention_influence_survival_found", found[columns])
    return "select *, 'association' as label from retention_influence_survival_found"


def _curve(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    import numpy as np
    import pandas as pd
    from lifelines import KaplanMeierFitter

    days, back = frame["days"].to_numpy(), frame["is_back"].to_numpy(dtype=bool)
    timeline = np.arange(0, int(days.max()) + 1)
    fit = KaplanMeierFitter().fit(days, back, timeline=timeline)
    return pd.DataFrame(
        {
            "group_name": group,
            "day": timeline,
            "at_risk": [int((days >= day).sum()) for day in timeline],
            "events": np.bincount(days[back], minlength=len(timeline)),
            "survival": fit.survival_function_.to_numpy()[:, 0],
            "interval_low": fit.confidence_interval_.to_numpy()[:, 0],
            "interval_high": fit.confidence_interval_.to_numpy()[:, 1],
        }
    )


TABLE = AnalyticsTable(
    name="retention_influence_survival",
    description=(
        "One row per group of the pairs of retention_influence (chat, no_chat) and day after the first purchase, 0 to"
        " 180: share without a second purchase so far (Kaplan-Meier; who is not observed any longer leaves the count)."
        " Empty while the matched result is withheld. An association."
    ),
    columns=(
        Column("group_name", "varchar", "chat, no_chat."),
        Column("day", "bigint", "Days after the first purchase."),
        Column("at_risk", "bigint", "Customers observed on the day without a second purchase before it."),
        Column("events", "bigint", "Of these, with their second purchase on the day."),
        Column("survival", "double", "Share without a second purchase at the end of the day."),
        Column("interval_low", "double", "Lower bound of its 95 % interval (log-log)."),
        Column("interval_high", "double", "Upper bound of its 95 % interval."),
        Column("label", "varchar", "association: not the consequence of the chat."),
    ),
    key=("group_name", "day"),
    build=influence_survival,
    needs=("retention_influence", "retention_influence_customers"),
)
