"""Strong keys: which values of them are one customer.

CRM ids (merged ones are one), login ids, shop customer ids and verified e-mails merge. No weak key is
looked at here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat_pipeline.identity_rows import OWN_KIND, SEPARATOR, STRONG_KINDS, Frame, Rows, distinct

if TYPE_CHECKING:
    import numpy as np

# A strong value met with more values of another strong kind than this is nobody's own.
MOST_TIES = 5
# Kinds of which a person has one per system: records of events never join two of them.
EXCLUSIVE_KINDS = ("crm_id", "user_id", "shop_customer_id")


@dataclass(frozen=True)
class Clusters:
    """`label` (customer number, -1 unless strong) and `shared` (ties nobody) by value; `usable` by row."""

    label: np.ndarray
    shared: np.ndarray
    usable: np.ndarray
    count: int


def strong_clusters(rows: Rows, merges: Frame) -> Clusters:
    """Customers by their strong keys, numbered from 0."""
    import numpy as np

    canonical = _canonical(rows, merges)
    pairs = distinct(record=rows.record[rows.strong], value=canonical[rows.value[rows.strong]])
    pairs["kind"] = rows.value_kind[pairs["value"]]
    shared = _shared(pairs, len(canonical))[canonical]

    # The system's own record of a shared id is still a customer, only tied to nothing.
    own = np.array([OWN_KIND.get(kind, "") for kind in rows.record_kind], dtype=object)
    is_own = own[rows.record] == rows.kind
    usable = rows.strong & (~shared[rows.value] | is_own)
    loose = np.unique(rows.record[usable & shared[rows.value]])
    usable &= is_own | ~np.isin(rows.record, loose)

    pairs = pairs[~shared[pairs["value"]] & ~np.isin(pairs["record"], loose)]
    label = _components(rows, pairs, own, len(canonical))[canonical]
    used = np.zeros(len(canonical), dtype=bool)
    used[rows.value[usable]] = True
    numbers, label[used] = np.unique(label[used], return_inverse=True)
    label[~used] = -1
    return Clusters(label=label, shared=shared, usable=usable, count=len(numbers))


def _canonical(rows: Rows, merges: Frame) -> np.ndarray:
    """By value: one value standing for all CRM ids that were merged into one, through any chain."""
    import numpy as np
    import pandas as pd

    codes = pd.Series(np.arange(len(rows.value_text)), index=rows.value_text)
    text = merges.astype("str")
    scope = "crm_id" + SEPARATOR + text["platform"] + SEPARATOR + text["instance"] + SEPARATOR
    ends = [
        (scope + text[column]).map(codes).to_numpy(dtype="float64")
        for column in ("person_id", "merged_person_id")
    ]
    known = ~np.isnan(ends[0]) & ~np.isnan(ends[1])
    label = _connected(ends[0][known].astype("int64"), ends[1][known].astype("int64"), len(codes))
    return np.unique(label, return_index=True)[1][label]


def _shared(pairs: Frame, values: int) -> np.ndarray:
    """By value: met with more than MOST_TIES values of one other strong kind."""
    import numpy as np

    shared = np.zeros(values, dtype=bool)
    kinds = pairs.groupby(["record", "kind"])["value"].nunique().rename("values").reset_index()
    crowded = kinds[kinds["values"] > MOST_TIES]
    # Met on a single record: told without pairing its values, of which there may be thousands.
    beside = pairs.merge(crowded, on="record", suffixes=("", "_other"))
    shared[beside.loc[beside["kind"] != beside["kind_other"], "value"]] = True
    few = pairs.merge(kinds[kinds["values"] <= MOST_TIES][["record", "kind"]])
    met = pairs.merge(few, on="record", suffixes=("", "_other"))
    met = met[met["kind"] != met["kind_other"]]
    ties = met.groupby(["value", "kind_other"])["value_other"].nunique().rename("ties").reset_index()
    shared[ties.loc[ties["ties"] > MOST_TIES, "value"]] = True
    return shared


def _components(rows: Rows, pairs: Frame, own: np.ndarray, values: int) -> np.ndarray:
    """Component of each value: what systems say of their own records, then what events add to it."""
    import numpy as np

    states = own[pairs["record"]] != ""
    stated, observed = pairs[states], pairs[~states]
    # Two logins in one chat, two e-mails on one order: that record ties nobody together.
    per_kind = observed.groupby(["record", "kind"])["value"].transform("size")
    observed = observed[~observed["record"].isin(observed.loc[per_kind > 1, "record"])]
    label = _connected(*_star(stated), values)
    observed = observed[~observed["record"].isin(_contradicting(rows, observed, label))]
    left, right = (np.concatenate(ends) for ends in zip(_star(stated), _star(observed), strict=True))
    return _connected(left, right, values)


def _contradicting(rows: Rows, observed: Frame, label: np.ndarray) -> np.ndarray:
    """Records that would join two ids of one system, such as an order on Ann's account with Bob's e-mail."""
    import numpy as np

    exclusive = np.flatnonzero(np.isin(rows.value_kind, EXCLUSIVE_KINDS))
    system = rows.value_kind[exclusive] + SEPARATOR + rows.value_scope[exclusive]
    systems = distinct(label=label[exclusive], system=system)
    touched = distinct(record=observed["record"].to_numpy(), label=label[observed["value"]])
    touched = touched[touched.duplicated("record", keep=False)].merge(systems, on="label")
    return touched.loc[touched.duplicated(["record", "system"]), "record"].to_numpy()


def _star(pairs: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Ties of each record's values: from its first one to each."""
    first = pairs.groupby("record")["value"].transform("min")
    return first.to_numpy(dtype="int64"), pairs["value"].to_numpy(dtype="int64")


def _connected(left: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if size == 0:
        return np.zeros(0, dtype="int64")
    graph = coo_matrix((np.ones(len(left), dtype=bool), (left, right)), shape=(size, size))
    return connected_components(graph, directed=False)[1].astype("int64")


def strong_rank(rows: Rows) -> np.ndarray:
    """By row: 0 for the strongest kind."""
    import pandas as pd

    ranks = {kind: rank for rank, kind in enumerate(STRONG_KINDS)}
    return pd.Series(rows.kind).map(ranks).fillna(len(ranks)).to_numpy(dtype="int64")
