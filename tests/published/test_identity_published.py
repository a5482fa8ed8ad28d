"""The probable rule on records whose people are known: at least the pairwise F1 measured with another library."""

from __future__ import annotations

import pandas as pd
import pytest
from results import dataset, record

from chat_pipeline.identity_probable import probable_pairs

FEBRL = {"rec_id": "record", "given_name": "first_name", "surname": "last_name", "suburb": "city"}
# The only other identifier of these records stands where ours have a phone.
FEBRL |= {"date_of_birth": "birth_date", "address_1": "street", "soc_sec_id": "phone"}
FAKE = {"unique_id": "record", "surname": "last_name", "dob": "birth_date"}


def check(name: str, baseline: float, people: pd.DataFrame, truth: pd.Series, threshold: float) -> None:
    pairs = probable_pairs(people, threshold)
    person = dict(zip(people["record"], truth, strict=True))
    sizes = truth.value_counts()
    good = sum(
        person[left] == person[right] for left, right in zip(pairs["left"], pairs["right"], strict=True)
    )
    precision, recall = good / len(pairs), good / float((sizes * (sizes - 1) / 2).sum())
    f1 = 2 * precision * recall / (precision + recall)
    verdict = "at least the baseline" if f1 >= baseline else "under the baseline"
    ours = f"{f1:.4f} (precision {precision:.4f}, recall {recall:.4f})"
    record(name, f"pairwise F1 at {threshold}", baseline, ours, verdict)
    assert f1 >= baseline, ours
    assert precision >= 0.99


def febrl(*names: str) -> pd.DataFrame:
    parts = [pd.read_csv(dataset(f"febrl/{n}.csv.gz"), dtype=str, skipinitialspace=True) for n in names]
    return pd.concat(parts, ignore_index=True).rename(columns=FEBRL)


def test_records_with_few_fields() -> None:
    frame = pd.read_csv(dataset("splink_fake_1000/fake_1000.csv.gz"), dtype=str).rename(columns=FAKE)
    check("splink_fake_1000", 0.672, frame, frame["cluster"], 0.95)


@pytest.mark.parametrize(
    ("names", "baseline"),
    [
        (("dataset1",), 0.998),
        pytest.param(("dataset4a", "dataset4b"), 0.9985, marks=pytest.mark.long),
    ],
)
def test_records_with_slips_of_the_pen(names: tuple[str, ...], baseline: float) -> None:
    frame = febrl(*names)
    person = frame["record"].str.extract(r"rec-(\d+)")[0]
    check(f"febrl {' and '.join(names)}", baseline, frame, person, 0.95)
