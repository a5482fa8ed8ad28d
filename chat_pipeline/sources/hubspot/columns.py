"""Columns of HubSpot's raw tables, with the headers that the UI's CSV gives them."""

from __future__ import annotations

from dataclasses import dataclass

from chat_pipeline.source import Column, Table

BOOKKEEPING = (
    Column("archived", "boolean", "True: deleted in HubSpot (API only)."),
    Column("associations", "varchar", "JSON object of linked records (API only)."),
    Column(
        "properties",
        "varchar",
        "All properties of the record by internal name, as JSON object.",
        personal=True,
    ),
)


@dataclass(frozen=True)
class Property:
    """A property that has a raw column: internal name, type, labels in the UI, meaning."""

    name: str
    type: str
    labels: tuple[str, ...]
    description: str
    personal: bool = False


def _text(name: str, label: str, description: str, *, personal: bool = False) -> Property:
    return Property(name, "varchar", (label,), description, personal)


def _person(name: str, label: str, description: str) -> Property:
    return _text(name, label, description, personal=True)


def _moment(name: str, label: str, description: str) -> Property:
    return Property(name, "timestamp", (label,), description + " (UTC).")


def _flag(name: str, label: str, description: str) -> Property:
    return Property(name, "boolean", (label,), description)


def _amount(name: str, label: str, description: str) -> Property:
    return Property(name, "double", (label,), description)


ID = Property(
    "hs_object_id",
    "varchar",
    ("Record ID", "Datensatz-ID", "ID de registro", "Record-ID"),
    "Id of the record.",
)
CREATED = _moment("createdate", "Create Date", "When the record was created")
MODIFIED = Property(
    "hs_lastmodifieddate", "timestamp", ("Last Modified Date",), "When it last changed (UTC)."
)
MERGED = _text("hs_merged_object_ids", "Merged Record IDs", "Ids merged into the record, joined by ;.")
CONTACT_IDS = Property(
    "contact_ids",
    "varchar",
    ("Associated Contact IDs", "Associated Contact ID"),
    "Ids of linked contacts, joined by ;, without repeats.",
)

PROPERTIES: dict[str, tuple[Property, ...]] = {
    "contacts": (
        ID,
        _person("email", "Email", "Main e-mail address."),
        _person("hs_additional_emails", "Additional email addresses", "Further addresses, joined by ;."),
        _person("phone", "Phone Number", "Telephone, free form."),
        _person("mobilephone", "Mobile Phone Number", "Mobile telephone, free form."),
        _person("hs_calculated_phone_number", "Calculated Phone Number in International Format", "In E.164."),
        _person("firstname", "First Name", "First name."),
        _person("lastname", "Last Name", "Last name."),
        _text("company", "Company Name", "Company as typed."),
        _text("city", "City", "City."),
        _text("state", "State/Region", "State or region."),
        _text("country", "Country/Region", "Country as typed."),
        _person("date_of_birth", "Date of birth", "Birthday as typed."),
        _text("gender", "Gender", "Gender as typed."),
        _text("hs_language", "Preferred language", "Language."),
        _text("lifecyclestage", "Lifecycle Stage", "Stage: label or internal value."),
        _text("hs_lead_status", "Lead Status", "Status of the lead."),
        _text("hs_analytics_source", "Original Traffic Source", "Where the contact first came from."),
        _text("hs_latest_source", "Latest Traffic Source", "Where the contact last came from."),
        _text("hs_google_click_id", "Google ad click id", "Click id of Google Ads."),
        _text("associatedcompanyid", "Primary Associated Company ID", "Id of the primary company."),
        _flag("hs_email_optout", "Unsubscribed from all email", "True: opted out of all e-mail."),
        _text("hs_legal_basis", "Legal basis for processing contact's data", "Legal bases, joined by ;."),
        _text("hs_marketable_status", "Marketing contact status", "A billing flag, not consent."),
        Property(
            "hs_merged_object_ids", "varchar", ("Merged Contact IDs", *MERGED.labels), MERGED.description
        ),
        _text(
            "hs_calculated_merged_vids",
            "Merged vids with timestamps of a contact",
            "id:epoch_ms joined by ;.",
        ),
        CREATED,
        _moment("lastmodifieddate", "Last Modified Date", "When it last changed"),
    ),
    "companies": (
        ID,
        Property("name", "varchar", ("Company name", "Company Name"), "Name of the company."),
        Property(
            "domain", "varchar", ("Company Domain Name", "Company domain"), "Domain; may be shared or empty."
        ),
        _text("city", "City", "City."),
        _text("country", "Country/Region", "Country as typed."),
        _text("lifecyclestage", "Lifecycle Stage", "Stage: label or internal value."),
        MERGED,
        CREATED,
        MODIFIED,
    ),
    "deals": (
        ID,
        _text("dealname", "Deal Name", "Name of the deal."),
        _amount("amount", "Amount", "Amount in the deal's currency."),
        _text("deal_currency_code", "Currency", "Currency; only in portals with several."),
        _amount("amount_in_home_currency", "Amount in company currency", "Amount in the portal's currency."),
        _text("dealstage", "Deal Stage", "Stage: label or internal value."),
        _text("pipeline", "Pipeline", "Pipeline: label or internal value."),
        _moment("closedate", "Close Date", "When it was closed; a forecast while it is open"),
        _flag("hs_is_closed_won", "Is Closed Won", "Whether it was won."),
        _flag("hs_is_closed", "Is Deal Closed?", "Whether it is closed."),
        _amount("hs_deal_stage_probability", "Deal probability", "Probability of the stage: 1 won, 0 lost."),
        CONTACT_IDS,
        MERGED,
        CREATED,
        MODIFIED,
    ),
    "tickets": (
        ID,
        _person("subject", "Ticket name", "Subject."),
        _person("content", "Ticket description", "What the customer wrote."),
        _text("hs_pipeline", "Pipeline", "Pipeline: label or internal value."),
        _text("hs_pipeline_stage", "Ticket status", "Stage: label or internal value."),
        _text("hs_ticket_category", "Category", "Category."),
        _text("hs_ticket_priority", "Priority", "Priority."),
        _text("source_type", "Source", "Channel that it came by."),
        _moment("closed_date", "Close date", "When it was closed; may lie before its creation"),
        CONTACT_IDS,
        MERGED,
        CREATED,
        MODIFIED,
    ),
}
CHANGED = {"contacts": "lastmodifieddate"}


def _table(name: str, description: str) -> Table:
    columns = tuple(Column(p.name, p.type, p.description, p.personal) for p in PROPERTIES[name])
    return Table(name, description, columns + BOOKKEEPING, event_at=CHANGED.get(name, "hs_lastmodifieddate"))


TABLES = (
    _table("contacts", "One row per contact."),
    _table("companies", "One row per company."),
    _table("deals", "One row per deal."),
    _table("tickets", "One row per ticket."),
)
