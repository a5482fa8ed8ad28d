"""Records of HubSpot and Salesforce, each as its vendor writes one."""

from __future__ import annotations

import random
from typing import Any

from bench.words import CITIES, FIRST, LAST, email, iso, moment, sentence

Record = dict[str, Any]
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def hubspot_contact(rng: random.Random, number: int) -> Record:
    properties = {
        "email": email(number), "firstname": rng.choice(FIRST), "lastname": rng.choice(LAST), "phone": f"+49301{number:06d}",
        "mobilephone": None, "company": None, "city": rng.choice(CITIES), "country": "Germany", "hs_language": "de",
        "lifecyclestage": "customer", "hs_lead_status": None, "hs_analytics_source": "ORGANIC_SEARCH",
        "hs_email_optout": "false", "createdate": iso(number), "lastmodifieddate": iso(number + 50), "hs_object_id": str(number),
        "loyalty_level": "gold", "notes_last_contacted": None, "hs_persona": "persona_1",
    }  # fmt: skip
    return {
        "id": str(number + 1),
        "properties": properties,
        "createdAt": iso(number),
        "updatedAt": iso(number + 50),
        "archived": False,
    }


def hubspot_contact_row(rng: random.Random, number: int) -> Record:
    at = moment(number)
    return {
        "Record ID": str(number + 1), "First Name": rng.choice(FIRST), "Last Name": rng.choice(LAST), "Email": email(number),
        "Phone Number": f"+49301{number:06d}", "City": rng.choice(CITIES), "Country/Region": "Germany",
        "Lifecycle Stage": "Customer", "Unsubscribed from all email": "No", "Create Date": f"{at:%Y-%m-%d %H:%M}",
        "Last Modified Date": f"{at:%Y-%m-%d %H:%M}", "Loyalty level": "gold", "Persona": "one", "Favourite shop": "Graz",
    }  # fmt: skip


def _salesforce_id(number: int, prefix: str = "003") -> str:
    """18 characters, as every tool but reports writes them: the last three say which of the others are capitals."""
    short = f"{prefix}A{CAPITALS[number % 26]}{CAPITALS[number // 26 % 26]}{number:09d}"
    fives = (short[start : start + 5] for start in (0, 5, 10))
    checks = (sum(1 << place for place, sign in enumerate(five) if sign in CAPITALS) for five in fives)
    return short + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[check] for check in checks)


def salesforce_contact(rng: random.Random, number: int, written: str) -> Record:
    """`written`: format of moments."""
    at = f"{moment(number):{written}}"
    return {
        "Id": _salesforce_id(number), "AccountId": _salesforce_id(number, "001"), "IsDeleted": "false",
        "FirstName": rng.choice(FIRST), "LastName": rng.choice(LAST), "Email": email(number), "Phone": f"+49301{number:06d}",
        "MobilePhone": "", "MailingCity": rng.choice(CITIES), "MailingCountry": "Germany", "Birthdate": "",
        "LeadSource": "Web", "HasOptedOutOfEmail": "false", "DoNotCall": "false", "OwnerId": "005A0000001abcd",
        "Description": sentence(rng), "Loyalty__c": "gold", "CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at,
    }  # fmt: skip


def salesforce_record(rng: random.Random, number: int) -> Record:
    """As REST has it."""
    flat = salesforce_contact(rng, number, "%Y-%m-%dT%H:%M:%S.000+0000")
    flat |= {
        "IsDeleted": False,
        "HasOptedOutOfEmail": False,
        "DoNotCall": False,
        "Birthdate": None,
        "MobilePhone": None,
    }
    url = f"/services/data/v61.0/sobjects/Contact/{flat['Id']}"
    return {"attributes": {"type": "Contact", "url": url}, **flat}
