"""Salesforce's exports: the weekly Data Export, everything of Data Loader, leads of the bulk API, answers of REST."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chat_pipeline.demo.files import Exports
from chat_pipeline.demo.offices import make_offices
from chat_pipeline.demo.shop import keep

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

WEEKLY = "strftime($, '%Y-%m-%d %H:%M:%S')"
LOADER = "strftime($, '%Y-%m-%dT%H:%M:%S.000+0000')"
ISO = "strftime($, '%Y-%m-%dT%H:%M:%S.000Z')"
NOBODY = "000000000000000AAA"


def _moments(form: str) -> str:
    names = {"CreatedDate": "created_at", "LastModifiedDate": "changed_at", "SystemModstamp": "changed_at"}
    return ", ".join(f'{form.replace("$", column)} as "{name}"' for name, column in names.items())


# File -> (query, separator, encoding, every cell quoted).
CONTACT_CSV = f"""
select record_id as "Id", '0' as "IsDeleted", '{NOBODY}' as "MasterRecordId", account_id as "AccountId", last_name as "LastName",
    first_name as "FirstName", email as "Email", phone as "Phone", city as "MailingCity", country_name as "MailingCountry",
    '0' as "HasOptedOutOfEmail", {_moments(WEEKLY)}
from sf_people where kind = 'contact' and became is null order by record_id
"""
ACCOUNT_CSV = f"""
select account_id as "Id", '0' as "IsDeleted", '{NOBODY}' as "MasterRecordId", name as "Name", 'Customer' as "Type", 'Hospitality' as "Industry",
    city as "BillingCity", '2025-01-01 08:00:00' as "CreatedDate", '2025-01-01 08:00:00' as "LastModifiedDate", '2025-01-01 08:00:00' as "SystemModstamp"
from sf_accounts order by account_id
"""
# Data Loader's Export All: also what was merged away; some ids without their three last characters.
ALL_CSV = f"""
select record_id as "Id", case when became is null then '0' else '1' end as "IsDeleted", became as "MasterRecordId", last_name as "LastName",
    first_name as "FirstName", email as "Email", phone as "Phone", {_moments(LOADER)}
from sf_people where kind = 'contact' and (became is not null or record_id in (select became from sf_people where kind = 'contact')) order by record_id
"""
LEAD_CSV = f"""
select left(record_id, 15) as "Id", first_name as "FirstName", last_name as "LastName", email as "Email", 'Office' as "Company", phone as "Phone",
    country_name as "Country", 'Chat' as "LeadSource", case when became is null then 'Open' else 'Qualified' end as "Status",
    case when became is null then 'false' else 'true' end as "IsConverted",
    case when became is null then null else strftime(changed_at, '%Y-%m-%d') end as "ConvertedDate", became as "ConvertedContactId",
    'false' as "IsDeleted", {_moments(ISO)}
from sf_people where kind = 'lead' order by record_id
"""
DEALS = f"""
select json_object('attributes', json_object('type', 'Opportunity', 'url', '/services/data/v60.0/sobjects/Opportunity/' || deal_id),
    'Id', deal_id, 'AccountId', left(account_id, 15), 'ContactId', record_id, 'Name', 'Office tea ' || left(deal_id, 7), 'StageName', stage,
    'Amount', amount, 'CloseDate', strftime(closes_at, '%Y-%m-%d'), 'IsClosed', starts_with(stage, 'Closed'), 'IsWon', stage = 'Closed Won',
    'IsDeleted', false, 'CreatedDate', {LOADER.replace("$", "opened_at")}, 'LastModifiedDate', {LOADER.replace("$", "opened_at")},
    'SystemModstamp', {LOADER.replace("$", "opened_at")}) as record
from sf_deals order by deal_id
"""
CASES = f"""
select json_object('attributes', json_object('type', 'Case', 'url', '/services/data/v60.0/sobjects/Case/' || case_id),
    'Id', case_id, 'CaseNumber', number, 'ContactId', record_id, 'Origin', origin, 'Type', topic, 'Priority', 'Medium',
    'Status', case when closed_at is null then 'New' else 'Closed' end, 'Subject', 'About ' || replace(topic, '_', ' '),
    'IsClosed', closed_at is not null, 'ClosedDate', {LOADER.replace("$", "closed_at")}, 'IsDeleted', false,
    'CreatedDate', {LOADER.replace("$", "opened_at")}, 'SystemModstamp', {LOADER.replace("$", "coalesce(closed_at, opened_at)")}) as record
from sf_cases order by case_id
"""


def write(shop: Shop, exports: Exports) -> None:
    """`exports/salesforce/`: contacts and accounts weekly in the old encoding, all else as the tools give it."""
    for name, frame in make_offices(shop).items():
        keep(shop, name, frame)
    weekly = shop.morning(7, 3)
    _write_csv(shop, exports, "weekly/Contact.csv", CONTACT_CSV, weekly, encoding="cp1252", quoting=1)
    _write_csv(shop, exports, "weekly/Account.csv", ACCOUNT_CSV, weekly, encoding="cp1252", quoting=1)
    _write_csv(shop, exports, "extract_all_contacts.csv", ALL_CSV, shop.morning(5), encoding="utf-8-sig")
    _write_csv(shop, exports, "leads_bulk.csv", LEAD_CSV, shop.morning(2), sep=";")
    for what, query in (("opportunities", DEALS), ("cases", CASES)):
        records = [record for (record,) in shop.con.execute(query).fetchall()]
        body = f'{{"totalSize": {len(records)}, "done": true, "records": [\n' + ",\n".join(records) + "\n]}\n"
        exports.write(f"salesforce/{what}.json", body, shop.morning(0, 15))


def _write_csv(
    shop: Shop,
    exports: Exports,
    name: str,
    query: str,
    delivered: datetime,
    encoding: str = "utf-8",
    sep: str = ",",
    quoting: int = 0,
) -> None:
    """A query's rows as CSV; `quoting` as in `csv`: 0 where needed, 1 every cell."""
    text = shop.con.execute(query).df().to_csv(index=False, sep=sep, quoting=quoting)
    # The old encoding has no ş: the vendor writes a question mark as well.
    exports.write(f"salesforce/{name}", text.encode(encoding, errors="replace"), delivered)
