"""Conversations in which somebody told an e-mail or a phone number that no source had of them, from the truth."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from identity_truth import RECORD, customers

from truth.persons import joined_clusters, whole_or_key
from truth.shop import THREAD, Told, matched

DETAIL = ["identifier_type", "value"]


def leads_of(told: Told) -> pd.Series:
    """Whether each row of `matched` is a lead."""
    chats, details = matched(told), told.truth("contacts_told").assign(person=_persons(told))
    shared = told.truth("record_identifiers").query("is_shared and strength == 'strong'")
    # An address that many offices have is nobody's, whoever's record it stands in.
    nobodys = pd.MultiIndex.from_frame(details[DETAIL]).isin(pd.MultiIndex.from_frame(shared[DETAIL]))
    known = details[details["person"].notna() & ~(nobodys & ~details["is_typed"])]
    # A source that doesn't say since when may have had it before.
    since = known.groupby(["person", *DETAIL, "platform", "instance"])["told_at"].transform("min")
    since = since.fillna(pd.Timestamp.min)
    first = since.groupby([known[column] for column in ("person", *DETAIL)]).transform("min")
    told_first = known[known["is_typed"] & (known["told_at"] == first)]
    return chats.index.to_series().isin(set(_rows(chats, told_first)))


def _persons(told: Told) -> pd.Series:
    """Whose each of `contacts_told` is: the truth's person where these records are one customer, else the pipeline's."""
    groups = joined_clusters(matched(told))
    records = told.truth("records").merge(customers(told.resolved()), on=RECORD, how="left")
    records = records[records["record_kind"] != "ga_client"]
    rows = pd.DataFrame(
        {
            "group": records["cluster"].map(lambda cluster: groups.get(cluster, cluster)),
            "key": records["customer_key"],
        }
    )
    records = records.assign(person=whole_or_key(rows).where(records["customer_key"].notna()))
    return told.truth("contacts_told").merge(records, on=RECORD, how="left")["person"]


def _rows(chats: pd.DataFrame, details: pd.DataFrame) -> Iterator[int]:
    """The conversation of its thread during which each detail was told; exports round moments to seconds."""
    second = pd.Timedelta(seconds=1)
    for detail in details.merge(
        chats.reset_index(), left_on=["platform", "instance", "record_id"], right_on=THREAD
    ).itertuples():
        if detail.started_at - second <= detail.told_at <= detail.ended_at + second:
            yield int(detail.index)
