"""Propensity, matching, balance: arithmetic on arrays, without a table or a query. Sources: Rosenbaum and Rubin
(1985) on the caliper, Austin (2009) on the standardised difference.

Everything is a function of its arguments: rows in the same order and the same seed give the same pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SEED = 20_260_101
CALIPER = 0.2
# Further values of a named feature become one.
LEVELS = 6
DRAWS = 4_000


def design(frame: pd.DataFrame, numbers: tuple[str, ...], names: tuple[str, ...]) -> pd.DataFrame:
    """Numeric columns from features: counts as log(1 + n), names as 0/1 per frequent value (`name: value`)."""
    import numpy as np
    import pandas as pd

    columns: dict[str, np.ndarray] = {}
    for name in numbers:
        columns[name] = np.log1p(frame[name].to_numpy(dtype=float))
    for name in names:
        values = frame[name].astype(object)
        counts = sorted(values.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
        kept = (
            [value for value, _ in counts[: LEVELS - 1]] if len(counts) > LEVELS else [v for v, _ in counts]
        )
        for value in kept:
            columns[f"{name}: {value}"] = (values == value).to_numpy(dtype=float)
        if len(kept) < len(counts):
            columns[f"{name}: all others"] = (~values.isin(kept)).to_numpy(dtype=float)
    return pd.DataFrame(columns, index=frame.index)


def logits(features: np.ndarray, exposed: np.ndarray) -> np.ndarray:
    """Logit of the propensity of each row, by a logistic regression on standardised features."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaled = StandardScaler().fit_transform(features)
    return LogisticRegression(max_iter=1000).fit(scaled, exposed).decision_function(scaled)


def match(logit: np.ndarray, exposed: np.ndarray, stratum: np.ndarray) -> np.ndarray:
    """Number of the pair of each row, -1 without: nearest logit of the same stratum within the caliper.

    1:1 without replacement, exposed rows in an order drawn with the seed, so that none goes first by name.
    """
    import numpy as np

    chance = np.random.default_rng(SEED)
    order, tie = chance.permutation(len(logit)), chance.random(len(logit))
    caliper = CALIPER * float(np.std(logit))
    pair = np.full(len(logit), -1, dtype=np.int64)
    count = 0
    for value in np.unique(stratum):
        rows = order[stratum[order] == value]
        takers, pool = rows[exposed[rows]], rows[~exposed[rows]]
        pool = pool[np.lexsort((tie[pool], logit[pool]))]
        for taker, taken in _nearest_free(logit[takers], logit[pool], caliper):
            pair[takers[taker]] = pair[pool[taken]] = count
            count += 1
    return pair


def _nearest_free(takers: np.ndarray, pool: np.ndarray, caliper: float) -> list[tuple[int, int]]:
    """Pairs of positions: for each taker in turn the nearest free one of the sorted pool, the lower of equals.

    `up` and `down` lead over those taken to the next free one (paths halved as they are walked): n log n.
    """
    import numpy as np

    n = len(pool)
    # Position i of the pool is i + 1 here; 0 and n + 1 are the ends.
    up, down = list(range(n + 2)), list(range(n + 2))
    values = pool.tolist()
    pairs: list[tuple[int, int]] = []
    for taker, (value, start) in enumerate(
        zip(takers.tolist(), np.searchsorted(pool, takers).tolist(), strict=True)
    ):
        above, below = _free(up, start + 1), _free(down, start)
        right = values[above - 1] - value if above <= n else float("inf")
        left = value - values[below - 1] if below >= 1 else float("inf")
        if min(left, right) > caliper:
            continue
        taken = below if left <= right else above
        up[taken], down[taken] = taken + 1, taken - 1
        pairs.append((taker, taken - 1))
    return pairs


def _free(path: list[int], at: int) -> int:
    while path[at] != at:
        path[at] = path[path[at]]
        at = path[at]
    return at


def standardised_differences(features: np.ndarray, exposed: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Per column: difference of the means of the kept rows, exposed less others, in SDs before matching.

    The SD is the root of the mean variance of the two groups; where both are constant, that of all rows.
    """
    import numpy as np

    spread = np.sqrt((features[exposed].var(axis=0) + features[~exposed].var(axis=0)) / 2)
    spread = np.where(spread > 0, spread, features.std(axis=0))
    difference = features[exposed & kept].mean(axis=0) - features[~exposed & kept].mean(axis=0)
    return np.divide(difference, spread, out=np.zeros_like(difference), where=spread > 0)


def pairs_interval(kinds: list[tuple[int, int]]) -> tuple[float, float]:
    """95 % percentile interval of the mean of pairs' differences, by a seeded bootstrap over pairs.

    `kinds`: difference (-1, 0, 1) and number of pairs with it. Drawing n pairs with replacement is drawing
    how often each kind comes up.
    """
    import numpy as np

    differences, counts = np.array(kinds).T
    n = int(counts.sum())
    draws = np.random.default_rng(SEED).multinomial(n, counts / n, size=DRAWS)
    low, high = np.percentile(draws @ differences / n, [2.5, 97.5])
    return float(low), float(high)
