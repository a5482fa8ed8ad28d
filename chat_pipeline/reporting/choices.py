"""What the page's filters offer: platforms and the largest values of the segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.reporting.published import rows
from chat_pipeline.reporting.words import readable

if TYPE_CHECKING:
    from chat_pipeline.reporting.parts import Scope

# Values of an attribute that can be chosen, those with most conversations first.
MOST_VALUES = 8
# Platforms that can be chosen together with a segment.
MOST_CROSSED = 8


def filter_choices(scope: Scope) -> dict[str, Any]:
    """Platforms, those of them that can be chosen together with a segment, and segments, by conversations of all months."""
    found = rows(
        scope.con,
        """
        with sums as (
            select dimension, dimension_value, sum(numerator) as conversations
            from analytics.metrics
            where metric = 'conversation_volume' and grain = 'month'
                and (dimension = 'platform' or contains(dimension, '.'))
            group by dimension, dimension_value
        ),
        ranked as (
            select *, row_number() over (
                partition by dimension order by conversations desc, dimension_value
            ) as place
            from sums where conversations > 0
        )
        select dimension, dimension_value from ranked
        where dimension = 'platform' or place <= ? order by dimension, place
        """,
        [MOST_VALUES],
    )
    platforms = [row["dimension_value"] for row in found if row["dimension"] == "platform"]
    segments: dict[str, list[str]] = {}
    for row in found:
        if row["dimension"] != "platform":
            segments.setdefault(row["dimension"], []).append(row["dimension_value"])
    return {
        "platforms": sorted(platforms),
        "crossed": platforms[:MOST_CROSSED],
        "segments": [
            {"key": key, "title": attribute_title(key), "values": values} for key, values in segments.items()
        ],
    }


def attribute_title(dimension: str) -> str:
    """purchase_history.status becomes Purchase history: status."""
    family, _, attribute = dimension.partition(".")
    return f"{readable(family)}: {readable(attribute).lower()}"
