"""Who is who in numbers per person: by the truth where identity is whole, else as the pipeline has it.

Identity is judged for itself (`identity_truth.py`): where weak keys tie a person's records some stay apart, which
would blur every number per person. So a `person` here is a set of records that hang together, by unshared
identifiers or a visit, if the pipeline has just these records as one; the rest have the pipeline's key.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from identity_truth import customers

from truth.shop import Told, matched


@dataclass(frozen=True)
class Persons:
    """A person (text) or null per row of each truth table (same index; `buyers`: shop_customers); `whole`: the share
    of those with a person who are by the truth."""

    chats: pd.Series
    orders: pd.Series
    tickets: pd.Series
    sessions: pd.Series
    buyers: pd.Series
    whole: float


def persons_of(told: Told) -> Persons:
    chats = matched(told)
    tables = {
        "chats": chats,
        "orders": told.truth("orders"),
        "tickets": told.truth("tickets"),
        "sessions": told.truth("web_sessions"),
        "buyers": told.truth("shop_customers"),
    }
    groups = joined_clusters(chats)
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "table": name,
                    "row": frame.index,
                    "group": frame["cluster"].map(lambda cluster: groups.get(cluster, cluster)),
                    "key": _published(told, name, frame),
                }
            )
            for name, frame in tables.items()
        ],
        ignore_index=True,
    )
    rows["person"] = whole_or_key(rows)
    of = {name: rows[rows["table"] == name].set_index("row")["person"] for name in tables}
    by_truth = rows["person"].dropna().str.startswith("true")
    return Persons(**of, whole=float(by_truth.mean()))


def joined_clusters(chats: pd.DataFrame) -> dict[float, float]:
    """Cluster -> the least of those that a visit ties together: a thread and its visit's browser are one person's."""
    found: dict[float, float] = {}

    def root(cluster: float) -> float:
        while found.get(cluster, cluster) != cluster:
            cluster = found[cluster]
        return cluster

    for row in chats[chats["web_cluster"].notna()].itertuples():
        first, second = sorted((root(row.cluster), root(row.web_cluster)))
        found[second] = first
    return {cluster: root(cluster) for cluster in found}


def _published(told: Told, name: str, frame: pd.DataFrame) -> pd.Series:
    if name == "chats":
        return frame["person_key"]
    if name == "sessions":
        found = told.published("select client_id, started_at, customer_key from marts.fct_web_sessions")
        keys = found.assign(second=found["started_at"].dt.floor("1s")).groupby(["client_id", "second"])[
            "customer_key"
        ]
        visits = list(zip(frame["client_id"], frame["started_at"].dt.floor("1s"), strict=True))
        return pd.Series(keys.first().reindex(visits).to_numpy(), index=frame.index)
    if name == "buyers":
        known = customers(told.resolved())
        keys = known[known["record_kind"] == "shop_customer"].set_index("record_id")["customer_key"]
        return frame["shop_customer_id"].map(keys)
    table, key = {
        "orders": ("fct_orders", ["order_id"]),
        "tickets": ("fct_tickets", ["platform", "ticket_id"]),
    }[name]
    found = told.published(f"select {', '.join(key)}, customer_key from marts.{table}")
    return frame.merge(found, on=key, how="left", validate="1:1")["customer_key"].set_axis(frame.index)


def whole_or_key(rows: pd.DataFrame) -> pd.Series:
    """Of rows with `group` and `key`: the truth's person where one group has one key and the key no other group."""
    of_group = rows.groupby("group")["key"]
    of_key = rows.groupby("key")["group"].nunique()
    alone = (of_group.nunique(dropna=False) == 1) & of_group.first().map(of_key).eq(1)
    whole = rows["group"].map(alone).fillna(False).astype(bool)
    return ("true " + rows["group"].astype(str)).where(whole, rows["key"])
