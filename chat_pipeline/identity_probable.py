"""Records that are probably of one person: the Fellegi-Sunter model, estimated on the records themselves by Splink.

Off by default (`[identity] probabilistic`). `probable_pairs` says how likely two records belong together, `join_probably`
which customers become one for it. Nothing here is certain: the score stays on the identifier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.identity_rows import SEPARATOR, Frame, Rows
from chat_pipeline.identity_strong import EXCLUSIVE_KINDS, Clusters

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

# What is compared, as far as a column is there; and what two records must share to be compared at all.
NAMES = ("first_name", "last_name")
OTHERS = ("birth_date", "email", "phone", "city", "postcode", "street")
BLOCKS = (
    ("email",),
    ("phone",),
    ("birth_date",),
    ("first_name", "last_name"),
    ("last_name", "postcode"),
    ("last_name", "city"),
    ("street", "postcode"),
)
# Of these, what hardly anybody shares with a stranger.
CERTAIN = (("email",), ("phone",), ("last_name", "postcode"), ("street", "postcode"))
# So many pairs of records are looked at to learn how often unlike people agree.
SAMPLE = 2_000_000
SEED = 1
# The fit ends when no probability moves by more. Finer steps find the same pairs, and run what is rare down to nothing.
CONVERGENCE = 0.01


class NoSplink(Exception):
    """The rule is switched on, but its library is not installed."""


def people_of(crm: Frame, shop: Frame) -> Frame:
    """What `probable_pairs` compares, from the CRMs' people and the shops' customers; `record` is their `value_text`."""
    import pandas as pd

    parts = []
    for frame, kind, own in ((crm, "crm_id", "person_id"), (shop, "shop_customer_id", "customer_id")):
        record = kind + SEPARATOR + frame["platform"] + SEPARATOR + frame["instance"] + SEPARATOR + frame[own]
        kept = [name for name in (*NAMES, *OTHERS) if name in frame]
        text = {name: frame[name].astype("string").str.lower() for name in kept}
        parts.append(pd.DataFrame({"record": record, **text}))
    return pd.concat(parts, ignore_index=True).drop_duplicates("record")


def probable_pairs(people: Frame, threshold: float) -> Frame:
    """Pairs of records (left, right, score) whose probability to be one person is at least `threshold`.

    `people`: `record` (its name, unique) and any of NAMES and OTHERS as text, null where unknown. A pair that agrees
    in nothing but names and city is never returned, however rare the names. Sorted by score, best first.
    """
    import pandas as pd

    columns = [name for name in (*NAMES, *OTHERS) if name in people and people[name].notna().any()]
    empty = pd.DataFrame({"left": [], "right": [], "score": []})
    if len(people) < 2 or not set(columns) - {*NAMES, "city"}:
        return empty
    found = _predicted(people[["record", *columns]].sort_values("record"), columns, threshold)
    telling = [f"mw_{name}" for name in columns if name not in (*NAMES, "city")]
    found = found[(found[telling] > 0).any(axis=1)] if len(found) else found
    pairs = found.rename(columns={"record_l": "left", "record_r": "right", "match_probability": "score"})
    pairs = pairs.assign(score=pairs["score"].round(6)) if len(pairs) else empty
    return pairs.sort_values(["score", "left", "right"], ascending=[False, True, True])[
        ["left", "right", "score"]
    ].reset_index(drop=True)


def join_probably(rows: Rows, clusters: Clusters, pairs: Frame) -> tuple[Clusters, np.ndarray]:
    """The clusters joined by `probable_pairs`, whose left and right are `value_text`s; and the score by value (or nan).

    Best pairs first. Two customers who both have an id of one system (two contacts of one CRM) stay two.
    """
    import numpy as np

    code = {text: n for n, text in enumerate(rows.value_text)}
    systems: dict[int, set[str]] = {n: set() for n in range(clusters.count)}
    for value in np.flatnonzero(np.isin(rows.value_kind, EXCLUSIVE_KINDS) & (clusters.label >= 0)):
        systems[int(clusters.label[value])].add(rows.value_kind[value] + SEPARATOR + rows.value_scope[value])
    now = np.arange(clusters.count)
    scores = np.full(len(rows.value_text), np.nan)
    for left, right, score in pairs.itertuples(index=False):
        ends = [code[end] for end in (left, right) if end in code and clusters.label[code[end]] >= 0]
        if len(ends) < 2:
            continue
        first, second = (int(now[clusters.label[end]]) for end in ends)
        if first == second or systems[first] & systems[second]:
            continue
        now[now == second] = first
        systems[first] |= systems[second]
        scores[ends] = np.fmax(scores[ends], score)
    numbers, renumbered = np.unique(now, return_inverse=True)
    label = np.where(clusters.label >= 0, np.append(renumbered, -1)[clusters.label], -1)
    return Clusters(label, clusters.shared, clusters.usable, len(numbers)), scores


def _predicted(people: Frame, columns: Sequence[str], threshold: float) -> Frame:
    try:
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    except ImportError as error:
        raise NoSplink(
            "[identity] probabilistic needs Splink: pip install 'chat-pipeline[probabilistic]'"
        ) from error
    shared = [
        block
        for block in BLOCKS
        if set(block) <= set(columns) and people.dropna(subset=list(block)).duplicated(list(block)).any()
    ]
    if not shared:
        return people.head(0)
    trained = shared
    while trained:
        linker: Any = Linker(
            DuckDBAPI().register(people),
            SettingsCreator(
                link_type="dedupe_only",
                unique_id_column_name="record",
                comparisons=[_comparison(name) for name in columns],
                blocking_rules_to_generate_predictions=[block_on(*block) for block in shared],
                retain_matching_columns=False,
                retain_intermediate_calculation_columns=True,
                em_convergence=CONVERGENCE,
            ),
            log_level="ERROR",
        )
        failed = _trained(linker, shared, trained)
        if failed is None:
            return linker.inference.predict(threshold_match_probability=threshold).as_pandas_dataframe()
        trained = [block for block in trained if block != failed]
    return people.head(0)


def _trained(
    linker: Any, shared: Sequence[tuple[str, ...]], blocks: Sequence[tuple[str, ...]]
) -> tuple[str, ...] | None:
    """Train the model on the pairs of each block; the block that nothing can be learned from, if there is one."""
    from splink import block_on

    certain = [block_on(*block) for block in shared if block in CERTAIN]
    if certain:
        # As if these found every pair: rather too few people met twice than too many.
        linker.training.estimate_probability_two_random_records_match(certain, recall=1.0)
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLE, seed=SEED)
    for block in blocks:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*block), record_sample_proportion=1.0
            )
        except ValueError:
            # What no pair of one person shows falls towards 0 with each round, and below 1e-300 Splink gives up. The
            # model is then half changed, so the rest is learned by a new one.
            return block
    return None


def _comparison(name: str) -> Any:
    import splink.comparison_library as library

    if name in NAMES:
        return library.JaroWinklerAtThresholds(name, [0.92, 0.8])
    if name == "email":
        return library.EmailComparison(name)
    if name == "birth_date":
        return library.DamerauLevenshteinAtThresholds(name, [1, 2])
    if name in ("city", "street"):
        return library.JaroWinklerAtThresholds(name, [0.88])
    return library.DamerauLevenshteinAtThresholds(name, [1])
