"""Identifiers as numbers: the arrays on which identity is resolved. No rule about people lives here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

# A pandas DataFrame or Series: pandas' own types don't say what an index returns.
Frame: TypeAlias = Any

# Kinds of key that merge, the strongest first; an e-mail only where it is verified.
STRONG_KINDS = ("crm_id", "user_id", "shop_customer_id", "email")
# Kinds that say how to reach a person, and kinds that stand for a device or an account on it.
CONTACT_KINDS = ("email", "phone", "thread_id")
DEVICE_KINDS = ("platform_user_id", "ga_client_id")
WEAK_KINDS = (*CONTACT_KINDS, *DEVICE_KINDS)
# Records that say what they are in their own system, with the kind of their own id there.
OWN_KIND = {"crm_person": "crm_id", "shop_customer": "shop_customer_id"}
# Records whose person is a customer; the others (web_client, web_login) only lead to one.
SEEN_KINDS = ("thread", "crm_person", "shop_customer", "order")

SEPARATOR = "|"


@dataclass(frozen=True)
class Rows:
    """One entry per row of the input in the first group, per record or value code in the others.

    Codes count in the sorted order of what they stand for, so that ties by code are ties by content.
    """

    record: np.ndarray
    value: np.ndarray
    strong: np.ndarray
    verified: np.ndarray
    seen: np.ndarray  # microseconds; unknown sorts last

    record_kind: np.ndarray

    value_kind: np.ndarray
    value_scope: np.ndarray
    value_text: np.ndarray  # kind, scope and value

    @cached_property
    def kind(self) -> np.ndarray:
        return self.value_kind[self.value]


def encode(identifiers: Frame) -> Rows:
    """The input of `resolve` as codes."""
    import numpy as np
    import pandas as pd

    def joined(*columns: str) -> Frame:
        text = identifiers[columns[0]].astype("str")
        return text.str.cat([identifiers[c].astype("str") for c in columns[1:]], sep=SEPARATOR)

    record, _ = pd.factorize(joined("record_kind", "platform", "instance", "record_id"), sort=True)
    texts: Frame
    value, texts = pd.factorize(joined("identifier_type", "identifier_scope", "identifier_value"), sort=True)
    kind = identifiers["identifier_type"].to_numpy(dtype=object)
    verified = identifiers["is_verified"].fillna(False).to_numpy(dtype=bool)
    seen = pd.to_datetime(identifiers["seen_at"]).to_numpy(dtype="datetime64[us]")
    return Rows(
        record=record,
        value=value,
        strong=np.isin(kind, STRONG_KINDS) & (verified | (kind != "email")),
        verified=verified,
        seen=np.where(np.isnat(seen), np.iinfo(np.int64).max, seen.astype("int64")),
        record_kind=_by_code(record, identifiers["record_kind"]),
        value_kind=_by_code(value, identifiers["identifier_type"]),
        value_scope=_by_code(value, identifiers["identifier_scope"]),
        value_text=texts.to_numpy(dtype=object),
    )


def _by_code(code: np.ndarray, column: Frame) -> np.ndarray:
    import numpy as np

    found = np.empty(code.max(initial=-1) + 1, dtype=object)
    found[code] = column.to_numpy(dtype=object)
    return found


def distinct(**columns: np.ndarray) -> Frame:
    """The different combinations of some codes."""
    import pandas as pd

    return pd.DataFrame(columns).drop_duplicates(ignore_index=True)
