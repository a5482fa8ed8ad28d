"""How many entries of each funnel reach each step, by period and dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._funnel_cells import funnel_cells
from chat_pipeline.analytics._funnel_places import BY_KIND, BY_SEGMENT

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

ENTRIES = """
    select e.*, g.grain from analytics.funnel_entries as e
    cross join (values ('day'), ('week'), ('month')) as g (grain)"""


def funnel_steps(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.funnel_steps`."""
    return funnel_cells(con, settings, (BY_KIND, BY_SEGMENT), ENTRIES)


TABLE = AnalyticsTable(
    name="funnel_steps",
    description=(
        "One row per funnel, grain, period, dimension, value and step. An entry counts, with all its steps, in the period in"
        " which it began. Rates only from entries whose window has passed at the cut-off of every source that the"
        " funnel reads; younger ones are `open`, successes too. A period in which no entry began has no rows; entries of"
        " different days add up, rates and medians don't. Dimensions are those of the chat or visit in which the"
        " entry began, segments those at that chat's start; each is exclusive and adds up to 'all'."
    ),
    columns=(
        Column("funnel", "varchar", "Name of the funnel in settings."),
        Column("unit", "varchar", "What enters: conversation or customer."),
        Column("grain", "varchar", "day, week (from Monday) or month, in the shop's time zone."),
        Column("period_start", "date", "First day of the period in which the entries began."),
        Column(
            "dimension",
            "varchar",
            "all, platform, instance, channel, language, bot_version, intent_group, acquisition, or <family>.<attribute> of"
            " conversation_segments (by week and month).",
        ),
        Column(
            "dimension_value",
            "varchar",
            "Value of the dimension; 'all'; an instance as platform/instance; acquisition as source / medium.",
        ),
        Column("step", "integer", "Number of the step, from 1."),
        Column("step_name", "varchar", "Its name in settings."),
        Column(
            "is_optional",
            "boolean",
            "Nobody is held up by it; its dropped ones are among those of the step before.",
        ),
        Column(
            "is_seen",
            "boolean",
            "Some source of the home can show it; else its counts are null and it is left out.",
        ),
        Column("entered", "bigint", "Matured entries that reached the step."),
        Column(
            "converted",
            "bigint",
            "Of these, entries that reached a later required step; of the last step all.",
        ),
        Column("dropped", "bigint", "entered - converted."),
        Column(
            "open",
            "bigint",
            "Entries too young to be judged that have reached the step, whatever came next; in no rate.",
        ),
        Column("step_rate", "double", "converted / entered."),
        Column(
            "step_interval_low", "double", "Lower bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "step_interval_high", "double", "Upper bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "total_rate", "double", "entered / entries of step 1; of the last step the funnel's conversion."
        ),
        Column(
            "total_interval_low", "double", "Lower bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "total_interval_high", "double", "Upper bound of its 95 % Wilson interval, clustered by person."
        ),
        Column(
            "median_seconds",
            "double",
            "Median seconds from the required step before, of matured entries that reached this one; null for step 1.",
        ),
        Column(
            "excluded_test", "bigint", "Chats and visits of test traffic that began the funnel; at step 1."
        ),
        Column(
            "excluded_unidentified",
            "bigint",
            "Funnel of customers: chats and visits that began it, of nobody known; at step 1.",
        ),
        Column("is_complete", "boolean", "The period has passed and none of its entries is open."),
    ),
    key=("funnel", "grain", "period_start", "dimension", "dimension_value", "step"),
    build=funnel_steps,
    needs=("conversation_segments", "funnel_entries"),
)
