"""How well customers match the people behind them, over pairs of records. Pure: frames in, counts out.

`truth` is the demo's records.parquet: a record (record_kind, platform, instance, record_id), its
person_id, `is_shared` (several people use the record itself) and `cluster`, equal where a chain of
identifiers that only one person ever used leads from record to record. `resolved` is
int_customers__resolved.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

RECORD = ["record_kind", "platform", "instance", "record_id"]


@dataclass(frozen=True)
class PairQuality:
    """Pairs of records with one customer (`joined`), of those with one person (`right`); pairs of one
    person's records that unshared identifiers link (`linked`), of those with one customer (`found`)."""

    joined: int
    right: int
    linked: int
    found: int

    @property
    def precision(self) -> float:
        return self.right / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.linked if self.linked else 1.0


def pair_quality(truth: pd.DataFrame, resolved: pd.DataFrame) -> PairQuality:
    """Over all records that are one person's, those that the pipeline doesn't know among them."""
    records = truth[~truth["is_shared"]].merge(customers(resolved), on=RECORD, how="left")
    known = records[records["customer_key"].notna()]
    return PairQuality(
        joined=pairs(known, ["customer_key"]),
        right=pairs(known, ["customer_key", "person_id"]),
        linked=pairs(records, ["cluster"]),
        found=pairs(known, ["cluster", "customer_key"]),
    )


def without_the_worst(truth: pd.DataFrame, resolved: pd.DataFrame) -> pd.DataFrame:
    """The truth without the person of whom most pairs are missed. In a shop of a few hundred people one who chats forty
    times under two e-mail addresses, whose device therefore points to nobody, is a twentieth of all pairs."""
    records = truth[~truth["is_shared"]].merge(customers(resolved), on=RECORD, how="left")
    linked = records.groupby(["person_id", "cluster"]).size()
    found = records.dropna(subset="customer_key").groupby(["person_id", "cluster", "customer_key"]).size()
    lost = (
        (linked * (linked - 1))
        .groupby("person_id")
        .sum()
        .sub((found * (found - 1)).groupby("person_id").sum(), fill_value=0)
    )
    return truth[truth["person_id"] != lost.idxmax()]


def customers(resolved: pd.DataFrame) -> pd.DataFrame:
    """Customer and rule of each record, by the truth's names of kinds."""
    records = resolved.drop_duplicates(RECORD)[[*RECORD, "customer_key", "rule"]]
    return records.assign(record_kind=records["record_kind"].replace({"web_client": "ga_client"}))


def pairs(records: pd.DataFrame, columns: list[str]) -> int:
    """Pairs of records that agree in the columns."""
    sizes = records.groupby(columns).size().to_numpy(dtype="int64")
    return int((sizes * (sizes - 1) // 2).sum())


def mixed_people(truth: pd.DataFrame, resolved: pd.DataFrame) -> pd.DataFrame:
    """Customers to whom strong keys brought records of several people: (customer_key, person_id)."""
    records = truth[~truth["is_shared"]].merge(customers(resolved), on=RECORD)
    strong = records[(records["rule"] == "strong") & records["customer_key"].notna()]
    owners = strong[["customer_key", "person_id"]].drop_duplicates()
    return owners[owners.duplicated("customer_key", keep=False)].sort_values(["customer_key", "person_id"])
