"""Which Salesforce object a file holds, and which tool wrote it."""

from __future__ import annotations

import re
from typing import Any

from chat_pipeline.sniff import Sniff
from chat_pipeline.sources.salesforce.columns import FIELDS, OBJECTS

# Fields that only one object has, lower case, in the order in which they are asked for; used where
# there is no record whose id tells. The second set: fields of other objects that share the first.
SIGNS: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("contact_roles", frozenset({"isprimary"}), frozenset({"accountid", "accountfromid", "pricebookid"})),
    ("opportunities", frozenset({"stagename", "iswon"}), frozenset({"opportunityid"})),
    ("cases", frozenset({"casenumber", "suppliedemail"}), frozenset({"caseid"})),
    ("leads", frozenset({"isconverted", "convertedcontactid", "company"}), frozenset({"campaignid", "username"})),
    (
        "accounts",
        frozenset({"billingcity", "industry", "annualrevenue", "ispersonaccount", "personemail"}),
        frozenset({"ordernumber", "contractnumber", "quotenumber"}),
    ),
    (
        "contacts",
        frozenset({"lastname", "firstname", "email", "mailingcity"}),
        frozenset({"username", "profileid", "campaignid", "hasoptedouttracking"}),
    ),
)  # fmt: skip
PREFIXES = {prefix: table for table, (_, prefix) in OBJECTS.items()}
TABLE_OF_TYPE = {api: table for table, (api, _) in OBJECTS.items()}
# What the user interface's reports call the fields.
LABELS = {
    "account name", "account id", "contact id", "lead id", "opportunity id", "case id", "full name", "first name",
    "last name", "lead source", "lead owner", "opportunity name", "opportunity owner", "stage", "close date",
    "amount", "case number", "case owner", "date/time opened", "mailing city", "mailing country", "created date",
    "last activity", "account owner", "billing city", "company / account",
}  # fmt: skip
MOMENTS = {f.api.casefold() for fields in FIELDS.values() for f in fields if f.type in ("timestamp", "date")}
KNOWN = {f.api.casefold() for fields in FIELDS.values() for f in fields}
SPREADSHEET_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def names(sniff: Sniff) -> list[str]:
    """Headers as the settings map them, lower case; a field in snake_case (account_id) without its underscores."""
    headers = [header.strip().casefold() for header in sniff.headers]
    bare = [header.replace("_", "") for header in headers]
    return [b if b in KNOWN and b not in headers else h for h, b in zip(headers, bare, strict=True)]


def is_snake_case(sniff: Sniff) -> bool:
    """Fields as tools with names of their own write them: account_id for AccountId."""
    return names(sniff) != [header.strip().casefold() for header in sniff.headers]


def api_names(sniff: Sniff, wanted: list[str]) -> dict[str, str]:
    """The file's columns that hold a wanted field, with the API's name of it."""
    by_name = {name.casefold(): name for name in wanted}
    given = zip(sniff.columns, names(sniff), strict=True)
    return {column: by_name[name] for column, name in given if name in by_name}


def table_of(sniff: Sniff) -> str | None:
    """The raw table for a file's records; null for another object, or where nothing tells."""
    if sniff.kind == "json":
        types = [TABLE_OF_TYPE.get(kind) for record in api_records(sniff) if (kind := _type(record))]
        return types[0] if types else _by_id([str(record["Id"]) for record in api_records(sniff)])
    if sniff.kind not in ("csv", "xlsx") or "id" not in names(sniff):
        return None
    place = names(sniff).index("id")
    ids = [row[place].strip() for row in sniff.rows if len(row) > place]
    if ids:
        return _by_id(ids)
    found = set(names(sniff))
    return next((table for table, signs, foreign in SIGNS if found & signs and not found & foreign), None)


def _by_id(ids: list[str]) -> str | None:
    known = [text for text in ids if ID.fullmatch(text)]
    return PREFIXES.get(known[0][:3]) if known else None


def _type(record: dict[str, Any]) -> str | None:
    attributes = record.get("attributes")
    return attributes.get("type") if isinstance(attributes, dict) else None


def api_records(sniff: Sniff) -> list[dict[str, Any]]:
    """Sampled records with an id: those of query results (bare, or as the command line wraps them) or single ones."""
    return [record for record in _all_records(sniff) if "Id" in record]


def _all_records(sniff: Sniff) -> list[dict[str, Any]]:
    found: list[Any] = []
    for sample in sniff.samples:
        page = _page(sample)
        found += page if page is not None else [sample]
    return [record for record in found if isinstance(record, dict)]


def _answer(sample: Any) -> dict[str, Any]:
    """A query's answer; the command line wraps it."""
    if not isinstance(sample, dict):
        return {}
    return sample["result"] if isinstance(sample.get("result"), dict) else sample


def _page(sample: Any) -> list[Any] | None:
    page = _answer(sample).get("records")
    return page if isinstance(page, list) else None


def is_rest(sniff: Sniff) -> bool:
    """Records of a REST query or collection of an object that is read, or a query that found nothing."""
    if sniff.kind != "json":
        return False
    return table_of(sniff) is not None or any(
        _page(sample) == [] and "done" in _answer(sample) for sample in sniff.samples
    )


def dialect(sniff: Sniff) -> str | None:
    """Which tool wrote a CSV or Excel file of a known object; null if it is none."""
    if sniff.kind not in ("csv", "xlsx") or table_of(sniff) is None:
        return None
    moments = _moments(sniff)
    if sniff.kind == "xlsx" or any(SPREADSHEET_DATE.match(text) for text in moments):
        return "spreadsheet_resave"
    if is_snake_case(sniff):
        return "snake_case_csv"
    if all(column == column.upper() for column in sniff.columns):
        return "data_loader_caps_csv"
    # Objects without rows are only in the weekly export, which writes a file for each object.
    if not sniff.rows or any(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text) for text in moments):
        return "weekly_export"
    return "bulk_csv" if any(text.endswith("Z") for text in moments) else "data_loader_csv"


def _moments(sniff: Sniff) -> list[str]:
    places = [place for place, name in enumerate(names(sniff)) if name in MOMENTS]
    return [row[p].strip() for row in sniff.rows for p in places if p < len(row) and row[p].strip()]


def is_report(sniff: Sniff) -> bool:
    """A report's export: labels instead of field names."""
    if sniff.kind not in ("csv", "xlsx") or "id" in names(sniff):
        return False
    return len(LABELS & set(names(sniff))) >= 2


def is_other_object(sniff: Sniff) -> bool:
    """Records with ids of Salesforce, of an object that is not read."""
    if sniff.kind == "json":
        return bool(api_records(sniff)) and any(map(_type, api_records(sniff))) and table_of(sniff) is None
    if sniff.kind not in ("csv", "xlsx") or "id" not in names(sniff):
        return False
    signed = {"systemmodstamp", "createdbyid", "lastmodifiedbyid", "ownerid"} & set(names(sniff))
    return bool(signed) and table_of(sniff) is None


def lacks_id(sniff: Sniff) -> bool:
    """Records of Salesforce's fields without their ids."""
    if sniff.kind == "json":
        return not api_records(sniff) and any(map(_type, _all_records(sniff)))
    fields = {f.api.casefold() for known in FIELDS.values() for f in known} - {
        "name",
        "email",
        "type",
        "company",
    }
    # Words that any table may have (phone, status, city) say less than compound ones.
    compound = {name for name in set(names(sniff)) & fields if len(name) > 8}
    return sniff.kind in ("csv", "xlsx") and "id" not in names(sniff) and len(compound) >= 2
