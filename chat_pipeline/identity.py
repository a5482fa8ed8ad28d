"""Who is who: identifiers of records in, the customer of each record out.

Pure functions on data frames; reading and writing tables is the business of the dbt model
`int_customers__resolved`. The rules of strong keys are in `identity_strong.py`, those of weak keys in
`identity_weak.py`, the frames' form in `identity_rows.py`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from chat_pipeline.identity_probable import join_probably
from chat_pipeline.identity_rows import SEEN_KINDS, Rows, encode
from chat_pipeline.identity_strong import Clusters, strong_clusters
from chat_pipeline.identity_weak import Assignment, attach_weakly

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# What `resolve` adds to each row of its input, in this order.
ADDED = (
    "strength",
    "identifier_customer_key",
    "is_owned",
    "customer_key",
    "rule",
    "has_identity_conflict",
    "score",
)


def resolve(
    identifiers: pd.DataFrame, merges: pd.DataFrame, probable: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The customer of each record and of each identifier; a function of the data, not of its order.

    `identifiers`: one row per record and identifier (record_kind, platform, instance, record_id,
    identifier_type, identifier_scope, identifier_value, seen_at, is_verified). `merges`: one row per
    CRM person merged into another (platform, instance, person_id, merged_person_id).

    The rows of `identifiers` come back with the columns ADDED: `strength` (strong, weak, shared: ties
    nobody), `identifier_customer_key` (whose identifier it is; null if nobody's or several people's),
    `is_owned` (no other customer can have it), `customer_key` of the record (null: none), `rule`
    (strong, weak, anonymous) by which the record came to it, `has_identity_conflict` (its identifiers
    belong to two customers), `score` (the probability for which the identifier's customer was joined with another;
    null: keys alone). `probable`: pairs as `probable_pairs` gives them, by default none.
    """
    import numpy as np

    rows = encode(identifiers)
    clusters = strong_clusters(rows, merges)
    scores = np.full(len(rows.value_text), np.nan)
    if probable is not None:
        clusters, scores = join_probably(rows, clusters, probable)
    assignment = attach_weakly(rows, clusters)
    described = _describe(identifiers, rows, clusters, assignment)
    return described.assign(score=np.where(clusters.usable, scores[rows.value], np.nan))


def _describe(
    identifiers: pd.DataFrame, rows: Rows, clusters: Clusters, assignment: Assignment
) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    keys = _customer_keys(rows, clusters, assignment)
    customer = assignment.customer[rows.record]
    owner = np.where(clusters.usable, clusters.label[rows.value], assignment.points[rows.value])
    owner = np.where(clusters.shared[rows.value] & ~clusters.usable, -1, owner)
    owned = clusters.usable | ((customer >= 0) & (assignment.home[customer] == rows.value))
    strength = np.where(rows.strong, "strong", "weak")
    strength = np.where(clusters.shared[rows.value] & ~clusters.usable, "shared", strength)
    described = identifiers.reset_index(drop=True).assign(
        strength=strength,
        identifier_customer_key=keys[owner],
        is_owned=owned & pd.notna(keys[np.where(clusters.usable, owner, customer)]),
        customer_key=keys[customer],
        rule=assignment.rule[rows.record],
        has_identity_conflict=assignment.conflict[rows.record],
    )
    described.loc[described["customer_key"].isna(), "rule"] = None
    return described


def _customer_keys(rows: Rows, clusters: Clusters, assignment: Assignment) -> np.ndarray:
    """Key by customer number; None for customers seen on the web alone, and at the end for -1."""
    import numpy as np

    keys = np.full(assignment.count + 1, None, dtype=object)
    seen = np.isin(rows.record_kind, SEEN_KINDS) & (assignment.customer >= 0)
    visible = np.zeros(assignment.count, dtype=bool)
    visible[assignment.customer[seen]] = True
    first = assignment.home[: assignment.count].copy()
    owned = np.flatnonzero(clusters.usable)
    # Value codes sort by kind, scope and value (see `encode`).
    order = owned[np.lexsort((rows.value[owned], rows.seen[owned]))][::-1]
    first[clusters.label[rows.value[order]]] = rows.value[order]
    for customer in np.flatnonzero(visible):
        keys[customer] = hashlib.md5(str(rows.value_text[first[customer]]).encode()).hexdigest()
    return keys
