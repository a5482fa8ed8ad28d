"""Who is who: merging by strong keys, attaching by weak ones, and what must never happen."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat_pipeline.identity import ADDED, resolve

COLUMNS = (
    "record_kind",
    "platform",
    "instance",
    "record_id",
    "identifier_type",
    "identifier_scope",
    "identifier_value",
    "seen_at",
    "is_verified",
)
PLATFORM = {"thread": "rasa", "crm_person": "hubspot", "shop_customer": "shopify", "order": "shopify"}
OWN = {
    "thread": "thread_id",
    "crm_person": "crm_id",
    "shop_customer": "shop_customer_id",
    "order": "order_id",
}
SCOPE = {"platform_user_id": "rasa|default", "thread_id": "rasa|default", "crm_id": "hubspot|default"}
SCOPE |= {"shop_customer_id": "shopify|default", "order_id": "shopify|default"}

Row = tuple
DAY = pd.Timestamp("2026-03-01")


def record(kind: str, name: str, day: int = 0, **identifiers: str | Sequence[str]) -> list[Row]:
    """A record's rows. `typed_email` is an e-mail without a login behind it."""
    if kind in OWN:
        identifiers = {OWN[kind]: name, **identifiers}
    rows = []
    for key, values in identifiers.items():
        for value in [values] if isinstance(values, str) else values:
            identifier = key.removeprefix("typed_")
            verified = not key.startswith("typed_") and not (kind == "thread" and key == "phone")
            system = (kind, PLATFORM.get(kind, "ga4"), "default", name)
            seen_at = DAY + pd.Timedelta(days=day)
            rows.append((*system, identifier, SCOPE.get(identifier, ""), value, seen_at, verified))
    return rows


def frame(rows: Iterable[Row]) -> pd.DataFrame:
    made = pd.DataFrame(list(rows), columns=list(COLUMNS))
    return made.astype({"seen_at": "datetime64[us]", "is_verified": "bool"})


def merged(*pairs: tuple[str, str]) -> pd.DataFrame:
    """(survivor, merged away) pairs of HubSpot."""
    rows = [("hubspot", "default", survivor, loser) for survivor, loser in pairs]
    return pd.DataFrame(rows, columns=["platform", "instance", "person_id", "merged_person_id"], dtype="str")


def solve(*records: list[Row], merges: pd.DataFrame | None = None) -> pd.DataFrame:
    return resolve(frame(row for rows in records for row in rows), merged() if merges is None else merges)


def customers(solved: pd.DataFrame) -> dict[str, str | None]:
    """Customer by record id."""
    keys = solved.drop_duplicates("record_id").set_index("record_id")["customer_key"]
    return {name: (None if pd.isna(key) else key) for name, key in keys.items()}


def conflicts(solved: pd.DataFrame) -> set[str]:
    return set(solved.loc[solved["has_identity_conflict"], "record_id"])


def test_strong_keys_merge_over_systems() -> None:
    found = customers(
        solve(
            record("thread", "t", user_id="u1"),
            record("crm_person", "c", user_id="u1", email="ann@x.de"),
            record("shop_customer", "s", email="ann@x.de"),
            record("order", "o", shop_customer_id="s"),
        )
    )
    assert len(set(found.values())) == 1


def test_merge_chains_lead_to_the_last_survivor() -> None:
    people = [record("crm_person", name) for name in ("c1", "c2", "c3", "c4")]
    found = customers(solve(*people, merges=merged(("c2", "c1"), ("c3", "c2"), ("c2", "c2"))))
    assert found["c1"] == found["c2"] == found["c3"] != found["c4"]


def test_a_merge_with_an_unknown_person_changes_nothing() -> None:
    assert customers(solve(record("crm_person", "c"), merges=merged(("gone", "c"))))["c"]


def test_mailbox_ties_nobody() -> None:
    mailbox = "orders@shop.de"
    staff = [record("shop_customer", f"s{i}", email=mailbox) for i in range(6)]
    guest = record("order", "guest", email=mailbox)
    found = customers(solve(*staff, guest))
    assert len({found[f"s{i}"] for i in range(6)}) == 6
    assert found["guest"] is None
    assert None not in {found[f"s{i}"] for i in range(6)}


def test_an_id_of_many_people_is_a_customer_of_its_own() -> None:
    walk_in = record("shop_customer", "s", email=[f"p{i}@x.de" for i in range(6)])
    others = [record("shop_customer", f"s{i}", email=f"p{i}@x.de") for i in range(6)]
    order = record("order", "o", shop_customer_id="s", email="p0@x.de")
    found = customers(solve(walk_in, *others, order))
    assert len({found["s"], *(found[f"s{i}"] for i in range(6))}) == 7
    assert found["o"] == found["s0"]


def test_five_ties_are_still_a_person() -> None:
    found = customers(solve(*(record("shop_customer", f"s{i}", email="ann@x.de") for i in range(5))))
    assert len(set(found.values())) == 1


