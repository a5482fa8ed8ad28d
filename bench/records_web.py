"""Events of GA4, and how its exports write their numbers."""

from __future__ import annotations

import random
from typing import Any

from bench.words import CITIES, moment, sentence

Record = dict[str, Any]
SLOTS = ("string_value", "int_value", "float_value", "double_value")


def ga4_event(rng: random.Random, number: int) -> Record:
    """An event as Python values; the forms of the export differ in how they write them."""
    at = moment(number)
    parameters: dict[str, Record] = {
        "ga_session_id": {"int_value": 1_760_000_000 + number // 20},
        "ga_session_number": {"int_value": number % 5 + 1},
        "session_engaged": {"string_value": "1"},
        "page_location": {"string_value": f"https://shop.example/p/{number % 900}?utm_source=x"},
        "page_title": {"string_value": sentence(rng, 2, 5)},
        "page_referrer": {"string_value": "https://search.example/?q=mug"},
        "engagement_time_msec": {"int_value": rng.randint(1, 90_000)},
        "value": {"double_value": round(rng.random() * 90, 2)},
    }
    item = {
        "item_id": f"MUG-{number % 40}",
        "item_name": "Mug",
        "price": 9.5,
        "quantity": 2,
        "item_category": "Kitchen",
    }
    return {
        "event_date": f"{at:%Y%m%d}", "event_timestamp": int(at.timestamp() * 1e6),
        "event_name": ("page_view", "scroll", "view_item", "purchase", "user_engagement")[number % 5],
        "event_params": [{"key": k, "value": {slot: v.get(slot) for slot in SLOTS}} for k, v in parameters.items()],
        "event_bundle_sequence_id": number, "user_pseudo_id": f"{1000 + number // 20}.1760000000", "user_id": None,
        "privacy_info": {"analytics_storage": "Yes", "ads_storage": "No", "uses_transient_token": "No"},
        "user_properties": [], "user_first_touch_timestamp": 1_760_000_000_000_000 + number,
        "device": {"category": "mobile", "operating_system": "iOS", "language": "de-de",
                   "web_info": {"browser": "Safari", "hostname": "shop.example"}},
        "geo": {"city": rng.choice(CITIES), "country": "Germany", "region": "", "continent": "Europe"},
        "traffic_source": {"name": "(direct)", "medium": "(none)", "source": "(direct)"},
        "collected_traffic_source": {"manual_source": "newsletter", "manual_medium": "email", "gclid": None},
        "stream_id": "34508", "platform": "WEB", "is_active_user": True, "batch_event_index": number % 4,
        "ecommerce": {"transaction_id": "(not set)", "purchase_revenue": 31.0},
        "items": [item] if number % 5 in (2, 3) else [],
    }  # fmt: skip


def as_extract(value: Any) -> Any:
    """As `bq extract` writes JSON: whole numbers as text, nulls left out."""
    if isinstance(value, dict):
        return {k: as_extract(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [as_extract(v) for v in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_console(value: Any) -> Any:
    """As BigQuery's console writes JSON: every scalar as text, nulls kept."""
    if isinstance(value, dict):
        return {k: as_console(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_console(v) for v in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)
