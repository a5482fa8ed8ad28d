"""The shop's second CRM, for offices and cafés: accounts, contacts, leads, opportunities and service cases.

`make_offices` gives them by name. People here may also be in the shop's first CRM; nothing here is an order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo.chance import pick, stream

if TYPE_CHECKING:
    import pandas as pd

    from chat_pipeline.demo.shop import Shop

ALPHABET = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"))
LETTERS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
KINDS = ("Café", "Büro", "Kantine", "Hotel", "Praxis", "Studio")
STAGES = (("Closed Won", 5), ("Closed Lost", 2), ("Negotiation", 2), ("Prospecting", 1))


def ids(rng: np.random.Generator, prefix: str, count: int) -> np.ndarray:
    """Different ids of 18 characters: the object's prefix, a random part, and three that tell the capitals."""
    body = LETTERS[rng.integers(0, 62, (count, 6))].view("<U6").ravel()
    short = [f"{prefix}Kb{number:04d}{text}" for number, text in enumerate(body)]
    return np.array([f"{each}{_checks(each)}" for each in short], object)


def _checks(short: str) -> str:
    fives = [short[start : start + 5] for start in (0, 5, 10)]
    return "".join(str(ALPHABET[sum(c.isupper() << i for i, c in enumerate(five))]) for five in fives)


def make_offices(shop: Shop) -> dict[str, pd.DataFrame]:
    """DataFrames sf_accounts, sf_people (contacts and leads, `became` of those that live on in another), sf_deals, sf_cases."""
    import pandas as pd

    rng = stream(shop.seed, "offices")
    able = shop.people.n[~shop.people.is_staff].to_numpy()
    buyers = np.sort(rng.choice(able, max(12, int(len(able) * 0.05)), replace=False))
    accounts = pd.DataFrame({"account_id": ids(rng, "001", len(buyers) // 2)})
    accounts["name"] = (
        pick(rng, KINDS, len(accounts)) + " " + pick(rng, shop.people.last_name.unique(), len(accounts))
    )
    accounts["city"] = pick(rng, shop.people.city.unique(), len(accounts))
    people = _people(rng, shop, buyers, accounts)
    return {
        "sf_accounts": accounts,
        "sf_people": people,
        "sf_deals": _deals(rng, shop, people, accounts),
        "sf_cases": _cases(rng, shop, people),
    }


def _people(rng: np.random.Generator, shop: Shop, buyers: np.ndarray, accounts: pd.DataFrame) -> pd.DataFrame:
    """Contacts; doubles merged into them; leads, half of which became their person's contact."""
    import pandas as pd

    person = shop.people.set_index("n", drop=False).loc[buyers]
    contacts = person[
        ["n", "first_name", "last_name", "email", "email2", "phone", "city", "country_name"]
    ].reset_index(drop=True)
    contacts["kind"] = "contact"
    contacts["record_id"] = ids(rng, "003", len(contacts))
    contacts["account_id"] = accounts.account_id.to_numpy()[np.arange(len(contacts)) % len(accounts)]
    # The office writes from the address at work, where there is one.
    contacts["email"] = contacts.email2.where(
        contacts.email2.notna() & (rng.random(len(contacts)) < 0.7), contacts.email
    )
    contacts["became"] = None
    # Colleagues share the office's line.
    contacts["phone"] = "+4930" + contacts.account_id.factorize()[0].astype(str).astype(object) + "555123"
    few = max(2, len(contacts) // 15)
    losers = contacts.iloc[:few].assign(
        record_id=ids(rng, "003", few + 5000)[5000:], became=contacts.record_id[:few], phone=None
    )
    losers["email"] = [f"alt{n}@buero{n % 7}.example" for n in losers.n]
    converted = contacts.iloc[few : 4 * few]
    leads = converted.assign(
        kind="lead", record_id=ids(rng, "00Q", len(converted)), became=converted.record_id, phone=None
    )
    leads["email"] = shop.people.email.to_numpy()[leads.n]
    rest = shop.people[~shop.people.n.isin(buyers) & ~shop.people.is_staff].iloc[: 3 * few]
    fresh = rest[[*contacts.columns[:8]]].assign(kind="lead", became=None, account_id=None, phone=None)
    fresh["record_id"] = ids(rng, "00Q", len(fresh) + 5000)[5000:]
    found = pd.concat([contacts, losers, leads, fresh], ignore_index=True)
    end = pd.Timestamp(shop.end)
    found["created_at"] = (end - pd.to_timedelta(rng.uniform(20, 600, len(found)), unit="D")).floor("s")
    found["changed_at"] = (end - pd.to_timedelta(rng.uniform(9, 19, len(found)), unit="D")).floor("s")
    return found


def _deals(
    rng: np.random.Generator, shop: Shop, people: pd.DataFrame, accounts: pd.DataFrame
) -> pd.DataFrame:
    """One row per opportunity of a contact with its account."""
    import pandas as pd

    live = people[(people.kind == "contact") & people.became.isna()]
    owner = live.iloc[rng.integers(0, len(live), max(6, len(live) // 2))].reset_index(drop=True)
    opened = (pd.Timestamp(shop.end) - pd.to_timedelta(rng.uniform(30, 500, len(owner)), unit="D")).floor("s")
    return pd.DataFrame(
        {
            "deal_id": ids(rng, "006", len(owner)),
            "record_id": owner.record_id,
            "account_id": owner.account_id,
            "amount": np.round(rng.lognormal(7, 0.6, len(owner)), 2),
            "stage": pick(rng, [name for name, _ in STAGES], len(owner), [weight for _, weight in STAGES]),
            "opened_at": opened,
            "closes_at": opened + pd.to_timedelta(21, unit="D"),
        }
    )


def _cases(rng: np.random.Generator, shop: Shop, people: pd.DataFrame) -> pd.DataFrame:
    """One row per service case: of contacts, after their hand-overs and by telephone."""
    import pandas as pd

    live = people[(people.kind == "contact") & people.became.isna()].drop_duplicates("n").set_index("n")
    talks = shop.talks[shop.talks.handed_over & shop.talks.n.isin(live.index) & ~shop.talks.is_test]
    called = shop.talks[shop.talks.n.isin(live.index)].iloc[:: max(1, len(shop.talks) // 100)][:40]
    source = pd.concat([talks.assign(origin="Chat"), called.assign(origin="Phone")], ignore_index=True)
    opened = (source.started_at + pd.to_timedelta(rng.uniform(10, 80, len(source)), unit="min")).dt.floor("s")
    closed = (opened + pd.to_timedelta(rng.exponential(40, len(source)) + 1, unit="h")).dt.floor("s")
    return pd.DataFrame(
        {
            "case_id": ids(rng, "500", len(source)),
            "number": [f"{1000 + n:08d}" for n in range(len(source))],
            "record_id": live.record_id.reindex(source.n).to_numpy(),
            "n": source.n,
            "origin": source.origin,
            "topic": source.topic1.replace("", "other"),
            "opened_at": opened,
            "closed_at": closed.where(closed < pd.Timestamp(shop.end)),
        }
    )
