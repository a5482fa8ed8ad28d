"""The optional rule: records that are probably of one person."""

from __future__ import annotations

import random
import sys

import pandas as pd
import pytest
from test_identity import customers, frame, merged, record

from chat_pipeline.identity import resolve
from chat_pipeline.identity_probable import NoSplink, people_of, probable_pairs

ANN_CRM, ANN_SHOP = "crm_id|hubspot|default|ann", "shop_customer_id|shopify|default|17"
BEN_CRM = "crm_id|hubspot|default|ben"


def solve(pairs: list[tuple[str, str, float]]) -> pd.DataFrame:
    rows = [
        *record("crm_person", "ann", email="ann@work.test"),
        *record("crm_person", "ben", email="ben@home.test"),
        *record("shop_customer", "17", email="ann@home.test"),
        *record("order", "o1", shop_customer_id="17"),
        *record("thread", "t1", email="ann@work.test"),
    ]
    return resolve(frame(rows), merged(), pd.DataFrame(pairs, columns=["left", "right", "score"]))


def test_a_probable_pair_is_one_customer_and_says_how_probable() -> None:
    alone, joined = customers(solve([])), solve([(ANN_CRM, ANN_SHOP, 0.97)])
    assert alone["ann"] != alone["17"]
    found = customers(joined)
    assert found["ann"] == found["17"] == found["o1"] == found["t1"] != found["ben"]
    # The key is that of the earliest identifier of all, as ever.
    assert found["ann"] in (alone["ann"], alone["17"])
    scored = joined[joined["score"].notna()]
    assert set(scored["identifier_type"]) == {"crm_id", "shop_customer_id"}
    assert set(scored["score"]) == {0.97}
    assert solve([])["score"].isna().all()


def test_two_records_of_one_system_are_never_joined() -> None:
    direct = customers(solve([(ANN_CRM, BEN_CRM, 0.999)]))
    assert direct["ann"] != direct["ben"]
    # Nor by way of a third: the better pair wins.
    found = customers(solve([(ANN_CRM, ANN_SHOP, 0.99), (BEN_CRM, ANN_SHOP, 0.98)]))
    assert found["ann"] == found["17"] != found["ben"]


def test_pairs_of_records_that_are_not_there_join_nothing() -> None:
    assert customers(solve([("crm_id|hubspot|default|gone", ANN_SHOP, 0.99)])) == customers(solve([]))


def people(count: int = 60) -> pd.DataFrame:
    """Unlike people, each in a CRM and in a shop, with a slip in the shop's name."""
    chance = random.Random(7)
    letters = "abcdefghiklmnoprstuvw"
    rows = []
    for n in range(count):
        first, last = ("".join(chance.choices(letters, k=7)) for _ in range(2))
        known = {"phone": f"+49{chance.randrange(10**9, 10**10)}", "email": f"{first}.{last}@mail.test"}
        rows.append({"record": f"c{n:02}", "first_name": first, "last_name": last, "city": "Wien", **known})
        slip = last[:3] + "x" + last[4:]
        rows.append(
            {**rows[-1], "record": f"s{n:02}", "last_name": slip, "email": None if n % 2 else known["email"]}
        )
    return pd.DataFrame(rows)


def test_likeness_is_found_and_does_not_hang_on_the_order_of_the_records() -> None:
    made = people()
    found = probable_pairs(made, 0.9)
    pairs = set(zip(found["left"], found["right"], strict=True))
    assert {(f"c{n:02}", f"s{n:02}") for n in range(60)} == pairs
    assert found["score"].between(0.9, 1).all()
    pd.testing.assert_frame_equal(found, probable_pairs(made.sample(frac=1, random_state=1), 0.9))


def test_a_name_is_nobodys_proof() -> None:
    made = people()
    namesakes = made.assign(phone=[f"+1{n}" for n in range(100, 100 + len(made))], email=None)
    assert probable_pairs(namesakes.assign(last_name="Huber", first_name="Eva"), 0.5).empty
    assert probable_pairs(namesakes[["record", "first_name", "last_name", "city"]], 0.5).empty
    assert probable_pairs(made.head(1), 0.5).empty


def test_without_the_library_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(NoSplink, match=r"chat-pipeline\[probabilistic\]"):
        probable_pairs(people(2), 0.9)


def test_people_come_from_crm_and_shop_under_their_own_ids() -> None:
    system = {"platform": ["hubspot"], "instance": ["default"], "first_name": ["Ann"], "city": [None]}
    crm = pd.DataFrame({**system, "person_id": ["ann"], "birth_date": pd.to_datetime(["1980-02-01"])})
    shop = pd.DataFrame({**system, "platform": ["shopify"], "customer_id": ["17"], "email": ["a@x.test"]})
    found = people_of(crm, shop)
    assert list(found["record"]) == [ANN_CRM, ANN_SHOP]
    assert list(found["first_name"]) == ["ann", "ann"]
    assert found["birth_date"][0].startswith("1980-02-01")
