"""The two experiments of the demo shop: when they ran, and who is in which arm. What an arm changes is in `courses.py`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# Platforms whose bot hears identifiers and gets parameters from the site; others keep them beside the talk.
SLOT_PLATFORMS = ("rasa", "dialogflow_cx")
# Shares of the period in which the new greeting was tried against the old one.
TRIAL = (0.4, 0.65)
# Shares of the period in which half of the people were led through order tracking step by step.
GUIDED = (0.15, 0.9)


def _dates(end: date, days: int, shares: tuple[float, float]) -> tuple[date, date]:
    first = end - timedelta(days=days - 1)
    return first + timedelta(days=int(days * shares[0])), first + timedelta(days=int(days * shares[1]))


def trial_dates(end: date, days: int) -> tuple[date, date]:
    """First and last day of the experiment with the two bot versions."""
    return _dates(end, days, TRIAL)


def guided_dates(end: date, days: int) -> tuple[date, date]:
    """First and last day of the experiment with guided order tracking."""
    return _dates(end, days, GUIDED)


def add_arms(rng: np.random.Generator, talks: pd.DataFrame, end: date, days: int) -> None:
    """Rasa's bot version: v12, then half of the people v13 during the trial, then all. `arm`: classic or guided
    order tracking, drawn per person, null outside that trial and on platforms without slots."""
    first, last = (np.datetime64(day) for day in trial_dates(end, days))
    in_arm = (rng.random(int(talks.n.max()) + 1) < 0.5)[talks.n]
    day = talks.started_at.to_numpy()
    new = np.where(day < first, False, np.where(day < last + np.timedelta64(1, "D"), in_arm, True))
    talks["v13"] = new
    talks["bot_version"] = np.where(talks.platform == "rasa", np.where(new, "v13", "v12"), None)
    first, last = (np.datetime64(day) for day in guided_dates(end, days))
    guided = (rng.random(int(talks.n.max()) + 1) < 0.5)[talks.n]
    talks["in_trial"] = (
        (day >= first)
        & (day < last + np.timedelta64(1, "D"))
        & talks.platform.isin(SLOT_PLATFORMS)
        & ~talks.is_test
    )
    talks["guided"] = talks.in_trial & guided
    talks["arm"] = np.where(talks.in_trial, np.where(guided, "guided", "classic"), None)
