"""The rows of one experiment: every metric and arm, Holm's correction over them, and the verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics.experiment_results._compare import LEAST_UNITS, LEVEL, Sample, compare
from chat_pipeline.statistics import chi_squared, holm

if TYPE_CHECKING:
    import pandas as pd

    from chat_pipeline.settings.plans import Experiment

# Of analytics.experiment_arms: arm, units, is_split_broken, timing, is_over.
Arm = tuple[str, int, bool | None, str | None, bool]


def result_rows(
    name: str, experiment: Experiment, arms: Sequence[Arm], units: pd.DataFrame
) -> list[dict[str, Any]]:
    """`units` has the columns of `measured`, one experiment's. The primary metric has rows even if nobody did it."""
    rows: list[dict[str, Any]] = []
    found = {str(metric): frame for metric, frame in units.groupby("metric", sort=True)}
    if not any(is_primary(metric, experiment.primary) for metric in found):
        found[experiment.primary] = units.iloc[:0]
    for metric, frame in found.items():
        rows += _metric_rows(arms, frame, metric)
    for row in rows:
        row["experiment"] = name
        row["is_primary"] = is_primary(row["metric"], experiment.primary)
    for chosen in (True, False):
        tested = [row for row in rows if row["is_primary"] is chosen]
        for row, p in zip(tested, holm([row["p"] for row in tested]), strict=True):
            row["p_adjusted"] = p
    for row in rows:
        row["verdict"] = verdict(row, arms)
    return rows


def is_primary(metric: str, primary: str) -> bool:
    """A primary `goal_completion_rate` without its goal is that of every goal."""
    return metric == primary or (
        primary == "goal_completion_rate" and metric.startswith("goal_completion_rate:")
    )


def verdict(row: dict[str, Any], arms: Sequence[Arm]) -> str:
    """The first that holds; nothing is judged before the planned end, whatever p says on the way."""
    _, _, is_split_broken, timing, is_over = arms[0]
    reasons = (
        ("running", not is_over),
        ("maturing", row["pending"] > 0),
        ("split_broken", bool(is_split_broken)),
        ("before_after", timing == "before_after"),
        ("too_few", min(row["baseline_units"], row["units"]) < LEAST_UNITS),
        ("not_estimable", row["p_adjusted"] is None),
    )
    for reason, holds in reasons:
        if holds:
            return reason
    if row["p_adjusted"] >= LEVEL:
        return "no_difference_shown"
    return "higher" if row["difference"] > 0 else "lower"


def _metric_rows(arms: Sequence[Arm], frame: pd.DataFrame, metric: str) -> list[dict[str, Any]]:
    is_volume = bool(len(frame)) and bool(frame["is_volume"].all())
    samples = {arm[0]: _sample(frame.loc[frame["arm"] == arm[0]], is_volume, arm[1]) for arm in arms}
    pending = {arm[0]: int(frame.loc[frame["arm"] == arm[0], "pending"].sum()) for arm in arms}
    first_arm, *others = samples
    first = samples[first_arm]
    all_arms = _all_arms_p(list(samples.values())) if not is_volume else None
    rows = []
    for arm in others:
        found = compare(first, samples[arm], is_volume)
        rows.append(
            {
                "metric": metric,
                "arm": arm,
                "baseline_arm": first_arm,
                "metric_unit": str(frame["metric_unit"].iloc[0]) if len(frame) else None,
                **_sums("baseline_", first),
                **_sums("", samples[arm]),
                **found,
                "p_all_arms": all_arms if found["test"] == "z" else None,
                "pending": pending[first_arm] + pending[arm],
            }
        )
    return rows


def _sample(frame: pd.DataFrame, is_volume: bool, units: int) -> Sample:
    """An arm's units with something measured; of a volume all of the arm, 0 for those who did nothing."""
    import numpy as np

    x, m = frame["x"].to_numpy(dtype=float), frame["m"].to_numpy(dtype=float)
    if is_volume:
        x = np.concatenate([x, np.zeros(max(0, units - len(x)))])
        return Sample(x, np.ones(len(x)))
    return Sample(x[m > 0], m[m > 0])


def _sums(prefix: str, sample: Sample) -> dict[str, Any]:
    return {
        f"{prefix}units": len(sample.m),
        f"{prefix}numerator": int(sample.x.sum()),
        f"{prefix}denominator": int(sample.m.sum()),
        f"{prefix}value": sample.value,
    }


def _all_arms_p(samples: Sequence[Sample]) -> float | None:
    if not all(sample.is_share() for sample in samples):
        return None
    found = chi_squared([int(s.x.sum()) for s in samples], [len(s.m) for s in samples])
    return found.p if found else None
