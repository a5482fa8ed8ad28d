"""The shop's CRM: contact records (also merged, doubled and mailbox ones), deals and tickets.

`make_contacts`, `make_deals`, `make_tickets` give one row per record, as the CRM last knew it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo import vocabulary as words
from chat_pipeline.demo.chance import digits, pick, stream

if TYPE_CHECKING:
    import pandas as pd

    from chat_pipeline.demo.shop import Shop

# The full export by hand was made this many days before the end; later changes come from the API.
SNAPSHOT_DAYS = 10
LEAST_MAILBOX = 8
STAGES = ("subscriber", "lead", "marketingqualifiedlead", "opportunity", "customer")
SOURCES = ("ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "SOCIAL_MEDIA", "DIRECT_TRAFFIC", "OFFLINE")


def make_contacts(shop: Shop) -> pd.DataFrame:
    """One row per contact: crm_id, n, e-mails, phone, links, `merged_into` (of records merged away), times."""
    import pandas as pd

    rng = stream(shop.seed, "crm")
    people = shop.people[shop.people.crm_id.notna()]
    main = people[["n", "crm_id", "email", "email2", "phone", "user_id"]].reset_index(drop=True)
    main["merged_into"] = None
    plain = main.index[main.user_id.isna() & ~people.is_staff.to_numpy()]
    desk = plain[: max(LEAST_MAILBOX, int(len(plain) * 0.02))]
    main["is_desk"] = main.index.isin(desk)
    main.loc[main.is_desk, "email"] = words.SHOP_MAILBOX
    main.loc[main.is_desk, "email2"] = None
    users = shop.talks[shop.talks.keeps_user & ~shop.talks.is_test].drop_duplicates("n").set_index("n").user
    told = main.n.map(users).where(rng.random(len(main)) < 0.4, None)
    main["chat_user"] = told.where(told.notna(), None)
    doubles = _doubles(rng, main, users)
    contacts = pd.concat([main, _losers(rng, main), doubles], ignore_index=True)
    return _with_times(rng, shop, contacts)


def _losers(rng: np.random.Generator, main: pd.DataFrame) -> pd.DataFrame:
    """Records merged into another of the same person: they hold the second e-mail or only the phone."""
    found = main[(rng.random(len(main)) < 0.04) & ~main.is_desk]
    return found.assign(
        merged_into=found.crm_id,
        crm_id="3" + digits(rng, len(found), 10),
        email=found.email2,
        email2=None,
        user_id=None,
        chat_user=None,
    )


def _doubles(rng: np.random.Generator, main: pd.DataFrame, users: pd.Series) -> pd.DataFrame:
    """Second records of a person that nobody merged: chat imports with the bot's user id, without e-mail."""
    found = main[main.n.isin(users.index) & (rng.random(len(main)) < 0.02) & ~main.is_desk]
    return found.assign(
        crm_id="4" + digits(rng, len(found), 10),
        email=None,
        email2=None,
        user_id=None,
        chat_user=found.n.map(users),
        merged_into=None,
    )


def _with_times(rng: np.random.Generator, shop: Shop, contacts: pd.DataFrame) -> pd.DataFrame:
    """Created over 24 months; a few changed or came after the export by hand (`is_late`)."""
    import pandas as pd

    count = len(contacts)
    end = pd.Timestamp(shop.end) + timedelta(days=1)
    snapshot = end - timedelta(days=SNAPSHOT_DAYS)
    age = rng.uniform(1, 729, count)
    contacts["created_at"] = (end - pd.to_timedelta(age, unit="D")).floor("s")
    contacts.loc[contacts.merged_into.notna(), "created_at"] -= timedelta(days=40)
    since = (snapshot - contacts.created_at).dt.total_seconds().clip(lower=60)
    contacts["modified_at"] = (
        contacts.created_at + pd.to_timedelta(rng.random(count) * since, unit="s")
    ).dt.floor("s")
    new = contacts.created_at >= snapshot
    changed = ~new & contacts.merged_into.isna() & (rng.random(count) < 0.05)
    late = end - pd.to_timedelta(rng.uniform(0.2, SNAPSHOT_DAYS - 0.2, count), unit="D")
    contacts["changed_at"] = pd.Series(late).where(changed, contacts.modified_at).dt.floor("s")
    contacts.loc[new, "changed_at"] = contacts.created_at[new] + timedelta(minutes=5)
    contacts["is_new"] = new
    contacts["is_late"] = new | changed
    contacts["stage"] = pick(rng, STAGES, count, (2, 2, 1, 1, 4))
    contacts["source"] = pick(rng, SOURCES, count)
    return contacts


def make_deals(shop: Shop, contacts: pd.DataFrame) -> pd.DataFrame:
    """One row per deal with offices and cafés."""
    import pandas as pd

    rng = stream(shop.seed, "deals")
    live = contacts[contacts.merged_into.isna() & ~contacts.is_desk]
    owner = live.iloc[rng.integers(0, len(live), max(6, int(len(live) * 0.06)))].reset_index(drop=True)
    end = pd.Timestamp(shop.end)
    opened = (end - pd.to_timedelta(rng.uniform(30, 700, len(owner)), unit="D")).floor("min")
    stage = pick(
        rng, ("closedwon", "closedlost", "appointmentscheduled", "contractsent"), len(owner), (5, 2, 2, 1)
    )
    closed = opened + pd.to_timedelta(rng.uniform(1, 28, len(owner)), unit="D")
    return pd.DataFrame(
        {
            "deal_id": digits(rng, len(owner), 11),
            "crm_id": owner.crm_id,
            "n": owner.n,
            "name": "Office tea " + pd.Series(np.arange(len(owner)) + 1).astype(str),
            "amount": np.round(rng.lognormal(5.5, 0.6, len(owner)), 2),
            "stage": stage,
            "opened_at": opened,
            "closed_at": closed.floor("min"),
        }
    )


def make_tickets(shop: Shop, contacts: pd.DataFrame) -> pd.DataFrame:
    """One row per ticket: after hand-overs of known contacts, and some that came by mail."""
    import pandas as pd

    rng = stream(shop.seed, "tickets")
    main = contacts[contacts.merged_into.isna()].drop_duplicates("n").set_index("n").crm_id
    talks = shop.talks[shop.talks.handed_over & shop.talks.n.isin(main.index) & ~shop.talks.is_test]
    talks = talks[rng.random(len(talks)) < 0.6]
    by_mail = shop.talks.iloc[rng.integers(0, len(shop.talks), max(5, len(shop.talks) // 60))]
    by_mail = by_mail[by_mail.n.isin(main.index)]
    source = pd.concat([talks.assign(channel="CHAT"), by_mail.assign(channel="EMAIL")], ignore_index=True)
    wait = pd.to_timedelta(rng.uniform(10, 90, len(source)), unit="min")
    opened = (source.started_at + wait).dt.floor("min")
    closed = opened + pd.to_timedelta(rng.exponential(30, len(source)) + 0.5, unit="h")
    is_closed = (closed < pd.Timestamp(shop.end)) & (rng.random(len(source)) < 0.93)
    return pd.DataFrame(
        {
            "ticket_id": digits(rng, len(source), 10),
            "crm_id": source.n.map(main),
            "n": source.n,
            "channel": source.channel,
            "topic": source.topic1.replace("", "other"),
            "priority": pick(rng, ("LOW", "MEDIUM", "HIGH"), len(source), (3, 5, 2)),
            "opened_at": opened,
            "closed_at": closed.dt.floor("min").where(is_closed),
        }
    )
