"""Columns of Salesforce's raw tables, with the API names of the fields that fill them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chat_pipeline.source import Column, Table


@dataclass(frozen=True)
class Field:
    """A field that has a raw column: API name, type (`id` is text in the 18-character form), meaning.

    `compound`: the compound field and the part of it that holds the same, for exports without parts.
    """

    api: str
    type: str
    description: str
    personal: bool = False
    compound: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """AccountId -> account_id."""
        return re.sub("(?<=[a-z])(?=[A-Z])", "_", self.api).lower()


def _id(api: str, description: str) -> Field:
    return Field(api, "id", description)


def _text(api: str, description: str) -> Field:
    return Field(api, "varchar", description)


def _person(api: str, description: str) -> Field:
    return Field(api, "varchar", description, personal=True)


def _flag(api: str, description: str) -> Field:
    return Field(api, "boolean", description)


def _address(prefix: str) -> tuple[Field, ...]:
    whole = f"{prefix}Address"
    return (
        Field(f"{prefix}City", "varchar", "City.", compound=(whole, "city")),
        Field(f"{prefix}State", "varchar", "State or region.", compound=(whole, "state")),
        Field(f"{prefix}Country", "varchar", "Country as typed.", compound=(whole, "country")),
    )


ID = _id("Id", "Id of the record, 18 characters.")
MASTER = _id("MasterRecordId", "The record that this one was merged into; only with deleted rows.")
LAST = (
    _flag("IsDeleted", "True: in the recycle bin, by deletion or by a merge."),
    Field("CreatedDate", "timestamp", "When it was created (UTC)."),
    Field("LastModifiedDate", "timestamp", "When a user last changed it (UTC)."),
    Field("SystemModstamp", "timestamp", "When it last changed (UTC); LastModifiedDate where it is missing."),
)
NAMES = (_person("FirstName", "First name."), _person("LastName", "Last name."))
REACHED = (
    _person("Email", "E-mail address."),
    _person("Phone", "Telephone, free form."),
    _person("MobilePhone", "Mobile telephone, free form."),
)
CONSENT = (
    _flag("HasOptedOutOfEmail", "True: opted out of e-mail; false is no consent."),
    _flag("DoNotCall", "True: opted out of calls."),
)
SOURCE = _text("LeadSource", "Where the person first came from.")

FIELDS: dict[str, tuple[Field, ...]] = {
    "contacts": (
        ID,
        _id("AccountId", "Id of the account."),
        MASTER,
        *NAMES,
        *REACHED,
        _person("HomePhone", "Telephone at home, free form."),
        _person("OtherPhone", "Another telephone, free form."),
        *_address("Mailing"),
        Field("Birthdate", "date", "Birthday.", personal=True),
        _text("GenderIdentity", "Gender as recorded."),
        SOURCE,
        *CONSENT,
        *LAST,
    ),
    "leads": (
        ID,
        MASTER,
        *NAMES,
        *REACHED,
        _text("Company", "Company as typed."),
        *_address(""),
        SOURCE,
        _text("Status", "Status of the lead."),
        _flag("IsConverted", "Whether the lead became a contact."),
        Field("ConvertedDate", "date", "Day on which it did."),
        _id("ConvertedContactId", "The contact that it became."),
        _id("ConvertedAccountId", "The account that came with it."),
        _id("ConvertedOpportunityId", "The opportunity that came with it."),
        *CONSENT,
        *LAST,
    ),
    "accounts": (
        ID,
        MASTER,
        _person("Name", "Name of the account; of the person in a person account."),
        _text("Type", "Type of the account."),
        _text("Industry", "Industry."),
        _id("ParentId", "The account above it."),
        _person("Phone", "Telephone, free form."),
        *_address("Billing"),
        _flag("IsPersonAccount", "Whether the account is a person."),
        _id("PersonContactId", "The contact that a person account also is."),
        *NAMES,
        _person("PersonEmail", "E-mail address of a person account."),
        _person("PersonMobilePhone", "Mobile telephone of a person account."),
        _person("PersonHomePhone", "Telephone at home of a person account."),
        *_address("PersonMailing"),
        Field("PersonBirthdate", "date", "Birthday of a person account.", personal=True),
        _text("PersonGenderIdentity", "Gender of a person account."),
        _text("PersonLeadSource", "Where a person account first came from."),
        _flag("PersonHasOptedOutOfEmail", "True: the person account opted out of e-mail."),
        *LAST,
    ),
    "opportunities": (
        ID,
        _id("AccountId", "Id of the account."),
        _id("ContactId", "Contact that the opportunity was made for."),
        _id("PrimaryContactId", "Contact with the primary role, where a query holds the roles."),
        _text("Name", "Name of the opportunity."),
        _text("StageName", "Stage, as the org labels it."),
        Field("Amount", "double", "Amount in the record's currency."),
        _text("CurrencyIsoCode", "Currency; only in orgs with several."),
        Field("CloseDate", "date", "Day of closing; planned while it is open."),
        _flag("IsClosed", "Whether it is won or lost."),
        _flag("IsWon", "Whether it is won."),
        Field("Probability", "double", "Probability in percent."),
        _text("ForecastCategory", "Category of the forecast."),
        SOURCE,
        *LAST,
    ),
    "cases": (
        ID,
        _text("CaseNumber", "Number of the case, leading zeros kept."),
        _id("ContactId", "Id of the contact."),
        _id("AccountId", "Id of the account."),
        MASTER,
        _id("ParentId", "The case above it."),
        _person("SuppliedEmail", "E-mail address as typed, where no contact matched."),
        _person("SuppliedPhone", "Telephone as typed, where no contact matched."),
        _text("Origin", "Channel that it came by."),
        _text("Type", "Type of the case."),
        _text("Reason", "Reason of the case."),
        _text("Status", "Status, as the org labels it."),
        _text("Priority", "Priority."),
        _person("Subject", "Subject."),
        _person("Description", "What the customer wrote."),
        _flag("IsClosed", "Whether it is closed."),
        Field("ClosedDate", "timestamp", "When it was closed (UTC)."),
        *LAST,
    ),
    "contact_roles": (
        ID,
        _id("OpportunityId", "Id of the opportunity."),
        _id("ContactId", "Id of the contact."),
        _text("Role", "What the contact is in the opportunity."),
        _flag("IsPrimary", "Whether it is the opportunity's main contact."),
        *LAST,
    ),
}
# The API's name of each object, as `attributes.type` has it, and what its ids begin with.
OBJECTS = {
    "contacts": ("Contact", "003"),
    "leads": ("Lead", "00Q"),
    "accounts": ("Account", "001"),
    "opportunities": ("Opportunity", "006"),
    "cases": ("Case", "500"),
    "contact_roles": ("OpportunityContactRole", "00K"),
}
GRAINS = {
    "contacts": "One row per contact.",
    "leads": "One row per lead.",
    "accounts": "One row per account, persons among them.",
    "opportunities": "One row per opportunity.",
    "cases": "One row per case.",
    "contact_roles": "One row per contact of an opportunity.",
}


GIVEN = Column(
    "fields", "varchar", "Names of the fields that the export has, as a JSON list: others were not asked for."
)


def _table(name: str, description: str) -> Table:
    columns = tuple(
        Column(f.name, "varchar" if f.type == "id" else f.type, f.description, f.personal)
        for f in FIELDS[name]
    )
    return Table(name, description, (*columns, GIVEN), event_at="system_modstamp")


TABLES = tuple(_table(name, description) for name, description in GRAINS.items())
