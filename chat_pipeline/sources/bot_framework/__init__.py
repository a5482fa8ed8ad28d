"""Microsoft Bot Framework: activities of transcripts and transcript stores, telemetry of Application Insights."""

from __future__ import annotations

from chat_pipeline.source import Source, Table
from chat_pipeline.sources.bot_framework import activities, telemetry, telemetry_columns

SOURCE = Source(
    name="bot_framework",
    kind="chat",
    description="Microsoft Bot Framework conversations as activities: messages, events, traces of the recognisers.",
    tables=(
        Table(
            name="activities",
            description="One row per activity of a conversation (message, event, trace, member update, ...).",
            columns=activities.COLUMNS,
            event_at="occurred_at",
        ),
        Table(
            name="telemetry",
            description="One row per custom event that the bot sent to Application Insights.",
            columns=telemetry_columns.COLUMNS,
            event_at="occurred_at",
        ),
    ),
    shapes=(*activities.SHAPES, *telemetry.SHAPES),
    reader_version=2,
    expected=(
        "a .transcript (a JSON array of activities, or an object with the array as `transcript`), single activities "
        "of a transcript store, or customEvents of Application Insights (CSV or JSON, with customDimensions)"
    ),
)
