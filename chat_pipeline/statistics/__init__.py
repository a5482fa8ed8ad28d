"""The statistics behind the numbers: intervals, comparisons of two groups, corrections. Pure functions.

They take plain sequences or arrays and return floats; a number that can't be estimated is None, never a
guess. What a metric is, and which test fits it, is not decided here but in `analytics/`. SQL has its own
Wilson interval (`analytics/_sql.py`), for tables with a row per day and cell; a test holds the two together.
"""

from __future__ import annotations

from chat_pipeline.statistics.comparisons import (
    AgainstRest,
    Comparison,
    clustered_against_rest,
    clustered_difference,
    delta_ratio,
    two_proportion_z,
    welch,
)
from chat_pipeline.statistics.corrections import benjamini_hochberg, holm
from chat_pipeline.statistics.intervals import deff_by_cluster, percentile_interval, units_alike, wilson
from chat_pipeline.statistics.power import (
    detectable_by_error,
    sample_size_two_proportions,
    smallest_detectable_difference,
)
from chat_pipeline.statistics.unsigned import Test, chi_squared, mann_whitney, sample_ratio

__all__ = [
    "AgainstRest",
    "Comparison",
    "Test",
    "benjamini_hochberg",
    "chi_squared",
    "clustered_against_rest",
    "clustered_difference",
    "deff_by_cluster",
    "delta_ratio",
    "detectable_by_error",
    "holm",
    "mann_whitney",
    "percentile_interval",
    "sample_ratio",
    "sample_size_two_proportions",
    "smallest_detectable_difference",
    "two_proportion_z",
    "units_alike",
    "welch",
    "wilson",
]
