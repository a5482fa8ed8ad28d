"""The optional rule for probable customers on the demo shop, judged by who its records really belong to."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest
from identity_truth import RECORD, pair_quality
from truth.shop import Told, told_of

from chat_pipeline import identity_probable
from chat_pipeline.home import Home
from chat_pipeline.identity import resolve

THRESHOLD = 0.95
INPUTS = ("int_crm_people__unioned", "int_shop_customers__unioned")
RECORDS = ("int_identifiers__unioned", "int_crm_merges__unioned")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told(demo_home_once: Home) -> Told:
    return told_of(demo_home_once.root)


def frames(told: Told, names: tuple[str, ...]) -> list[pd.DataFrame]:
    with duckdb.connect(str(told.home.warehouse), read_only=True) as con:
        return [con.execute(f"select * from intermediate.{name}").df() for name in names]


def owners(told: Told) -> pd.Series:
    """Person by the name that a record has in `probable_pairs`."""
    records = told.truth("records").query("record_kind in ('crm_person', 'shop_customer')")
    kind = records["record_kind"].map({"crm_person": "crm_id", "shop_customer": "shop_customer_id"})
    name = kind + "|" + records["platform"] + "|" + records["instance"] + "|" + records["record_id"]
    return records.set_index(name)["person_id"]


def pairs_of_one_person(told: Told, people: pd.DataFrame) -> int:
    counts = owners(told).reindex(people["record"]).value_counts()
    return int((counts * (counts - 1) // 2).sum())


# So fine that Splink gives up on some of the pairs to learn from: the others must do.
@pytest.mark.parametrize(
    ("convergence", "right"),
    [(identity_probable.CONVERGENCE, 1), pytest.param(1e-12, 0.95, marks=pytest.mark.long)],
)
def test_pairs_are_of_one_person_and_hardly_one_is_missed(
    told: Told, monkeypatch: pytest.MonkeyPatch, convergence: float, right: float
) -> None:
    monkeypatch.setattr(identity_probable, "CONVERGENCE", convergence)
    people = identity_probable.people_of(*frames(told, INPUTS))
    pairs = identity_probable.probable_pairs(people, THRESHOLD)
    who = owners(told)
    assert (pairs["left"].map(who) == pairs["right"].map(who)).mean() >= right
    assert len(pairs) >= 0.9 * pairs_of_one_person(told, people)


def test_customers_grow_together_and_none_is_two_people(told: Told) -> None:
    pairs = identity_probable.probable_pairs(identity_probable.people_of(*frames(told, INPUTS)), THRESHOLD)
    records = frames(told, RECORDS)
    alone, joined = resolve(records[0], records[1]), resolve(records[0], records[1], pairs)
    truth = told.truth("records")
    before, after = pair_quality(truth, alone), pair_quality(truth, joined)
    assert after.precision >= before.precision
    assert after.right > before.right
    kept = truth[truth["record_kind"].isin(["crm_person", "shop_customer"])].merge(
        joined.drop_duplicates(RECORD)[[*RECORD, "customer_key"]], on=RECORD
    )
    assert kept.groupby("customer_key")["person_id"].nunique().max() == 1
    # Whoever grew together says how probable that is.
    keys = (resolved.groupby(RECORD)["customer_key"].first() for resolved in (alone, joined))
    merged = pd.concat(keys, axis=1, keys=["alone", "joined"]).groupby("joined")["alone"].nunique()
    scored = joined[joined["score"].notna()]
    assert set(merged.index[merged > 1]) <= set(scored["customer_key"])
    assert scored["score"].between(THRESHOLD, 1).all()
