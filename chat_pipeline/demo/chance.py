"""Seeded random numbers and the calendar: nothing here knows of shops, chats or files."""

from __future__ import annotations

import zlib
from datetime import date
from typing import Any

import numpy as np

ZONE = "Europe/Berlin"
# How busy the shop is per hour of the local day and per weekday (Monday first).
HOURS = np.array(
    [2, 1, 1, 1, 1, 2, 5, 12, 24, 38, 46, 44, 40, 38, 40, 42, 41, 42, 45, 50, 52, 40, 22, 8], float
)
WEEKDAYS = np.array([1.15, 1.05, 1.0, 1.0, 0.95, 0.8, 0.9])


def stream(seed: int, name: str) -> np.random.Generator:
    """An independent generator per name, so that adding one draw here shifts nothing elsewhere."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def local_times(
    rng: np.random.Generator, count: int, first: date, days: int, growth: float = 0.4
) -> np.ndarray:
    """`count` sorted times (datetime64[us], UTC) from `first` over `days` local days, seasonal and growing."""
    import pandas as pd

    start = np.datetime64(first)
    weekdays = (np.arange(days) + first.weekday()) % 7
    noise = rng.lognormal(0, 0.08, days)
    weight = WEEKDAYS[weekdays] * np.linspace(1, 1 + growth, days) * noise
    day = rng.choice(days, count, p=weight / weight.sum())
    hour = rng.choice(24, count, p=HOURS / HOURS.sum())
    micros = (hour * 3600 + rng.random(count) * 3600) * 1e6
    local = pd.Series(
        start.astype("datetime64[us]") + (day * 86_400_000_000 + micros).astype("timedelta64[us]")
    )
    zoned = local.dt.tz_localize(ZONE, ambiguous=np.ones(count, bool), nonexistent="shift_forward")
    return np.sort(zoned.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]"))


def pick(rng: np.random.Generator, options: Any, count: int, weights: Any = None) -> np.ndarray:
    """`count` draws from `options` as an object array."""
    p = None if weights is None else np.asarray(weights, float) / np.sum(weights)
    found = np.empty(len(options), object)
    found[:] = list(options)
    return found[rng.choice(len(options), count, p=p)]


def digits(rng: np.random.Generator, count: int, length: int) -> np.ndarray:
    """`count` different numbers of `length` digits as text."""
    low, high = 10 ** (length - 1), 10**length
    drawn = np.unique(rng.integers(low, high, count * 2 + 10))
    return rng.permutation(drawn)[:count].astype(str).astype(object)


def hexes(rng: np.random.Generator, count: int, length: int = 32) -> np.ndarray:
    """`count` lower-case hexadecimal ids."""
    alphabet = np.array(list("0123456789abcdef"))
    return alphabet[rng.integers(0, 16, (count, length))].view(f"<U{length}").ravel().astype(object)
