"""Intercom: conversations as its API gives them, with bot (Fin, Operator) and teammates in one thread.

A conversation is one raw row, each of its parts another: a later delivery may bring parts that an
earlier one had no more room for, and a changed part replaces just itself. The first message lies
beside the parts and becomes a part of type `source`.
"""

from __future__ import annotations

from chat_pipeline.source import Source, Table
from chat_pipeline.sources.intercom.columns import CONVERSATION_COLUMNS, PART_COLUMNS
from chat_pipeline.sources.intercom.reading import REFUSALS, SHAPES

SOURCE = Source(
    name="intercom",
    kind="chat",
    description="Intercom conversations: what contacts, bots and teammates wrote, assignments, ratings, tags.",
    tables=(
        Table(
            name="parts",
            description="One row per part of a conversation (message, note, assignment, close, ...).",
            columns=PART_COLUMNS,
            event_at="created_at",
            threads=("conversation_id",),
        ),
        Table(
            name="conversations",
            description="One row per conversation: contacts, channel, tags, rating, AI agent.",
            columns=CONVERSATION_COLUMNS,
            threads=("conversation_id",),
        ),
    ),
    shapes=SHAPES,
    refusals=REFUSALS,
    expected=(
        "conversations of the API (GET /conversations/{id}), one or several as JSON Lines, array or page, each with "
        "its conversation_parts"
    ),
)
