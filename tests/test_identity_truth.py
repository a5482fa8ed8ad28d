"""The measure of identity, on a case counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from identity_truth import RECORD, mixed_people, pair_quality


def test_pairs_by_hand() -> None:
    keys = [("thread", "rasa", "default", name) for name in ("a1", "a2", "a3", "b1", "b2")]
    keys += [("ga_client", "ga4", "default", "tablet")]
    truth = pd.DataFrame(keys, columns=RECORD).assign(
        person_id=["ann", "ann", "ann", "bob", "bob", None],
        cluster=[1, 1, 1, 2, 3, 4],
        is_shared=[False, False, False, False, False, True],
    )
    resolved = truth[RECORD].assign(customer_key=["A", "A", None, "A", "B", "A"], rule="strong")
    resolved["record_kind"] = resolved["record_kind"].replace({"ga_client": "web_client"})
    quality = pair_quality(truth, pd.concat([resolved, resolved]))
    # Joined: a1 a2 b1; linked: a1 a2 a3. The tablet is nobody's, so no pair of it counts.
    assert (quality.joined, quality.right, quality.linked, quality.found) == (3, 1, 3, 1)
    assert quality.precision == pytest.approx(1 / 3)
    assert quality.recall == pytest.approx(1 / 3)
    assert set(mixed_people(truth, resolved)["person_id"]) == {"ann", "bob"}
