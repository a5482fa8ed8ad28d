"""The metrics' rows that the page holds, so that its filters work without a server.

Bounded whatever the history: the newest periods, the largest values of an attribute, the metrics of the page.
A cell holds rows of `analytics.metrics` by column, a column that never changes as its one value, and none that is what
`USUAL` says; shares come as numerator and denominator (their `v` is -1 where the file withholds the value), all else with
its value. Those of a platform and a segment at once (crossed.py) are as many again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.reporting.choices import filter_choices
from chat_pipeline.reporting.crossed import CROSSED_PERIODS, crossed
from chat_pipeline.reporting.published import Row, rows

if TYPE_CHECKING:
    from chat_pipeline.reporting.parts import Scope

# Periods per grain: a quarter of days, a year of weeks, two years of months. Segments have half a year of weeks.
PERIODS = {"day": 92, "week": 53, "month": 24}
SEGMENT_PERIODS = {"week": 26, "month": 24}
HEADLINE = (
    *("conversation_volume", "conversation_rate", "resolution_rate", "escalation_rate", "csat"),
    *(
        "average_resolution_time_median",
        "fallback_rate",
        "goal_completion_rate:%",
        "chatbot_influenced_retention",
    ),
)
# Needed by charts beside the tiles.
BESIDE = ("abandonment_rate",)
SHARE = "share 0 to 1"
FIELDS = ("n", "d", "p", "v", "l", "h", "c")
# A column of these is left out.
USUAL = {"p": 0, "v": None, "l": None, "h": None, "c": 1}


def figures(scope: Scope) -> dict[str, Any]:
    """What the page's script reads: periods, choices, what each metric is, and the cells."""
    periods = _periods(scope)
    metrics = _metrics(scope)
    names = [metric["metric"] for metric in metrics]
    wanted = [name for name in names if _is_headline(name)] + [name for name in BESIDE if name in names]
    choices = filter_choices(scope)
    cells: dict[str, Any] = {}
    both: dict[str, Any] = {}
    for grain, starts in periods.items():
        place = {start: index for index, start in enumerate(starts)}
        for row in _cells(scope, grain, starts, names if grain != "day" else wanted, wanted, choices):
            _keep(cells, row, grain, place)
        for row in crossed(scope, grain, starts, wanted, choices):
            _keep(both, row, grain, place)
    for cell in (
        kept
        for of in (cells, both)
        for at in of.values()
        for grains in at.values()
        for kept in grains.values()
    ):
        _shorten(cell)
    return {
        "periods": periods,
        "segment_periods": SEGMENT_PERIODS,
        "crossed_periods": CROSSED_PERIODS,
        "metrics": {metric.pop("metric"): metric for metric in metrics},
        "headline": [name for name in wanted if name not in BESIDE],
        "choices": choices,
        "cells": cells,
        "both": both,
        "notes": _notes(scope),
        "start": _start(scope, periods),
    }


def _is_headline(metric: str) -> bool:
    return any(metric == name or (name.endswith("%") and metric.startswith(name[:-1])) for name in HEADLINE)


def _periods(scope: Scope) -> dict[str, list[str]]:
    found = rows(
        scope.con,
        """
        select distinct grain, period_start from analytics.metrics where dimension = 'all'
        order by grain, period_start
        """,
    )
    return {
        grain: [row["period_start"] for row in found if row["grain"] == grain][-most:]
        for grain, most in PERIODS.items()
    }


def _metrics(scope: Scope) -> list[Row]:
    """Metrics with any row, the headline ones first, in their order."""
    found = rows(
        scope.con,
        """
        select metric, title, value_unit as unit, better, numerator as counts, denominator as of_what,
            waits_for as waits,
            units.unit as of_whom
        from analytics.metric_definitions as definitions
        left join (select metric, any_value(unit) as unit from analytics.metrics where dimension = 'all' group by metric) as units
            using (metric)
        order by metric
        """,
    )
    order = [name.rstrip("%") for name in HEADLINE]

    def place(row: Row) -> tuple[int, str]:
        return next((i for i, name in enumerate(order) if row["metric"].startswith(name)), len(order)), row[
            "metric"
        ]

    return sorted(found, key=place)


def _cells(
    scope: Scope, grain: str, starts: list[str], plain: list[str], wanted: list[str], choices: dict[str, Any]
) -> list[Row]:
    if not starts:
        return []
    sliced = SEGMENT_PERIODS.get(grain)
    segments = [(s["key"], value) for s in choices["segments"] for value in s["values"]] if sliced else []
    return rows(
        scope.con,
        """
        select metrics.metric, dimension || '=' || dimension_value as slice, period_start, metrics.numerator as n,
            metrics.denominator as d, pending as p, interval_low as l, interval_high as h, is_complete as c,
            case when value_unit <> ? then value when value is null then -1 end as v
        from analytics.metrics as metrics
        inner join analytics.metric_definitions as definitions on definitions.metric = metrics.metric
        where grain = ? and (
            (dimension in ('all', 'platform') and period_start >= cast(? as date)
                and list_contains(?, metrics.metric))
            or (contains(dimension, '.') and period_start >= cast(? as date) and list_contains(?, metrics.metric)
                and list_contains(?, dimension || '=' || dimension_value))
        )
        order by metrics.metric, dimension, dimension_value, period_start
        """,
        [
            SHARE,
            grain,
            starts[0],
            plain,
            starts[-min(sliced or 1, len(starts))],
            wanted,
            [f"{key}={value}" for key, value in segments],
        ],
    )


def _keep(cells: dict[str, Any], row: Row, grain: str, place: dict[str, int]) -> None:
    """Puts a row at its place in the columns of its cell. Numbers of shares are kept to four digits."""
    at = cells.setdefault(row["metric"], {}).setdefault(row["slice"], {})
    kept = at.setdefault(grain, {"i": [], **{name: [] for name in FIELDS}})
    kept["i"].append(place[row["period_start"]])
    for name in FIELDS:
        value = row[name]
        kept[name].append(int(value) if isinstance(value, bool) else _short(value))


def _shorten(cell: dict[str, Any]) -> None:
    for name in FIELDS:
        first = cell[name][0]
        if len(set(cell[name])) > 1:
            continue
        if name in USUAL and first == USUAL[name]:
            del cell[name]
        else:
            cell[name] = first


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _notes(scope: Scope) -> list[Row]:
    return rows(
        scope.con,
        """
        select from_date as "from", to_date as "to", kind, text, platform from analytics.annotations
        order by from_date, to_date, kind, text, platform, instance
        """,
    )


def _start(scope: Scope, periods: dict[str, list[str]]) -> dict[str, Any]:
    """The newest week (else month, else day) in which nothing of the conversation rate waits, to begin with."""
    found = rows(
        scope.con,
        """
        select grain, max(period_start) as period from analytics.metrics
        where metric = 'conversation_rate' and dimension = 'all' and is_complete and coalesce(denominator, 0) > 0
        group by grain
        """,
    )
    complete = {row["grain"]: row["period"] for row in found}
    for grain in ("week", "month", "day"):
        if complete.get(grain) in periods[grain]:
            return {"grain": grain, "complete": complete}
    return {"grain": "week", "complete": complete}
