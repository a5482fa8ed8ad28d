"""The people of the demo shop and the devices they use: who is who, before anything is exported.

`make_people` gives one row per person (index = `n`), `make_devices` one row per device and person
using it: a tablet that a couple shares has two rows with one client id.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from chat_pipeline.demo import vocabulary as words
from chat_pipeline.demo.chance import digits, pick, stream

if TYPE_CHECKING:
    import pandas as pd

STAFF = 4


def make_people(seed: int, count: int, end: date) -> pd.DataFrame:
    """One row per person: names, place, contact data, accounts and how active the person is."""
    import pandas as pd

    rng = stream(seed, "people")
    people = pd.DataFrame(
        {
            "n": np.arange(count),
            "person_id": [f"p{n:06d}" for n in range(count)],
            "language": pick(rng, ("de", "en", "fr"), count, (0.5, 0.32, 0.18)),
            "gender": pick(rng, ("female", "male"), count, (0.58, 0.42)),
            "chat_weight": rng.lognormal(0, 1.0, count),
            "order_weight": rng.lognormal(0, 0.9, count),
            "is_staff": np.arange(count) < STAFF,
        }
    )
    people.loc[people.is_staff, "chat_weight"] = 0.0
    _add_names(rng, people)
    _add_places(rng, people)
    _add_contacts(rng, people)
    age = np.clip(rng.normal(43, 14, count), 18, 88)
    born = np.datetime64(end) - (age * 365.25).astype("timedelta64[D]")
    people["birth_date"] = pd.Series(born.astype("datetime64[us]")).where(rng.random(count) < 0.6)
    _add_accounts(rng, people)
    return people


def _add_names(rng: np.random.Generator, people: pd.DataFrame) -> None:
    people["first_name"] = ""
    people["last_name"] = ""
    for (language, gender), rows in people.groupby(["language", "gender"]).groups.items():
        people.loc[rows, "first_name"] = pick(rng, words.FIRST_NAMES[str(language)][str(gender)], len(rows))
        people.loc[rows, "last_name"] = pick(rng, words.LAST_NAMES[str(language)], len(rows))


def _add_places(rng: np.random.Generator, people: pd.DataFrame) -> None:
    columns = ["country", "country_name", "dial", "city", "region", "zip"]
    for column in columns:
        people[column] = ""
    for language, countries in words.PLACES.items():
        options = [
            ((code, name, dial, *city), weight / len(cities))
            for code, name, dial, weight, cities in countries
            for city in cities
        ]
        rows = people.index[people.language == language]
        chosen = pick(rng, [place for place, _ in options], len(rows), [weight for _, weight in options])
        people.loc[rows, columns] = np.array([list(place) for place in chosen], object)


def _plain(name: str) -> str:
    """A name as it stands in an address: lower case, without accents and apostrophes."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return bare.lower().replace("'", "")


def _add_contacts(rng: np.random.Generator, people: pd.DataFrame) -> None:
    """E-mail (unique), a second one for some, phone; a few households have one phone."""
    count = len(people)
    local = (people.first_name + "." + people.last_name).map(_plain)
    domain = pick(rng, words.MAIL_DOMAINS, count)
    people["email"] = local + people.n.astype(str) + "@" + domain
    people.loc[people.is_staff, "email"] = local + people.n.astype(str) + "@" + words.STAFF_DOMAIN
    other = people.last_name.map(_plain)
    people["email2"] = (
        other + people.n.astype(str) + "@work" + (people.n % 40).astype(str) + ".example"
    ).where((rng.random(count) < 0.12) & ~people.is_staff, None)
    people["phone"] = people.dial + "15" + digits(rng, count, 8)
    household = np.flatnonzero((people.n % 2 == 0) & (rng.random(count) < 0.03) & (people.n + 1 < count))
    people["is_phone_shared"] = False
    people.loc[household + 1, "phone"] = people.phone.to_numpy()[household]
    people.loc[np.concatenate([household, household + 1]), "is_phone_shared"] = True


def _add_accounts(rng: np.random.Generator, people: pd.DataFrame) -> None:
    """The shop login (`user_id`), the CRM record and the customer record of the shop, null where missing."""
    count = len(people)
    has_login = (rng.random(count) < 0.55) & ~people.is_staff.to_numpy()
    people["user_id"] = np.where(has_login, "K" + digits(rng, count, 6), None)
    in_crm = rng.random(count) < np.where(has_login, 0.93, 0.35)
    people["crm_id"] = np.where(in_crm, digits(rng, count, 11), None)
    people["shop_customer_id"] = "7" + digits(rng, count, 12)
    people["accepts_email"] = rng.random(count) < 0.6


def make_devices(seed: int, people: pd.DataFrame, end: date, days: int) -> pd.DataFrame:
    """One row per device and user: n, client_id, is_shared, and what the device is."""
    import pandas as pd

    rng = stream(seed, "devices")
    consenting = people.n[(rng.random(len(people)) < 0.75) & ~people.is_staff].to_numpy()
    second = consenting[rng.random(len(consenting)) < 0.22]
    owner = np.concatenate([consenting, second])
    devices = _devices(rng, len(owner), end, days).assign(n=owner, is_shared=False)
    couples = consenting[(consenting % 2 == 0) & (rng.random(len(consenting)) < 0.06)]
    tablets = _devices(rng, len(couples), end, days).assign(is_shared=True, device=len(words.DEVICES) - 1)
    both = [tablets.assign(n=couples), tablets.assign(n=couples + 1)]
    known = pd.concat([devices, *both], ignore_index=True)
    return known[known.n < len(people)].reset_index(drop=True)


def make_strangers(seed: int, count: int, end: date, days: int) -> pd.DataFrame:
    """Devices of visitors who never say who they are: as `make_devices`, without a person."""
    return _devices(stream(seed, "strangers"), count, end, days).assign(n=-1, is_shared=False)


def _devices(rng: np.random.Generator, count: int, end: date, days: int) -> pd.DataFrame:
    """`count` browsers with different client ids `<random>.<first visit, epoch seconds>`."""
    import pandas as pd

    last = int(np.datetime64(end).astype("datetime64[s]").astype(int))
    first_seen = last - 86_400 * (days + rng.integers(0, 400, count)) + rng.integers(0, 86_400, count)
    weights = [device[5] for device in words.DEVICES]
    return pd.DataFrame(
        {
            "client_id": digits(rng, count, 9) + "." + pd.Series(first_seen).astype(str).astype(object),
            "first_seen": first_seen,
            "device": rng.choice(len(words.DEVICES), count, p=np.array(weights) / sum(weights)),
        }
    )
