"""Salesforce: contacts, leads, accounts, opportunities and cases as CSV of any tool or as JSON of the REST API."""

from __future__ import annotations

from functools import partial

from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Refusal, Shape, Source
from chat_pipeline.sources.salesforce.columns import TABLES
from chat_pipeline.sources.salesforce.objects import dialect, is_other_object, is_report, is_rest, lacks_id
from chat_pipeline.sources.salesforce.reading import read_csv, read_rest, read_spreadsheet

DIALECTS = ("weekly_export", "data_loader_csv", "data_loader_caps_csv", "bulk_csv", "snake_case_csv")


def _is_dialect(name: str, sniff: Sniff) -> bool:
    return dialect(sniff) == name


SOURCE = Source(
    name="salesforce",
    kind="crm",
    description="Salesforce: contacts, leads, accounts, opportunities, cases.",
    tables=TABLES,
    reader_version=2,
    shapes=(
        Shape("rest_json", is_rest, read_rest),
        *(Shape(name, partial(_is_dialect, name), read_csv) for name in DIALECTS),
        Shape("spreadsheet_resave", partial(_is_dialect, "spreadsheet_resave"), read_spreadsheet),
    ),
    refusals=(
        Refusal(
            "report_export",
            is_report,
            "a report's export: labels instead of field names, and totals below the rows. Take Setup > Data Export, "
            "Data Loader or `sf data export bulk`, or map the headers in [sources.salesforce] columns, "
            'as { "Contact ID" = "Id", "Email" = "Email" }',
        ),
        Refusal(
            "other_object",
            is_other_object,
            "records of another object: Contact, Lead, Account, Opportunity, Case and OpportunityContactRole are read",
        ),
        Refusal("no_id", lacks_id, "Salesforce's fields without Id, so without a key: add Id to the query"),
    ),
    expected="Contact, Lead, Account, Opportunity, Case or OpportunityContactRole as CSV with the field Id, or as JSON of "
    "the REST API",
)
