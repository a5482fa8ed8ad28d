"""Columns of GA4's raw tables."""

from __future__ import annotations

from chat_pipeline.source import Column, Table

_EVENT_COLUMNS = (
    Column("event_date", "varchar", "Reporting day YYYYMMDD in the property's time zone."),
    Column(
        "event_timestamp", "bigint", "Microseconds since 1970 (UTC); in practice the time of the sent batch."
    ),
    Column("occurred_at", "timestamp", "event_timestamp as UTC timestamp."),
    Column("event_name", "varchar", "Name of the event, case sensitive."),
    Column(
        "event_params",
        "varchar",
        "All parameters: JSON list of {key, value with four typed slots}.",
        personal=True,
    ),
    Column("event_previous_timestamp", "bigint", "Microseconds of the user's previous event of this name."),
    Column("event_value_in_usd", "double", "Value of the event in USD."),
    Column("event_bundle_sequence_id", "bigint", "Sequence of the bundle that carried the event."),
    Column("event_server_timestamp_offset", "bigint", "Microseconds between collection and upload."),
    Column(
        "user_id", "varchar", "Id that the site set after login; may be an e-mail address.", personal=True
    ),
    Column(
        "user_pseudo_id", "varchar", "Client id of the device; null where consent was denied.", personal=True
    ),
    Column("privacy_info", "varchar", "Consent: JSON object with analytics_storage, ads_storage."),
    Column("user_properties", "varchar", "JSON list of user properties, like event_params.", personal=True),
    Column("user_first_touch_timestamp", "bigint", "Microseconds of the user's first visit."),
    Column("user_ltv", "varchar", "JSON object: lifetime revenue and currency."),
    Column(
        "device",
        "varchar",
        "JSON object: category, system, browser, language, advertising ids.",
        personal=True,
    ),
    Column("geo", "varchar", "JSON object: country, region, city by IP address."),
    Column("app_info", "varchar", "JSON object about the app; null on the web."),
    Column("traffic_source", "varchar", "JSON object: first touch of the user, not of the session."),
    Column(
        "collected_traffic_source", "varchar", "JSON object: campaign parameters and click ids on this event."
    ),
    Column(
        "session_traffic_source_last_click",
        "varchar",
        "JSON object: last click of the session, since mid-2024.",
    ),
    Column("stream_id", "varchar", "Data stream; part of the client's key."),
    Column("platform", "varchar", "WEB, IOS or ANDROID."),
    Column("ecommerce", "varchar", "JSON object: transaction id, revenue, tax, shipping."),
    Column("items", "varchar", "JSON list of products."),
    Column("event_dimensions", "varchar", "JSON object: host name."),
    Column("is_active_user", "boolean", "Whether the user was active; absent in intraday."),
    Column("batch_page_id", "bigint", "Order of the page within the visit, since July 2024."),
    Column("batch_ordering_id", "bigint", "Order of the request within the page, since July 2024."),
    Column("batch_event_index", "bigint", "Order of the event within the request, since July 2024."),
    Column("publisher", "varchar", "JSON object: ad revenue."),
)

EVENTS = Table(
    "events",
    "One row per event of the BigQuery export; a day's newest export stands.",
    _EVENT_COLUMNS,
    replaces="partition",
    event_at="occurred_at",
)
# occurred_at is computed, all others are fields of the export by the same name.
EVENT_FIELDS: tuple[tuple[str, str], ...] = tuple(
    (column.name, column.type) for column in _EVENT_COLUMNS if column.name != "occurred_at"
)

REPORT_COLUMNS = (
    Column("report", "varchar", "Title of the report or exploration; the Data API gives none."),
    Column("section", "varchar", "Title of the table in the report, or the segment that it shows."),
    Column("property", "varchar", "Property as the report names it."),
    Column("start_date", "date", "First day that the table covers, in the property's time zone."),
    Column("end_date", "date", "Last day that the table covers."),
    Column("table_number", "bigint", "Place of the table in the file, from 1."),
    Column("table_row", "bigint", "Place of the row in its table, from 1."),
    Column("is_total", "boolean", "Whether the row is the sum of the others."),
    Column("dimensions", "varchar", "JSON object: value by name of dimension, as the report has them."),
    Column("metrics", "varchar", "JSON object: value by name of metric, as the report has them."),
)
REPORTS = Table(
    "reports",
    "One row per row of an aggregated report; for comparison with the events only.",
    REPORT_COLUMNS,
    replaces="file",
)
