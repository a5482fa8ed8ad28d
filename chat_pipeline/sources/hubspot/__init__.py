"""HubSpot's CRM: contacts, companies, deals and tickets as API pages or exports of the user interface."""

from __future__ import annotations

from chat_pipeline.landings import FIVETRAN_NAMING
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Refusal, Shape, Source
from chat_pipeline.sources.hubspot.columns import TABLES
from chat_pipeline.sources.hubspot.objects import (
    api_records,
    has_record_id,
    internal_names,
    is_api_page,
    is_ui_csv,
)
from chat_pipeline.sources.hubspot.reading import read_csv, read_pages


def _is_properties_metadata(sniff: Sniff) -> bool:
    pages = [s.get("results") for s in sniff.samples if isinstance(s, dict)]
    found = [*(d for page in pages if isinstance(page, list) for d in page), *sniff.samples]
    return any(isinstance(d, dict) and {"name", "label", "fieldType"} <= set(d) for d in found)


def _is_other_object(sniff: Sniff) -> bool:
    return bool(api_records(sniff)) and not is_api_page(sniff)


def _lacks_record_id(sniff: Sniff) -> bool:
    labelled = len(internal_names(sniff.columns, sniff.mapping)) >= 2
    foreign = any(column.startswith("_") for column in sniff.columns) or FIVETRAN_NAMING.matches(sniff)
    return sniff.kind in ("csv", "xlsx") and labelled and not foreign and not has_record_id(sniff)


def _has_connector_naming(sniff: Sniff) -> bool:
    return FIVETRAN_NAMING.matches(sniff) and not has_record_id(sniff)


SOURCE = Source(
    name="hubspot",
    kind="crm",
    description="HubSpot's CRM: contacts, companies, deals, tickets.",
    tables=TABLES,
    reader_version=3,
    shapes=(Shape("api_page", is_api_page, read_pages), Shape("ui_csv", is_ui_csv, read_csv)),
    refusals=(
        Refusal(FIVETRAN_NAMING.name, _has_connector_naming, FIVETRAN_NAMING.remedy),
        Refusal(
            "properties_metadata",
            _is_properties_metadata,
            "definitions of properties, no records: export contacts, companies, deals or tickets",
        ),
        Refusal(
            "other_object",
            _is_other_object,
            "records of another object: contacts, companies, deals, tickets are read",
        ),
        Refusal(
            "synthetic_flattening",
            _lacks_record_id,
            "a CSV with HubSpot's labels but no Record ID, so without a key of the portal: include Record ID when exporting, "
            'or name the column that holds it in [sources.hubspot] columns, as { "Contact ID" = "hs_object_id" }',
        ),
    ),
    expected="contacts, companies, deals or tickets as pages of the API v3, or as CSV or Excel of the user interface with "
    "Record ID; headers in another language are mapped in [sources.hubspot] columns",
)
