"""Rasa: tracker store dumps, event broker streams and tracker JSON, all one event per raw row.

The shapes differ only in where an event's JSON lies and who names its sender; `shapes.py` finds
both, `columns.py` says what of an event is kept under which name.
"""

from __future__ import annotations

from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Refusal, Source, Table
from chat_pipeline.sources.rasa.columns import COLUMNS
from chat_pipeline.sources.rasa.shapes import SHAPES

MARKERS = {"sender_id", "session_idx", "marker", "event_idx"}


def _is_jsonpickle(sniff: Sniff) -> bool:
    """Objects of Python with their class's name, whole or in the list of events."""
    objects = [s for s in sniff.samples if isinstance(s, dict)] if sniff.kind == "json" else []
    events = [e for s in objects if isinstance(s.get("events"), list) for e in s["events"]]
    return any("py/object" in found for found in (*objects, *events) if isinstance(found, dict))


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
            threads=("sender_id",),
        ),
    ),
    shapes=SHAPES,
    refusals=(
        Refusal(
            name="jsonpickle",
            matches=_is_jsonpickle,
            remedy=(
                "legacy jsonpickle dialogue dump (py/object class names instead of event names): export the "
                "tracker store with `rasa export`, or fetch the trackers with include_events=ALL"
            ),
        ),
        Refusal(
            name="marker_evaluation",
            matches=lambda sniff: set(sniff.columns) >= MARKERS,
            remedy="results of `rasa evaluate markers`, worked out from the events: export the tracker store itself",
        ),
    ),
    reader_version=6,
    expected=(
        "event broker JSON Lines (event, timestamp, sender_id), the table `events` as CSV or SQLite "
        "(sender_id, data), Rasa X's `conversation_event` as CSV, JSON or SQLite, or tracker JSON (one, a list, or under `conversations`, with events)"
    ),
)
