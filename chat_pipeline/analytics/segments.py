"""Segments of customers: one value per attribute and date.

The date is an argument: the table holds the segments as of the run's cut-off, and a conversation of the past
must be judged by those of its own day (`conversation_segments`).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._segment_values import attributes, described_steps, unpivoted
from chat_pipeline.analytics._sql import run_date, shop_date

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def segments(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: date | None = None) -> str:
    """SELECT of `analytics.segments` as of the end of a shop day (None: the day of the run's cut-off).

    Only what happened by then counts; customers first seen later are not there.
    """
    day = f"date '{as_of.isoformat()}'" if as_of else run_date(settings)
    asked = f"""
    select customers.customer_key, days.day
    from marts.dim_customers as customers
    cross join (select {day} as day) as days
    where customers.first_seen_at is null or {shop_date("customers.first_seen_at", settings)} <= days.day"""
    return f"""
    with {described_steps(con, settings, asked)}
    select customer_key, day as as_of_date, {unpivoted(attributes(settings))}
    from described
    """


ATTRIBUTES_COLUMN = Column(
    "attribute",
    "varchar",
    "country, city, age_band, gender; level; intent_group, intent; status, rfm_recency, rfm_frequency,"
    " rfm_monetary, rfm_segment; device, operating_system, browser, channel; source, medium, campaign; of own"
    " segments their name in the settings.",
)
VALUES = (
    "level: high, medium, low (thirds of the customers with an engaged chat in 90 days, by conversations and"
    " minutes), none. intent: most frequent of 90 days, the latest of equals; none without such a chat. status:"
    " prospect, lapsed, high-value, repeat, first-time, the first that fits. rfm_*: scores 1 to 5 (5 best) of"
    " buyers of 365 days, else none. channel: web, app, social, voice, other. own: yes or no."
)
FAMILIES_TEXT = "demographic, engagement, intent, purchase_history, technology, acquisition, own"

TABLE = AnalyticsTable(
    name="segments",
    description=(
        f"One row per customer, date and attribute, of the families {FAMILIES_TEXT} (from the settings). Every customer"
        " has one value of every attribute; 'unknown' and 'none' are values. As of the end of the shop day of the run's"
        " cut-off: conversation_segments has those of each conversation's own day."
    ),
    columns=(
        Column("customer_key", "varchar", "Customer (`marts.dim_customers`)."),
        Column("as_of_date", "date", "Shop day at whose end the value holds."),
        Column("family", "varchar", f"{FAMILIES_TEXT}."),
        ATTRIBUTES_COLUMN,
        Column(
            "value",
            "varchar",
            f"{VALUES} technology: the latest known. acquisition: of the web session of the latest chat that has one.",
        ),
    ),
    key=("customer_key", "as_of_date", "family", "attribute"),
    build=segments,
)