def test_couple_on_one_tablet_stays_two() -> None:
    solved = solve(
        record("thread", "hers", user_id="ann", platform_user_id="tablet"),
        record("thread", "his", 1, user_id="bob", platform_user_id="tablet"),
        record("thread", "whose", 2, platform_user_id="tablet"),
        record("thread", "whose too", 3, platform_user_id="tablet"),
    )
    found = customers(solved)
    assert len({found["hers"], found["his"], found["whose"]}) == 3
    assert found["whose"] == found["whose too"]
    assert not conflicts(solved)


def test_two_logins_in_one_chat_tie_nobody() -> None:
    solved = solve(
        record("thread", "both", user_id=["ann", "bob"]),
        record("thread", "ann", user_id="ann"),
        record("thread", "bob", user_id="bob"),
    )
    found = customers(solved)
    assert found["ann"] != found["bob"]
    assert found["both"] == found["ann"]
    assert conflicts(solved) == {"both"}


def test_strongest_key_decides_then_the_first_seen() -> None:
    late_login = [*record("thread", "t", 0, email="bob@x.de"), *record("thread", "t", 5, user_id="ann")]
    people = record("crm_person", "ann", user_id="ann"), record("crm_person", "bob", email="bob@x.de")
    solved = solve(late_login, *people)
    assert customers(solved)["t"] == customers(solved)["ann"]
    assert "t" in conflicts(solved)


def test_a_gift_order_joins_no_two_accounts() -> None:
    found = customers(
        solve(
            record("shop_customer", "ann", email="ann@x.de"),
            record("shop_customer", "bob", email="bob@x.de"),
            record("order", "gift", shop_customer_id="ann", email="bob@x.de"),
        )
    )
    assert found["gift"] == found["ann"] != found["bob"]


@pytest.mark.parametrize("weak", ["phone", "typed_email", "ga_client_id", "platform_user_id"])
def test_weak_key_attaches_to_the_only_customer(weak: str) -> None:
    kind = weak.removeprefix("typed_")
    found = customers(
        solve(record("crm_person", "c", **{kind: "v@x.de"}), record("thread", "t", **{weak: "v@x.de"}))
    )
    assert found["t"] == found["c"]


def test_weak_key_to_two_customers_stays_apart() -> None:
    solved = solve(
        record("crm_person", "ann", phone="+491234567"),
        record("crm_person", "bob", phone="+491234567"),
        record("thread", "t", phone="+491234567"),
        record("thread", "t2", phone="+491234567"),
    )
    assert len(set(customers(solved).values())) == 4
    assert not conflicts(solved)


def test_weak_keys_to_different_customers_are_a_conflict() -> None:
    solved = solve(
        record("crm_person", "ann", phone="+491234567"),
        record("crm_person", "bob", email="bob@x.de"),
        record("thread", "t", phone="+491234567", typed_email="bob@x.de"),
    )
    assert len(set(customers(solved).values())) == 3
    assert conflicts(solved) == {"t"}


def test_an_anonymous_visitor_is_one_customer_by_lasting_id() -> None:
    solved = solve(
        record("thread", "t1", platform_user_id="v"),
        record("thread", "t2", platform_user_id="v"),
        record("thread", "other", platform_user_id="w"),
        record("thread", "nobody"),
    )
    found = customers(solved)
    assert found["t1"] == found["t2"] != found["other"]
    assert found["nobody"] is None
    assert set(solved.loc[solved["record_id"].isin(["t1", "t2"]), "rule"]) == {"anonymous"}


def test_what_one_chat_tells_follows_its_lasting_id() -> None:
    found = customers(
        solve(
            record("crm_person", "ann", email="ann@x.de"),
            record("thread", "t1", typed_email="ann@x.de", platform_user_id="v"),
            record("thread", "t2", platform_user_id="v"),
        )
    )
    assert len(set(found.values())) == 1


def test_a_typed_email_shows_that_a_device_is_shared() -> None:
    found = customers(
        solve(
            record("thread", "ann", user_id="ann", platform_user_id="tablet"),
            record("crm_person", "bob", email="bob@x.de"),
            record("thread", "bob typed", typed_email="bob@x.de", platform_user_id="tablet"),
            record("thread", "whose", platform_user_id="tablet"),
        )
    )
    assert found["whose"] not in {found["ann"], found["bob"]}


def test_a_thread_id_on_an_order_leads_to_its_customer() -> None:
    found = customers(
        solve(
            record("order", "o", email="ann@x.de", thread_id="t"),
            record("thread", "t"),
            record("order", "o1", email="bob@x.de", thread_id="t2"),
            record("order", "o2", email="eve@x.de", thread_id="t2"),
            record("thread", "t2"),
        )
    )
    assert found["t"] == found["o"]
    assert found["t2"] is None


def test_phone_only_orders_are_one_customer() -> None:
    found = customers(solve(record("order", "o1", phone="+49123"), record("order", "o2", phone="+49123")))
    assert found["o1"] == found["o2"] is not None


