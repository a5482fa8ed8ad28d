"""HubSpot's exports of the user interface (contacts and companies CSV, deals zipped, tickets Excel), later changes as API pages.

The CSV holds labels and the account's local time without zone; the API internal names and UTC.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chat_pipeline.demo.chance import ZONE
from chat_pipeline.demo.crm import SNAPSHOT_DAYS
from chat_pipeline.demo.files import Exports, write_excel, zipped

if TYPE_CHECKING:
    from chat_pipeline.demo.shop import Shop

PAGE = 100
LOCAL = f"strftime(timezone('{ZONE}', timezone('UTC', $)), '%Y-%m-%d %H:%M')"
UTC = "strftime($, '%Y-%m-%dT%H:%M:%S.000Z')"

# One row per contact with everything that both kinds of export write.
KNOWN = """
create or replace table known_contacts as
select c.*, p.first_name, p.last_name, p.city, p.country_name, p.zip, p.gender, p.birth_date, p.language, p.accepts_email,
    (select string_agg(m.crm_id, ';' order by m.crm_id) from contacts as m where m.merged_into = c.crm_id) as merged_ids,
    (select string_agg(m.email, ';' order by m.email) from contacts as m where m.merged_into = c.crm_id) as merged_email,
    case c.stage when 'marketingqualifiedlead' then 'Marketing Qualified Lead' else upper(c.stage[1]) || c.stage[2:] end as stage_label,
    case c.source when 'SOCIAL_MEDIA' then 'Organic Social' when 'OFFLINE' then 'Offline Sources'
        else (select string_agg(upper(w[1]) || lower(w[2:]), ' ') from (select unnest(string_split(c.source, '_')) as w)) end as source_label
from contacts as c join people as p using (n)
"""

CONTACTS = f"""
select crm_id as "Record ID", first_name as "First Name", last_name as "Last Name", email as "Email",
    coalesce(email2, merged_email) as "Additional email addresses", phone as "Phone Number", city as "City",
    country_name as "Country/Region", zip as "Postal Code", gender as "Gender", strftime(birth_date, '%Y-%m-%d') as "Date of birth",
    language as "Preferred language", stage_label as "Lifecycle Stage", source_label as "Original Traffic Source",
    case when accepts_email then 'false' else 'true' end as "Unsubscribed from all email",
    chat_user as "Chat user", user_id as "Shop account", merged_ids as "Merged Contact IDs",
    {LOCAL.replace("$", "created_at")} as "Create Date", {LOCAL.replace("$", "modified_at")} as "Last Modified Date"
from known_contacts where not is_new order by created_at desc, crm_id
"""

DEALS = f"""
select deal_id as "Record ID", name as "Deal Name",
    case stage when 'closedwon' then 'Closed won' when 'closedlost' then 'Closed lost'
        when 'contractsent' then 'Contract sent' else 'Appointment scheduled' end as "Deal Stage",
    'Sales Pipeline' as "Pipeline", printf('%.2f', amount) as "Amount", {LOCAL.replace("$", "closed_at")} as "Close Date",
    {LOCAL.replace("$", "opened_at")} as "Create Date",
    {LOCAL.replace("$", "case when starts_with(stage, 'closed') then closed_at else opened_at end")} as "Last Modified Date",
    case when stage = 'closedwon' then 'true' else 'false' end as "Is Closed Won", crm_id as "Associated Contact IDs"
from deals order by opened_at desc, deal_id
"""

TICKETS = f"""
select ticket_id as "Record ID", 'Question about ' || replace(topic, '_', ' ') as "Ticket name", '' as "Ticket description",
    'Support Pipeline' as "Pipeline", case when closed_at is null then 'Waiting on us' else 'Closed' end as "Ticket status",
    priority as "Priority", topic as "Category", case channel when 'CHAT' then 'Chat' else 'Email' end as "Source",
    {LOCAL.replace("$", "opened_at")} as "Create date", {LOCAL.replace("$", "closed_at")} as "Close date",
    {LOCAL.replace("$", "coalesce(closed_at, opened_at)")} as "Last Modified Date", crm_id as "Associated Contact IDs"
