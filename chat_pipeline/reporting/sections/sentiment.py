"""How people sound, and what moves it."""

from __future__ import annotations

from chat_pipeline.reporting import charts
from chat_pipeline.reporting.figures import PERIODS
from chat_pipeline.reporting.parts import Chart, Column, Scope, Section, Table
from chat_pipeline.reporting.published import Row, listed, rows
from chat_pipeline.reporting.words import readable

MOST_DRIVERS, MOST_ALERTS, OF_PLATFORM = 12, 10, 5
TREND = (
    *(Column("period", "From", "date"), Column("said", "Mean"), Column("between", "95 % interval")),
    *(
        Column("d", "Conversations", "count"),
        Column("n", "Negative", "count"),
        Column("alerts", "Alarming", "count"),
        Column("state", "State"),
    ),
)
DRIVERS = (
    *(
        Column("label", "Conversations with"),
        Column("said", "Difference"),
        Column("between", "95 % interval"),
    ),
    *(Column("conversations", "Conversations", "count"), Column("group", "Reading")),
)


def section(scope: Scope) -> Section:
    trend = _trend(scope)
    if not trend:
        return Section(
            "sentiment",
            "How people sound",
            "",
            missing="No message was scored: exports with what users typed (in English for the built-in engine, see [sentiment] in the settings) fill this.",
        )
    return Section(
        id="sentiment",
        title="How people sound",
        lead="From -1 (negative) to 1 (positive), by what they typed; the mean of a conversation counts once.",
        follows="The trend follows period and platform, the newest conversations the platform; what goes with better or worse is not filtered.",
        blocks=(
            Chart(
                "sentiment",
                "Mean sentiment",
                "Mean over the conversations of their mean score, with its 95 % interval, clustered by person. Scores of different engines can't be compared.",
                charts.trend("number"),
                TREND,
                view="sentiment",
            ),
            Chart(
                "drivers",
                "What goes with better or worse sentiment",
                "Mean sentiment of the conversations with that value less the mean of all others, on the last complete weeks; tested by person, corrected for all tests. Association, no cause.",
                charts.dots("number", signed=True),
                DRIVERS,
                rows=_drivers(scope),
            ),
            _alerts(scope),
        ),
        extra={"trend": trend},
    )


def _trend(scope: Scope) -> dict[str, dict[str, list[Row]]]:
    """By 'all=all' or 'platform=...' and grain: rows over periods. One engine: the newest period's."""
    found = rows(
        scope.con,
        """
        select dimension || '=' || dimension_value as cell, grain, period_start as period, conversations as d,
            negative as n, alerts, round(mean, 4) as v, round(interval_low, 4) as l, round(interval_high, 4) as h, is_complete as c
        from analytics.sentiment_trend
        where dimension in ('all', 'platform')
            and engine = (select max_by(engine, period_start) from analytics.sentiment_trend)
        qualify dense_rank() over (partition by grain order by period_start desc)
            <= case grain when 'day' then ? when 'week' then ? else ? end
        order by cell, grain, period_start
        """,
        list(PERIODS.values()),
    )
    cells: dict[str, dict[str, list[Row]]] = {}
    for row in found:
        cells.setdefault(row.pop("cell"), {}).setdefault(row.pop("grain"), []).append(row)
    return cells


def _drivers(scope: Scope) -> list[Row]:
    found = rows(
        scope.con,
        """
        select dimension, dimension_value, conversations, difference as value, interval_low as low,
            interval_high as high, is_driver
        from analytics.sentiment_drivers
        where is_driver is not null and interval_low is not null
        order by is_driver desc, abs(difference) desc, dimension, dimension_value limit ?
        """,
        [MOST_DRIVERS],
    )
    found.sort(key=lambda row: row["value"])
    for place, row in enumerate(found):
        row["place"] = place
        row["label"] = f"{readable(row['dimension'].rpartition('.')[2])}: {row['dimension_value']}"
        row["group"] = (
            ("worse" if row["value"] < 0 else "better") if row["is_driver"] else "no clear difference"
        )
        row["said"] = f"{row['value']:+.2f}"
        row["between"] = f"{row['low']:+.2f} to {row['high']:+.2f}"
        row["rest"] = 0
    return found


def _alerts(scope: Scope) -> Table:
    found = listed(
        scope.con,
        """
        select conversations.started_date, conversations.platform, conversations.primary_intent_group,
            sentiment.mean, sentiment.conversation_key, conversations.started_at
        from analytics.conversation_sentiment as sentiment
        inner join marts.fct_conversations as conversations on conversations.conversation_key = sentiment.conversation_key
        where sentiment.is_alert
        """,
        "started_at desc, conversation_key",
        MOST_ALERTS,
        OF_PLATFORM,
    )
    for row in found:
        row["conversation_key"] = scope.name(row["conversation_key"], "Ended in an alarming tone")
    return Table(
        "alerts",
        "Newest conversations that ended in an alarming tone",
        (
            Column("started_date", "Began", "date"),
            Column("platform", "Platform"),
            Column("primary_intent_group", "About"),
            Column("mean", "Mean score", "number"),
            Column("conversation_key", "To read", "conversation"),
        ),
        found,
        empty="No conversation ended in an alarming tone.",
        by_platform=True,
    )
