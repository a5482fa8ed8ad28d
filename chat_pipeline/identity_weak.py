"""Records to customers: by strong key, else by the weak keys that point to one customer only.

A weak key never merges two customers. Which strong values are one customer is settled before, in
`identity_strong.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.identity_pointers import Assignment, point, pointed
from chat_pipeline.identity_rows import SEEN_KINDS, WEAK_KINDS, Rows, distinct
from chat_pipeline.identity_strong import Clusters, strong_rank

if TYPE_CHECKING:
    import numpy as np

# The one identifier that makes records without a known customer an anonymous one, in this order.
HOME_KINDS = ("platform_user_id", "email", "phone", "ga_client_id")


def attach_weakly(rows: Rows, clusters: Clusters) -> Assignment:
    """Every record's customer, as far as there is one."""
    import numpy as np

    found = _by_strong_key(rows, clusters)
    kinds = np.isin(rows.kind, WEAK_KINDS)
    weak = np.flatnonzero(kinds & ~rows.strong & ~clusters.shared[rows.value])
    _attach(rows, clusters, weak, found)
    for kind in HOME_KINDS:
        _found_customers(rows, weak, found, kind)
        _attach(rows, clusters, weak, found)
    _found_customers(rows, weak, found, None)
    point(rows, clusters, weak, found)
    _follow_devices(rows, weak, found)
    _mark_second_customers(rows, weak, found)
    found.home = np.append(found.home, -1)
    return found


def _by_strong_key(rows: Rows, clusters: Clusters) -> Assignment:
    """The strongest key decides, then the first seen; keys of two customers are a conflict."""
    import numpy as np

    used = np.flatnonzero(clusters.usable)
    records, values = len(rows.record_kind), len(rows.value_kind)
    order = used[np.lexsort((rows.value[used], rows.seen[used], strong_rank(rows)[used]))][::-1]
    customer = np.full(records, -1, dtype="int64")
    customer[rows.record[order]] = clusters.label[rows.value[order]]
    owners = distinct(record=rows.record[used], customer=clusters.label[rows.value[used]])
    conflict = np.bincount(owners["record"], minlength=records) > 1
    rule = np.full(records, None, dtype=object)
    rule[customer >= 0] = "strong"
    return Assignment(
        customer=customer,
        rule=rule,
        conflict=conflict,
        points=np.full(values, -1, dtype="int64"),
        crowded=np.zeros(values, dtype=bool),
        home=np.full(clusters.count, -1, dtype="int64"),
        count=clusters.count,
    )


def _attach(rows: Rows, clusters: Clusters, weak: np.ndarray, found: Assignment) -> None:
    """Records to the one customer that their weak keys point to, until nothing more follows."""
    import numpy as np

    candidates = weak[np.isin(rows.record_kind[rows.record[weak]], SEEN_KINDS)]
    attached = 1
    while attached:
        point(rows, clusters, weak, found)
        owners = pointed(rows, candidates, found)
        several = np.bincount(owners["record"], minlength=len(found.customer)) > 1
        found.conflict |= several
        values = rows.value[candidates]
        sure = candidates[(found.points[values] >= 0) & ~found.crowded[values]]
        sure_record = np.zeros(len(found.customer), dtype=bool)
        sure_record[rows.record[sure]] = True
        one = owners[(sure_record & ~found.conflict)[owners["record"]]]
        found.customer[one["record"]] = one["customer"]
        found.rule[one["record"]] = "weak"
        attached = len(one)


def _found_customers(rows: Rows, weak: np.ndarray, found: Assignment, kind: str | None) -> None:
    """Anonymous customers for the records still without one.

    By `kind`: records with the same first value of it are one. A lasting user id of the platform
    always is a home; another identifier only if nothing about the record points to several
    customers. Without `kind`: what remains is a customer per record.
    """
    import numpy as np

    records = len(found.customer)
    open_ = (found.customer < 0) & np.isin(rows.record_kind, SEEN_KINDS)
    rows_open = weak[open_[rows.record[weak]]]
    if kind is None:
        telling = rows_open[rows.kind[rows_open] != "thread_id"]
        unclear = np.zeros(records, dtype=bool)
        unclear[rows.record[telling]] = True
        home = np.flatnonzero(np.isin(rows.kind, ("thread_id", "order_id")))
        home = home[unclear[rows.record[home]] & _is_own(rows, home)]
    else:
        home = rows_open[rows.kind[rows_open] == kind]
        if kind != "platform_user_id":
            unclear = found.conflict.copy()
            unclear[rows.record[rows_open[found.crowded[rows.value[rows_open]]]]] = True
            home = home[~unclear[rows.record[home]]]
    home = home[np.lexsort((rows.value[home], rows.seen[home]))][::-1]
    first = np.full(records, -1, dtype="int64")
    first[rows.record[home]] = rows.value[home]
    settled = np.flatnonzero(first >= 0)
    values, number = np.unique(first[settled], return_inverse=True)
    found.customer[settled] = found.count + number
    found.rule[settled] = "anonymous"
    found.home = np.concatenate([found.home, values])
    found.count += len(values)


def _is_own(rows: Rows, entries: np.ndarray) -> np.ndarray:
    """Rows that give a record's id in its own system: a thread's thread_id, an order's order_id."""
    kind = rows.record_kind[rows.record[entries]]
    return ((kind == "thread") & (rows.kind[entries] == "thread_id")) | (
        (kind == "order") & (rows.kind[entries] == "order_id")
    )


def _follow_devices(rows: Rows, weak: np.ndarray, found: Assignment) -> None:
    """A web client is its only login's, on the web or in a chat; without any login whom it points to."""
    import numpy as np

    client = weak[rows.kind[weak] == "ga_client_id"]
    logs_in = np.isin(rows.record_kind, ("web_login", "thread")) & (found.rule == "strong")
    logins = client[logs_in[rows.record[client]]]
    seen = distinct(value=rows.value[logins], customer=found.customer[rows.record[logins]])
    count = np.bincount(seen["value"], minlength=len(found.points))
    login = np.full(len(found.points), -1, dtype="int64")
    login[seen["value"]] = seen["customer"]
    owner = np.where(count == 1, login, np.where((count == 0) & ~found.crowded, found.points, -1))
    following = client[rows.record_kind[rows.record[client]] == "web_client"]
    found.customer[rows.record[following]] = owner[rows.value[following]]
    found.rule[rows.record[following]] = "weak"


def _mark_second_customers(rows: Rows, weak: np.ndarray, found: Assignment) -> None:
    """A record whose weak keys point to another customer than its own has two."""
    to = found.points[rows.value[weak]]
    own = found.customer[rows.record[weak]]
    found.conflict[rows.record[weak[(to >= 0) & (own >= 0) & (to != own)]]] = True
