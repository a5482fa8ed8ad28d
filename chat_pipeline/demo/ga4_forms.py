"""A day of GA4's export in the forms that have BigQuery's types: console JSON, Parquet, Avro. All read table ga4_lines."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from chat_pipeline.demo.files import Exports, sql_text

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

VALUE = '{"string_value":"VARCHAR","int_value":"BIGINT","float_value":"DOUBLE","double_value":"DOUBLE"}'
# BigQuery's types of the fields that the demo fills.
SCHEMA = (
    '{"event_date":"VARCHAR","event_timestamp":"BIGINT","event_name":"VARCHAR","event_params":[{"key":"VARCHAR","value":'
    + VALUE
    + '}],"event_previous_timestamp":"BIGINT","event_value_in_usd":"DOUBLE","event_bundle_sequence_id":"BIGINT","user_id":"VARCHAR",'
    '"user_pseudo_id":"VARCHAR","privacy_info":{"analytics_storage":"VARCHAR","ads_storage":"VARCHAR","uses_transient_token":"VARCHAR"},'
    '"user_properties":[{"key":"VARCHAR","value":' + VALUE + '}],"user_first_touch_timestamp":"BIGINT",'
    '"user_ltv":{"revenue":"DOUBLE","currency":"VARCHAR"},"device":{"category":"VARCHAR","mobile_brand_name":"VARCHAR",'
    '"operating_system":"VARCHAR","operating_system_version":"VARCHAR","language":"VARCHAR","is_limited_ad_tracking":"VARCHAR",'
    '"browser":"VARCHAR","web_info":{"browser":"VARCHAR","hostname":"VARCHAR"}},"geo":{"city":"VARCHAR","country":"VARCHAR",'
    '"continent":"VARCHAR","region":"VARCHAR","metro":"VARCHAR"},"traffic_source":{"name":"VARCHAR","medium":"VARCHAR","source":"VARCHAR"},'
    '"stream_id":"VARCHAR","platform":"VARCHAR","ecommerce":{"total_item_quantity":"BIGINT","purchase_revenue":"DOUBLE",'
    '"unique_items":"BIGINT","transaction_id":"VARCHAR"},"items":[{"item_id":"VARCHAR","item_name":"VARCHAR","item_category":"VARCHAR",'
    '"price":"DOUBLE","quantity":"BIGINT","item_revenue":"DOUBLE"}],"collected_traffic_source":{"manual_campaign_name":"VARCHAR",'
    '"manual_source":"VARCHAR","manual_medium":"VARCHAR"},"is_active_user":"BOOLEAN","batch_event_index":"BIGINT"}'
)
AVRO_TYPES = {"VARCHAR": "string", "BIGINT": "long", "DOUBLE": "double", "BOOLEAN": "boolean"}
REPEATED = ("event_params", "user_properties", "items")
AS_TEXT = (
    SCHEMA.replace('"BIGINT"', '"VARCHAR"').replace('"DOUBLE"', '"VARCHAR"').replace('"BOOLEAN"', '"VARCHAR"')
)


def write_console(shop: Shop, exports: Exports, day: date) -> None:
    """What the BigQuery console saves: one array, every scalar text, nulls kept."""
    found = shop.con.execute(
        f"select string_agg(cast(to_json(from_json(line, '{AS_TEXT}')) as varchar), ',' || chr(10) order by s, place)"
        " from ga4_lines where reporting_date = ?",
        [f"{day:%Y%m%d}"],
    ).fetchone()
    exports.write(
        f"ga4/bquxjob_{day:%Y%m%d}.json", f"[{found[0] if found and found[0] else ''}]\n", shop.morning(0, 11)
    )


def write_parquet(shop: Shop, exports: Exports, day: date) -> None:
    name = f"ga4/events_{day:%Y%m%d}.parquet"
    path = exports.path(name)
    shop.con.execute(
        f"copy (select unnest(from_json(line, '{SCHEMA}')) from ga4_lines where reporting_date = '{day:%Y%m%d}' order by s, place)"
        f" to {sql_text(str(path))} (format parquet)"
    )
    exports.deliver(name, shop.morning((shop.end - day).days, 9))


def write_avro(shop: Shop, exports: Exports, day: date) -> None:
    """The day as BigQuery exports it to Avro, with a fixed mark between the blocks so that bytes repeat."""
    import fastavro

    found = shop.con.execute(
        "select line from ga4_lines where reporting_date = ? order by s, place", [f"{day:%Y%m%d}"]
    ).fetchall()
    lines = [line for (line,) in found]
    rows = shop.con.execute(
        f"select from_json(line, '{SCHEMA}') from (select unnest(?) as line)", [lines]
    ).fetchall()
    records = [{**row, **{name: row[name] or [] for name in REPEATED}} for (row,) in rows]
    buffer = io.BytesIO()
    schema = avro_type(json.loads(SCHEMA), "Root", required=True)
    fastavro.writer(buffer, schema, records, codec="deflate", sync_marker=b"kesselundblatt--")
    exports.write(f"ga4/events_{day:%Y%m%d}.avro", buffer.getvalue(), shop.morning((shop.end - day).days, 9))


def avro_type(kind: Any, name: str, required: bool = False) -> Any:
    """BigQuery's Avro schema of a field: nullable, except repeated ones."""
    if isinstance(kind, list):
        return {"type": "array", "items": avro_type(kind[0], name, required=True)}
    if isinstance(kind, dict):
        fields = [{"name": key, "type": avro_type(value, f"{name}_{key}")} for key, value in kind.items()]
        record = {"type": "record", "name": name, "fields": fields}
        return record if required else ["null", record]
    return ["null", AVRO_TYPES[kind]]
