"""Which HubSpot object a file holds, told by its property names or CSV headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat_pipeline.sniff import Sniff
from chat_pipeline.sources.hubspot.columns import ID, PROPERTIES

# Names that only one kind of object has, in the order in which they are asked for.
SIGNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("deals", frozenset({"dealname", "dealstage", "hs_is_closed_won"})),
    ("tickets", frozenset({"subject", "hs_ticket_priority", "hs_ticket_category", "hs_pipeline_stage"})),
    ("contacts", frozenset({"email", "firstname", "lastname", "lastmodifieddate", "hs_additional_emails"})),
    ("companies", frozenset({"domain", "name"})),
)
# Labels shared by several objects say nothing.
_SHARED = {
    "last modified date",
    "create date",
    "close date",
    "pipeline",
    "company name",
    "source",
    "category",
}


def internal_names(columns: list[str], mapped: Mapping[str, str] | None = None) -> set[str]:
    """Internal names of CSV headers, as far as a label, an internal name or the settings tell."""
    by_header = {
        label.casefold(): p.name
        for properties in PROPERTIES.values()
        for p in properties
        for label in p.labels
        if label.casefold() not in _SHARED
    }
    by_header.update({"company name": "name", **{k.strip().casefold(): v for k, v in (mapped or {}).items()}})
    known = {p.name for properties in PROPERTIES.values() for p in properties}
    found = {by_header.get(column.casefold(), column.casefold()) for column in columns}
    return found & known


def object_of(names: set[str]) -> str | None:
    """The raw table for records with these properties."""
    if "hs_order_name" in names:
        return None
    return next((table for table, signs in SIGNS if names & signs), None)


def api_records(sniff: Sniff) -> list[dict[str, Any]]:
    """Sampled API records: those of pages, or bare ones."""
    found: list[dict[str, Any]] = []
    for sample in sniff.samples:
        page = sample.get("results") if isinstance(sample, dict) else None
        found += page if isinstance(page, list) else [sample]
    return [r for r in found if isinstance(r, dict) and "id" in r and isinstance(r.get("properties"), dict)]


def api_object(sniff: Sniff) -> str | None:
    """The raw table of an API page, or null."""
    if sniff.kind != "json":
        return None
    return object_of({name for record in api_records(sniff) for name in record["properties"]})


def is_api_page(sniff: Sniff) -> bool:
    empty = sniff.kind == "json" and any(
        isinstance(s, dict) and s.get("results") == [] for s in sniff.samples
    )
    metas = any(isinstance(s, dict) and isinstance(s.get("_meta"), dict) for s in sniff.samples)
    return not metas and (api_object(sniff) is not None or empty)


def has_record_id(sniff: Sniff) -> bool:
    wanted = {ID.name, *(label.casefold() for label in ID.labels)}
    return bool(wanted & {header.casefold() for header in sniff.headers})


def is_ui_csv(sniff: Sniff) -> bool:
    """A CSV (or Excel) export with the record's id, under its own header or one that settings map."""
    landed = any(column.startswith(("_fivetran", "_airbyte", "_dlt")) for column in sniff.columns)
    return sniff.kind in ("csv", "xlsx") and has_record_id(sniff) and not landed
