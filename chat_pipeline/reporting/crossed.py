"""The headline metrics' rows by platform and segment at once, for the page's filters together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics.metrics.crossed import MONTHS, WEEKS
from chat_pipeline.reporting.published import Row, rows
from chat_pipeline.reporting.words import LEAST_FOR_PERCENT

if TYPE_CHECKING:
    from chat_pipeline.reporting.parts import Scope


# What the published file has of both at once.
CROSSED_PERIODS = {"week": WEEKS, "month": MONTHS}


def crossed(
    scope: Scope, grain: str, starts: list[str], metrics: list[str], choices: dict[str, Any]
) -> list[Row]:
    """As the rows of `analytics.metrics` in figures.py; the interval of a share of few is not shown, so it is left out."""
    segments = [f"{s['key']}={value}" for s in choices["segments"] for value in s["values"]]
    most = CROSSED_PERIODS.get(grain)
    if not most or not starts or not segments:
        return []
    return rows(
        scope.con,
        """
        with named as (
            select *, family || '.' || attribute || '=' || segment as segment_name
            from analytics.platform_segment_metrics
            where grain = ? and period_start >= cast(? as date)
        )
        select named.metric, 'platform=' || platform || '&' || segment_name as slice, period_start,
            named.numerator as n, named.denominator as d, pending as p, is_complete as c,
            case when value_unit <> 'share 0 to 1' then value when value is null then -1 end as v,
            case when value_unit <> 'share 0 to 1' or named.denominator >= ? then interval_low end as l,
            case when value_unit <> 'share 0 to 1' or named.denominator >= ? then interval_high end as h
        from named
        inner join analytics.metric_definitions as definitions on definitions.metric = named.metric
        where list_contains(?, named.metric) and list_contains(?, segment_name) and list_contains(?, platform)
        order by named.metric, slice, period_start
        """,
        [
            *(grain, starts[-min(most, len(starts))], LEAST_FOR_PERCENT, LEAST_FOR_PERCENT),
            *(metrics, segments, choices["crossed"]),
        ],
    )