from tickets order by opened_at desc, ticket_id
"""

COMPANIES = f"""
select '9' || crm_id as "Record ID", name || ' ' || left(crm_id, 3) as "Company name", 'office' || left(crm_id, 6) || '.example' as "Company Domain Name",
    'Berlin' as "City", 'Germany' as "Country/Region", 'Customer' as "Lifecycle Stage",
    {LOCAL.replace("$", "opened_at")} as "Create Date", {LOCAL.replace("$", "opened_at")} as "Last Modified Date"
from (select crm_id, min(name) as name, min(opened_at) as opened_at from deals group by crm_id) order by crm_id
"""

API = f"""
select json_object('id', crm_id, 'properties', json_object(
        'hs_object_id', crm_id, 'firstname', first_name, 'lastname', last_name, 'email', email,
        'hs_additional_emails', coalesce(email2, merged_email), 'phone', phone, 'city', city, 'country', country_name, 'zip', zip,
        'gender', gender, 'date_of_birth', strftime(birth_date, '%Y-%m-%d'), 'hs_language', language,
        'lifecyclestage', case when is_new then stage else 'customer' end, 'hs_analytics_source', source,
        'hs_email_optout', case when accepts_email then 'false' else 'true' end, 'chat_user', chat_user, 'shop_account', user_id,
        'hs_merged_object_ids', merged_ids, 'createdate', {UTC.replace("$", "created_at")},
        'lastmodifieddate', {UTC.replace("$", "changed_at")}),
    'createdAt', {UTC.replace("$", "created_at")}, 'updatedAt', {UTC.replace("$", "changed_at")}, 'archived', false) as record
from known_contacts where is_late order by changed_at, crm_id
"""


def write(shop: Shop, exports: Exports) -> None:
    """`exports/hubspot/`: the full export by hand, then the pages of what changed since; one row without id."""
    shop.con.execute(KNOWN)
    made = shop.morning(SNAPSHOT_DAYS, 8)
    name = f"hubspot/hubspot-crm-exports-all-contacts-{made:%Y-%m-%d}.csv"
    rows = shop.con.execute(CONTACTS).df()
    nobody = "," * (len(rows.columns) - 1)
    exports.broken.append((name, len(rows) + 1, "no record id"))
    exports.write(name, rows.to_csv(index=False) + nobody.replace(",,", ",Nobody,", 1) + "\n", made)
    deals, tickets = (shop.con.execute(query).df() for query in (DEALS, TICKETS))
    half = len(deals) // 2
    parts = {
        f"deals-{n}.csv": part.to_csv(index=False) for n, part in enumerate((deals[:half], deals[half:]), 1)
    }
    name = f"hubspot/hubspot-crm-exports-all-deals-{shop.end:%Y-%m-%d}.zip"
    exports.write(name, zipped(parts), shop.morning(0, 8))
    write_excel(
        exports,
        f"hubspot/hubspot-crm-exports-all-tickets-{shop.end:%Y-%m-%d}.xlsx",
        "Tickets",
        tickets,
        shop.morning(0, 8),
    )
    companies = shop.con.execute(COMPANIES).df().to_csv(index=False)
    exports.write(
        f"hubspot/hubspot-crm-exports-all-companies-{shop.end:%Y-%m-%d}.csv", companies, shop.morning(0, 8)
    )
    records = [record for (record,) in shop.con.execute(API).fetchall()]
    pages = [records[start : start + PAGE] for start in range(0, len(records), PAGE)] or [[]]
    for number, page in enumerate(pages, start=1):
        after = {} if number == len(pages) else {"paging": {"next": {"after": str(number * PAGE)}}}
        rest = json.dumps(after)[1:-1]
        body = f'{{"results": [{", ".join(page)}]{", " if rest else ""}{rest}}}\n'
        exports.write(f"hubspot/api/contacts_page_{number:02d}.json", body, shop.morning(0, 7))