def test_a_device_follows_its_only_login() -> None:
    found = customers(
        solve(
            record("crm_person", "ann", user_id="ann"),
            record("crm_person", "bob", user_id="bob", ga_client_id="hers"),
            record("crm_person", "eve", ga_client_id="eves"),
            record("web_login", "hers ann", user_id="ann", ga_client_id="hers"),
            record("web_client", "hers", ga_client_id="hers"),
            record("web_login", "shared ann", user_id="ann", ga_client_id="shared"),
            record("web_login", "shared bob", user_id="bob", ga_client_id="shared"),
            record("web_client", "shared", ga_client_id="shared"),
            record("web_client", "eves", ga_client_id="eves"),
            record("web_login", "unseen", user_id="unseen", ga_client_id="unseen"),
            record("web_client", "unseen client", ga_client_id="unseen"),
        )
    )
    assert found["hers"] == found["ann"]
    assert found["shared"] is None
    assert found["eves"] == found["eve"]
    assert found["unseen"] is found["unseen client"] is None


def test_key_is_the_earliest_own_identifier() -> None:
    before = solve(record("thread", "t", 3, user_id="ann", phone="+49123"))
    after = solve(
        record("thread", "t", 3, user_id="ann", phone="+49123"), record("crm_person", "c", 5, user_id="ann")
    )
    assert customers(before)["t"] == customers(after)["t"]


def test_no_rows_at_all() -> None:
    solved = solve()
    assert list(solved.columns) == [*COLUMNS, *ADDED]
    assert solved.empty


SMALL = st.sampled_from(["a", "b", "c", "d"])
RECORDS = st.lists(
    st.builds(
        lambda kind, number, day, keys: record(kind, f"{kind}{number}", day, **keys),
        st.sampled_from(["thread", "crm_person", "shop_customer", "order", "web_login", "web_client"]),
        st.integers(0, 3),
        st.integers(0, 4),
        st.dictionaries(
            st.sampled_from(
                ["user_id", "email", "typed_email", "phone", "platform_user_id", "ga_client_id", "thread_id"]
            ),
            SMALL,
            min_size=1,
            max_size=3,
        ),
    ),
    max_size=12,
)


def partition(solved: pd.DataFrame) -> set[tuple]:
    columns = ["record_kind", "record_id", "customer_key", "has_identity_conflict"]
    return set(solved[columns].astype("str").itertuples(index=False, name=None))


@settings(max_examples=12, deadline=None)
@given(RECORDS, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(records: list[list[Row]], random) -> None:
    rows = [row for rows in records for row in rows]
    shuffled = rows + rows[: len(rows) // 2]
    random.shuffle(shuffled)
    merges = merged(("crm_person1", "crm_person0"))
    once, again = resolve(frame(rows), merges), resolve(frame(shuffled), merges)
    assert partition(once) == partition(again) == partition(resolve(frame(rows), merges))


@settings(max_examples=25, deadline=None)
@given(RECORDS)
def test_weak_keys_never_merge(records: list[list[Row]]) -> None:
    """Without their weak keys, records that had different customers by strong key keep them."""
    rows = frame(row for rows in records for row in rows)
    kinds = rows["identifier_type"]
    strong = kinds.isin(["crm_id", "user_id", "shop_customer_id"]) | (
        (kinds == "email") & rows["is_verified"]
    )
    with_weak, without = (
        resolve(part, merged()).query("rule == 'strong'").drop_duplicates(["record_kind", "record_id"])
        for part in (rows, rows[strong])
    )
    both = with_weak.merge(without, on=["record_kind", "record_id"])
    assert (both["customer_key_x"] == both["customer_key_y"]).all()


@settings(max_examples=25, deadline=None)
@given(RECORDS)
def test_an_owned_identifier_has_one_customer(records: list[list[Row]]) -> None:
    solved = resolve(frame(row for rows in records for row in rows), merged())
    owned = solved[solved["is_owned"]]
    owner = owned["identifier_customer_key"].where(owned["strength"] == "strong", owned["customer_key"])
    names = [owned["identifier_type"], owned["identifier_scope"], owned["identifier_value"]]
    assert (owner.groupby(names).nunique() <= 1).all()
    assert set(owner.dropna()) == set(solved["customer_key"].dropna())


@pytest.mark.slow
def test_a_hundred_thousand_people_take_seconds() -> None:
    count = 100_000
    number = np.arange(count)
    text = pd.Series(number).astype("str")
    people = pd.DataFrame({"record_kind": "crm_person", "platform": "hubspot", "record_id": text})
    threads = people.assign(record_kind="thread", platform="rasa")
    rows = pd.concat(
        [
            people.assign(identifier_type="crm_id", identifier_scope="h|d", identifier_value=text),
            people.assign(identifier_type="email", identifier_scope="", identifier_value=text + "@x.de"),
            threads.assign(identifier_type="thread_id", identifier_scope="r|d", identifier_value=text),
            threads.assign(identifier_type="platform_user_id", identifier_scope="r|d", identifier_value=text),
            threads.assign(identifier_type="email", identifier_scope="", identifier_value=text + "@x.de"),
        ]
    ).assign(instance="default", seen_at=DAY, is_verified=True)
    started = time.perf_counter()
    solved = resolve(rows[list(COLUMNS)], merged())
    assert solved["customer_key"].nunique() == count
    assert time.perf_counter() - started < 20
