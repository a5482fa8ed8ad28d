"""Segments side by side: the headline metrics per value of an attribute, against the rest."""

from __future__ import annotations

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.choices import attribute_title
from chat_pipeline.reporting.parts import Chart, Column, Scope, Section
from chat_pipeline.reporting.published import Row, rows
from chat_pipeline.reporting.words import day

MOST_VALUES = 12
FIRST = "purchase_history.status"
COLUMNS = (
    *(
        Column("label", "Segment"),
        Column("said", "Value"),
        Column("between", "95 % interval"),
        Column("d", "Conversations", "count"),
    ),
    *(
        Column("resttext", "The rest"),
        Column("difftext", "Difference (95 % interval)"),
        Column("group", "Reading"),
    ),
)


def section(scope: Scope) -> Section:
    found = _segments(scope)
    if not found:
        return Section(
            "segments",
            "Segments side by side",
            "",
            missing="Segments need four complete weeks of conversations; exports of a CRM, shop or GA4 tell who customers are.",
        )
    first, last = found[0]["first_week"], max(row["last_week"] for row in found)
    return Section(
        id="segments",
        title="Segments side by side",
        lead=f"The four complete weeks from {day(first)} to the week of {day(last)}: each value of an attribute against all other known ones.",
        follows="Beside its own two choices it follows the platform; then its values are those of the chosen week or month, and differences are not tested.",
        template="segments",
        blocks=(
            Chart(
                "segments",
                "Segments",
                "The value of the metric in conversations of customers who had that segment when the conversation began. The tick is the rest. Tested by person, corrected for all tests of the run; an association, no cause.",
                charts.dots("number"),
                COLUMNS,
                view="segments",
            ),
        ),
        extra={
            "rows": found,
            "specs": {kind: charts.dots(kind) for kind in ("share", "seconds", "count")},
            "begin": _begin(found),
            "attributes": sorted(
                {(row["attribute"], attribute_title(row["attribute"])) for row in found},
                key=lambda pair: pair[1],
            ),
            "metrics": sorted({(row["metric"], row["title"]) for row in found}, key=lambda pair: pair[1]),
        },
    )


def _begin(found: list[Row]) -> str:
    """The attribute to begin with: customers' status, unless all have the same (a shop without CRM or orders)."""
    values: dict[str, set[str]] = {}
    for row in found:
        values.setdefault(row["attribute"], set()).add(row["label"])
    told = {attribute: len(labels) for attribute, labels in values.items() if len(labels) > 1}
    return FIRST if FIRST in told or not told else max(sorted(told), key=lambda attribute: told[attribute])


def _segments(scope: Scope) -> list[Row]:
    return rows(
        scope.con,
        """
        select segments.metric, coalesce(definitions.title, segments.metric) as title,
            definitions.value_unit as unit, definitions.better,
            segments.family || '.' || segments.attribute as attribute, segments.segment as label,
            segments.first_week, segments.last_week, segments.numerator as n, segments.denominator as d,
            segments.value as v, segments.interval_low as l, segments.interval_high as h, segments.rest_value as rest,
            segments.difference as diff, segments.difference_low as dl, segments.difference_high as dh,
            segments.is_significant as sure
        from analytics.segment_metrics as segments
        left join analytics.metric_definitions as definitions on definitions.metric = segments.metric
        qualify row_number() over (
            partition by segments.metric, segments.family, segments.attribute
            order by segments.denominator desc, segments.value desc, segments.segment
        ) <= ?
        order by segments.metric, attribute, segments.denominator desc, segments.value desc, segments.segment
        """,
        [MOST_VALUES],
    )
