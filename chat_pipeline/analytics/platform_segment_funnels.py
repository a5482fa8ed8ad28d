"""How many entries of each funnel reach each step, by platform and segment at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics.funnel_steps import rated_steps, segment_dimensions
from chat_pipeline.analytics.metrics.crossed import BETWEEN, MONTHS

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

AMONG = f"""platform is not null and entered_date >= (
    select date_trunc('month', max(entered_date)) - interval {MONTHS - 1} month from analytics.funnel_entries
)"""


def platform_segment_funnels(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.platform_segment_funnels`."""
    dimensions = {
        name: (f"platform || {BETWEEN} || {column}", ("month",))
        for name, column in segment_dimensions(con, settings).items()
    }
    # Without customers there are no segments, and so no cell.
    cells = rated_steps(
        con, settings, dimensions or {"all": ("'all'", ("month",))}, AMONG if dimensions else "false"
    )
    return f"""
    select
        funnel, period_start, split_part(dimension_value, {BETWEEN}, 1) as platform,
        split_part(dimension, '.', 1) as family, split_part(dimension, '.', 2) as attribute,
        substr(dimension_value, strpos(dimension_value, {BETWEEN}) + 1) as segment, step, step_name, entered,
        converted, open, total_rate, total_interval_low, total_interval_high, median_seconds, is_complete
    from ({cells}) as cells
    """


TABLE = AnalyticsTable(
    name="platform_segment_funnels",
    description=(
        "One row per funnel, month, platform, value of a segment's attribute and step: `funnel_steps` by both at once,"
        f" counted from the same entries, for the newest {MONTHS} months. An entry that began without a chat is `unknown`"
        " in every attribute. Each attribute's values add up to the platform, each value's platforms to the segment; most"
        " rows hold few entries."
    ),
    columns=(
        Column("funnel", "varchar", "Name of the funnel in settings."),
        Column("period_start", "date", "First day of the month in which the entries began."),
        Column("platform", "varchar", "Platform of the chat or visit in which the entry began."),
        Column("family", "varchar", "Family of the attribute, as in `conversation_segments`."),
        Column("attribute", "varchar", "Attribute of the customer, or of the chat."),
        Column("segment", "varchar", "Its value at the start of that chat."),
        Column("step", "integer", "Number of the step, from 1."),
        Column("step_name", "varchar", "Its name in settings."),
        Column("entered", "bigint", "Matured entries that reached the step; null where no source shows it."),
        Column(
            "converted",
            "bigint",
            "Of these, entries that reached a later required step; of the last step all.",
        ),
        Column("open", "bigint", "Entries too young to be judged that have reached the step; in no rate."),
        Column("total_rate", "double", "entered / entries of step 1."),
        Column(
            "total_interval_low", "double", "Lower bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "total_interval_high", "double", "Upper bound of its 95 % Wilson interval, clustered by person."
        ),
        Column("median_seconds", "double", "Median seconds from the required step before; null for step 1."),
        Column("is_complete", "boolean", "The month has passed and none of its entries is open."),
    ),
    key=("funnel", "period_start", "platform", "family", "attribute", "segment", "step"),
    build=platform_segment_funnels,
    needs=("conversation_segments", "funnel_entries"),
)
