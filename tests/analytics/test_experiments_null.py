"""Experiments without any effect, simulated: verdicts are false as often as they say, and not more often."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from chat_pipeline.analytics.experiment_results._rows import Arm, result_rows
from chat_pipeline.settings.plans import Experiment
from chat_pipeline.statistics import two_proportion_z

EXPERIMENT = Experiment.model_validate(
    {
        "hypothesis": "Nothing changes",
        "primary": "resolution_rate",
        "arms": {"old": 0.5, "new": 0.5},
        "assignment": {"slot": "arm"},
        "from": date(2026, 9, 1),
        "to": date(2026, 9, 30),
    }
)
ARMS: list[Arm] = [("old", 0, False, "concurrent", True), ("new", 0, False, "concurrent", True)]
METRICS = ("resolution_rate", "csat", "containment_rate", "fallback_rate")
NIGHTS = 150


def night(rng: np.random.Generator, persons: int = 240) -> pd.DataFrame:
    """What persons, put into arms by a coin, did in their 1 to 6 conversations: four metrics, none depends on the arm."""
    frames = []
    arm = np.where(rng.random(persons) < 0.5, "old", "new")
    for metric in METRICS:
        chats = rng.integers(1, 7, size=persons)
        done = rng.binomial(chats, rng.beta(1, 1, size=persons))
        frames.append(pd.DataFrame({"metric": metric, "arm": arm, "x": done, "m": chats}))
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(
        experiment="none", metric_unit="conversations", unit=frame.index, pending=0, is_volume=False
    )


def test_nights_without_an_effect() -> None:
    rng = np.random.default_rng(20)
    primary = others = naive = 0
    for _ in range(NIGHTS):
        units = night(rng)
        rows = result_rows("none", EXPERIMENT, ARMS, units)
        judged = {row["metric"]: row["verdict"] in ("higher", "lower") for row in rows}
        assert len(judged) == len(METRICS)
        primary += judged.pop("resolution_rate")
        # Holm: any false one among the three.
        others += any(judged.values())
        sums = units[units["metric"] == "resolution_rate"].groupby("arm")[["x", "m"]].sum()
        plain = two_proportion_z(*map(int, sums.loc["old"]), *map(int, sums.loc["new"]))
        assert plain is not None
        assert plain.p is not None
        naive += plain.p < 0.05
    assert 0.01 <= primary / NIGHTS <= 0.1
    assert 0.01 <= others / NIGHTS <= 0.1
    # Conversations taken as independent are wrong more than twice as often.
    assert naive / NIGHTS > 0.1


def test_an_effect_that_is_there_is_called() -> None:
    rng = np.random.default_rng(21)
    units = night(rng, persons=2000)
    better = (units["metric"] == "csat") & (units["arm"] == "new")
    units.loc[better, "x"] = units.loc[better, "m"] - (rng.random(better.sum()) < 0.4)
    verdicts = {row["metric"]: row["verdict"] for row in result_rows("none", EXPERIMENT, ARMS, units)}
    assert verdicts["csat"] == "higher"
    assert verdicts["resolution_rate"] == "no_difference_shown"
