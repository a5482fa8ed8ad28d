"""Weak keys: to which customer each of them points, given whose records are known so far.

Nothing here decides about a record; that is `identity_weak.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat_pipeline.identity_rows import CONTACT_KINDS, DEVICE_KINDS, Frame, Rows, distinct
from chat_pipeline.identity_strong import Clusters

if TYPE_CHECKING:
    import numpy as np


@dataclass
class Assignment:
    """`customer` (-1: none), `rule`, `conflict` by record; `points` (customer, -1: none or several) and
    `crowded` (several) by value; `home` (value that makes it; -1: strong keys do) by customer."""

    customer: np.ndarray
    rule: np.ndarray
    conflict: np.ndarray
    points: np.ndarray
    crowded: np.ndarray
    home: np.ndarray
    count: int


def point(rows: Rows, clusters: Clusters, weak: np.ndarray, found: Assignment) -> None:
    """Set `points` and `crowded` from the records that have a customer.

    A device on which an unknown person gave somebody's e-mail or phone may be that one's too: it still
    points to its customer, but is crowded.
    """
    import numpy as np

    carriers = _carriers(rows, clusters, weak, found)
    count = np.bincount(carriers["value"], minlength=len(found.points))
    found.points[:] = -1
    found.points[carriers["value"]] = carriers["customer"]
    found.points[count > 1] = -1

    on_device = np.isin(rows.kind[weak], DEVICE_KINDS) & (found.customer[rows.record[weak]] < 0)
    device = weak[on_device]
    told = pointed(rows, weak[np.isin(rows.kind[weak], CONTACT_KINDS)], found)
    hints = distinct(record=rows.record[device], value=rows.value[device]).merge(told, on="record")
    both = distinct(
        value=np.concatenate([carriers["value"], hints["value"]]),
        customer=np.concatenate([carriers["customer"], hints["customer"]]),
    )
    found.crowded = np.bincount(both["value"], minlength=len(found.points)) > 1


def pointed(rows: Rows, weak: np.ndarray, found: Assignment) -> Frame:
    """The different customers to which the weak keys of records without one point (record, customer)."""
    entries = weak[(found.customer[rows.record[weak]] < 0) & (found.points[rows.value[weak]] >= 0)]
    return distinct(record=rows.record[entries], customer=found.points[rows.value[entries]])


def _carriers(rows: Rows, clusters: Clusters, weak: np.ndarray, found: Assignment) -> Frame:
    """Weak values and the customers whose they are (value, customer).

    Whose an e-mail or phone is by login, CRM or order outweighs who typed it in a chat.
    """
    import numpy as np

    carried = weak[found.customer[rows.record[weak]] >= 0]
    owned = np.flatnonzero(clusters.usable & (rows.kind == "email"))
    value = np.concatenate([rows.value[carried], rows.value[owned]])
    customer = np.concatenate([found.customer[rows.record[carried]], clusters.label[rows.value[owned]]])
    typed = np.isin(rows.kind[carried], ("email", "phone")) & ~rows.verified[carried]
    typed = np.concatenate([typed, np.zeros(len(owned), dtype=bool)])
    certain = np.zeros(len(found.points), dtype=bool)
    certain[value[~typed]] = True
    standing = ~(typed & certain[value])
    return distinct(value=value[standing], customer=customer[standing])
