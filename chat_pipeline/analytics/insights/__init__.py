"""Ranked findings that a shop can act on. What a kind looks at: `kinds/`; what is told of it: `_chosen.py`."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.analytics.insights._kinds import Finding
    from chat_pipeline.settings import Settings

SEVERITIES = ("problem", "warning", "notice")


def insights(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.insights`."""
    import pyarrow as pa

    from chat_pipeline.analytics._units import ensure_units

    ensure_units(con, settings)
    types = {"varchar": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "date": pa.date32()}
    schema = pa.schema([(column.name, types[column.type]) for column in TABLE.columns])
    con.register("insights_rows", pa.Table.from_pylist(insight_rows(con, settings), schema))
    return "select * from insights_rows"


def insight_rows(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[dict[str, Any]]:
    """Every finding of the run, ranked, at most `most_per_kind` of each kind. Reads the TEMP table `metric_units`."""
    from chat_pipeline.analytics.insights._chosen import tested_findings
    from chat_pipeline.analytics.insights._kinds import PlainKind, discover_kinds

    plain = [kind for kind in discover_kinds() if isinstance(kind, PlainKind)]
    found = [
        *tested_findings(con, settings),
        *(finding for kind in plain for finding in kind.findings(con, settings)),
    ]
    kept: dict[str, int] = {}
    rows = []
    for finding in sorted(found, key=_order):
        kept[finding.kind] = kept.get(finding.kind, 0) + 1
        if kept[finding.kind] <= settings.insights.most_per_kind:
            rows.append({"rank": len(rows) + 1, **_row(finding)})
    return rows


def _order(finding: Finding) -> tuple[Any, ...]:
    """Problems of the data first, as they blur the rest; then by what is worth at least, then by certainty."""
    return (
        SEVERITIES.index(finding.severity),
        -(finding.told.worth_at_least or 0.0),
        finding.q if finding.q is not None else 1.0,
        *(finding.kind, finding.metric, finding.dimension, finding.value),
    )


def insight_key(kind: str, metric: str, dimension: str, value: str) -> str:
    """The same night after night for what is about the same."""
    return hashlib.sha256(json.dumps([kind, metric, dimension, value]).encode()).hexdigest()[:32]


def _row(finding: Finding) -> dict[str, Any]:
    low, high = finding.interval or (None, None)
    found, told = finding.comparison, finding.told
    same = (
        *("kind", "severity", "metric", "dimension", "value", "n", "estimate", "baseline", "p", "q"),
        *("weeks_in_a_row", "first_week", "last_week"),
    )
    return {
        "insight_key": insight_key(finding.kind, finding.metric, finding.dimension, finding.value),
        **{name: getattr(finding, name) for name in same},
        **vars(told),
        "interval_low": low,
        "interval_high": high,
        "difference": found.difference if found else None,
        "difference_low": found.low if found else None,
        "difference_high": found.high if found else None,
    }


TABLE = AnalyticsTable(
    name="insights",
    description=(
        "One row per finding: what a shop could act on now, the most pressing first. Tested kinds compare complete ISO weeks"
        " (passed, nothing of the metric pending): a value against the other known values, or the last week against the weeks"
        " before, by person (conversations of one person are not independent) and only with at least 30 persons on either"
        " side (setting least_persons). All these tests of a run are corrected together (Benjamini, Hochberg); a finding also"
        " has to hold two weeks in a row (as each of these weeks' own runs would have found) or be large (settings of"
        " [insights]). The other kinds are counted or read off a table, without a test; experiments keep their own correction."
        " What it may be worth is an estimate: worth_conversations = difference x units of the value / weeks x 52 / 12, as if"
        " the value became like what it is compared with; worth_money = that x an agent's cost of a conversation"
        " (agent_minutes_per_chat / 60 x agent_per_hour, for fallback, abandonment, hand-over and resolution) or x the mean"
        " net amount of a counted order (for goals that an order completes). An association; no cause is shown."
    ),
    columns=(
        Column("insight_key", "varchar", "Hash of kind, metric, dimension and value: the same every night."),
        Column("rank", "bigint", "1 is first: problems of the data, then by worth_at_least, then by q."),
        Column("kind", "varchar", "Kind of finding, such as metric_change or segment_worse."),
        Column(
            "severity",
            "varchar",
            "problem (data are missing or unread), warning (worse), notice (better, or a verdict).",
        ),
        Column("title", "varchar", "The finding in a line."),
        Column(
            "text", "varchar", "The finding in words, with counts and 95 % interval; under 30 no percentages."
        ),
        Column("advice", "varchar", "What to do."),
        Column("metric", "varchar", "Metric, as in analytics.metrics where it is there."),
        Column("dimension", "varchar", "What the value is one of; all: the shop over time."),
        Column("value", "varchar", "Value of the dimension."),
        Column(
            "n",
            "bigint",
            "Units of the value, conversations mostly; null where nothing is counted by units.",
        ),
        Column(
            "estimate",
            "double",
            "Value of the metric: a share of 0 to 1, seconds, a score of -1 to 1; of plain kinds a count or hours.",
        ),
        Column(
            "interval_low",
            "double",
            "Lower bound of the 95 % Wilson interval of a share, on n / deff; else null.",
        ),
        Column("interval_high", "double", "Upper bound of it."),
        Column(
            "baseline", "double", "What it is compared with: the rest, the weeks before, the target, the first arm."
        ),
        Column("difference", "double", "estimate - baseline of what was tested, in the metric's unit."),
        Column("difference_low", "double", "Lower bound of its 95 % interval, clustered by person."),
        Column("difference_high", "double", "Upper bound of it."),
        Column("p", "double", "Two-sided p of the test, 0 to 1; null where none was made."),
        Column("q", "double", "p corrected for all tests of the run, 0 to 1; of an experiment for its own (Holm)."),
        Column(
            "weeks_in_a_row",
            "bigint",
            "Complete weeks, up to 4, whose own run would have found it, the last among them; null without a test.",
        ),
        Column("first_week", "date", "Monday of the first week looked at; null without a test."),
        Column("last_week", "date", "Monday of the last week looked at."),
        Column(
            "worth_conversations",
            "double",
            "Estimate: units (conversations mostly) a month that fixing it would change; of a question, how often it comes.",
        ),
        Column(
            "worth_at_least",
            "double",
            "The same number by the end of the difference's interval that is nearest to 0.",
        ),
        Column(
            "worth_money",
            "double",
            "Estimate in the shop's currency a month; null where settings and orders give no price.",
        ),
        Column("evidence", "varchar", "Table and rows to look at."),
    ),
    key=("insight_key",),
    build=insights,
    needs=(
        *("conversation_outcomes", "conversation_segments", "conversation_sentiment", "experiment_results"),
        *("funnel_entries", "metrics", "objectives", "source_freshness", "unmapped_signals"),
        "volume_flags",
    ),
)  # fmt: skip
