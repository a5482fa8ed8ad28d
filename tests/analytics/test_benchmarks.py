"""Published figures: each is whole, has a source that can be looked up, and is about a metric that exists."""

from __future__ import annotations

from handmade_marts import Marts

from chat_pipeline.settings.plans import METRICS, SHARES


def test_every_figure_has_its_source(marts: Marts) -> None:
    rows = marts.build("benchmarks")
    assert rows
    for row in rows:
        assert row["metric"] in METRICS
        assert row["url"].startswith("https://")
        assert all(row[name] for name in ("value", "population", "period", "differs", "source"))


def test_figures_are_within_their_own_range(marts: Marts) -> None:
    for row in marts.build("benchmarks"):
        low, high = row["low"], row["high"]
        assert row["value"] > 0
        # Of the rest seconds; a share written as a percentage would be over 1.
        assert (row["value"] <= 1) == (row["metric"] in SHARES)
        assert (low is None) == (high is None)
        assert low is None or low <= row["value"] <= high
