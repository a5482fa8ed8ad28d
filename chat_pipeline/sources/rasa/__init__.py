"""Rasa: tracker store dumps, event broker streams and tracker JSON, all one event per raw row.

The shapes differ only in where an event's JSON lies and who names its sender; `shapes.py` finds
both, `columns.py` says what of an event is kept under which name.
"""

from __future__ import annotations

from chat_pipeline.source import Refusal, Source, Table
from chat_pipeline.sources.rasa.columns import COLUMNS
from chat_pipeline.sources.rasa.shapes import SHAPES

SOURCE = Source(
    name="rasa",
    kind="chat",
    description="Rasa conversations as events: what user, bot and dialogue engine did, in order.",
    tables=(
        Table(
            name="events",
            description="One row per event that Rasa recorded for a sender (message, action, slot, session mark, ...).",
            columns=COLUMNS,
            event_at="occurred_at",
        ),
    ),
    shapes=SHAPES,
    refusals=(
        Refusal(
            name="jsonpickle",
            matches=lambda sniff: sniff.kind == "json" and "py/object" in sniff.keys,
            remedy=(
                "legacy jsonpickle dialogue dump (py/object class names instead of event names): export the "
                "tracker store with `rasa export`, or fetch the trackers with include_events=ALL"
            ),
        ),
    ),
    expected=(
        "event broker JSON Lines (event, timestamp, sender_id), the table `events` as CSV or SQLite "
        "(sender_id, data), or tracker JSON (one or a list, with events)"
    ),
)
