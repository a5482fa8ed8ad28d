"""Google Dialogflow CX (Conversational Agents): logged turns, and recorded test cases.

The routes differ in where request and response lie and how their JSON is spelt: `shapes.py` finds them,
`spelling.py` knows the spellings, `turns.py` makes both into one row. Test cases are no talk with a
customer: they have a raw table of their own and go no further.
"""

from __future__ import annotations

from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Refusal, Source, Table
from chat_pipeline.sources.dialogflow_cx.columns import TEST_CASES, TURNS
from chat_pipeline.sources.dialogflow_cx.shapes import SHAPES, conversations


def _lacks_interactions(sniff: Sniff) -> bool:
    found = conversations(sniff)
    return bool(found) and not any("interactions" in conversation for conversation in found)


SOURCE = Source(
    name="dialogflow_cx",
    kind="chat",
    description="Dialogflow CX conversations turn by turn: what was asked, matched and answered.",
    tables=(
        Table(
            name="turns",
            description="One row per logged turn of a conversation and route; of Cloud Logging one row per entry.",
            columns=TURNS,
            event_at="requested_at",
            threads=("session_id", "agent_id || '|' || session_id"),
        ),
        Table(
            name="test_cases",
            description="One row per turn of a test case that was recorded in the console.",
            columns=TEST_CASES,
        ),
    ),
    shapes=SHAPES,
    refusals=(
        Refusal(
            name="conversation_list",
            matches=_lacks_interactions,
            remedy=(
                "a list of conversations without their interactions: fetch each conversation by its name, "
                "or export the BigQuery table of the interaction log"
            ),
        ),
    ),
    tells_reply_times=False,
    expected=(
        "rows of the interaction log's BigQuery table as JSON Lines or Parquet (conversation_name, request, response), "
        "conversations with interactions, Cloud Logging entries of dialogflow-runtime, or test cases"
    ),
)
