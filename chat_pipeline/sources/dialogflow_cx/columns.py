"""The raw columns of turns and test cases, and where in request and response each lies."""

from __future__ import annotations

from chat_pipeline.source import Column

TURNS = (
    Column("route", "varchar", "Way of the export: interaction_log, conversation_history or cloud_logging."),
    Column("project_id", "varchar", "Google Cloud project."),
    Column("agent_id", "varchar", "The agent's id, without its path."),
    Column("conversation_name", "varchar", "Full name of session or conversation, as delivered."),
    Column("session_id", "varchar", "The session: the name's last part; one visit, no user id."),
    Column("environment", "varchar", "Environment of the agent; `-` is the draft; null where none is named."),
    Column("turn_position", "bigint", "Number of the turn in the session; only the interaction log has it."),
    Column("requested_at", "timestamp", "When the request came in (UTC), to the microsecond."),
    Column("language_code", "varchar", "Language of the turn (BCP 47)."),
    Column("response_id", "varchar", "Id of the response; null if the turn failed."),
    Column("has_request", "boolean", "Whether the record holds the request."),
    Column("has_response", "boolean", "Whether the record holds a response."),
    Column("input_kind", "varchar", "What the user put in: text, voice, dtmf, intent, event or tool."),
    Column("user_text", "varchar", "What the user said, typed or pressed.", personal=True),
    Column("input_event", "varchar", "Event that the request triggered."),
    Column("bot_text", "varchar", "All lines of the answer, partial answers first.", personal=True),
    Column("message_kinds", "varchar", "Kinds of the answer's messages in REST's spelling (JSON array)."),
    Column("payloads", "varchar", "Free-form payloads of the answer's messages (JSON array).", personal=True),
    Column("match_type", "varchar", "INTENT, PARAMETER_FILLING, NO_MATCH, NO_INPUT, EVENT, PLAYBOOK, ..."),
    Column("match_event", "varchar", "Event that the turn matched, as sys.no-match-1."),
    Column("intent", "varchar", "Display name of the intent that matched, else its id."),
    Column("intent_confidence", "double", "Confidence of the match, 0 to 1; a missing one is unknown."),
    Column("match_parameters", "varchar", "Parameters filled by this turn (JSON object).", personal=True),
    Column("parameters", "varchar", "All parameters of the session so far (JSON object).", personal=True),
    Column(
        "request_parameters", "varchar", "Parameters sent by the shop's site or app (JSON).", personal=True
    ),
    Column("request_payload", "varchar", "Payload sent by the shop's site or app (JSON).", personal=True),
    Column("channel", "varchar", "Channel that the request names."),
    Column("caller_id", "varchar", "Caller's phone number.", personal=True),
    Column("page", "varchar", "Page after the turn: display name, else the name's last part."),
    Column("flow", "varchar", "Flow after the turn: display name, else the name's last part."),
    Column("sentiment_score", "double", "Sentiment of what the user said, -1 to 1."),
    Column("sentiment_magnitude", "double", "Strength of the sentiment."),
    Column("is_agent_escalated", "boolean", "Whether the agent handed over, says the log."),
    Column("is_user_escalated", "boolean", "Whether the user asked for a human, says the log."),
    Column("is_no_match", "boolean", "Whether nothing matched, says the log."),
    Column("is_no_input", "boolean", "Whether the user said nothing, says the log."),
    Column("is_end_page", "boolean", "Whether the end page was reached, says the log."),
    Column("failure_reasons", "varchar", "FAILED_INTENT, FAILED_WEBHOOK (JSON array)."),
    Column("feedback_rating", "varchar", "THUMBS_UP or THUMBS_DOWN."),
    Column("feedback_reasons", "varchar", "Reasons ticked with the rating (JSON array)."),
    Column("feedback_comment", "varchar", "What the user wrote with the rating.", personal=True),
    Column("error", "varchar", "Code or message of a failed call."),
    Column("request", "varchar", "The whole request (JSON).", personal=True),
    Column("response", "varchar", "The whole response (JSON).", personal=True),
    Column(
        "partial_responses", "varchar", "Earlier partial answers of the turn (JSON array).", personal=True
    ),
    Column("conversation_signals", "varchar", "Signals of the turn (JSON)."),
    Column(
        "derived_data", "varchar", "What the log derived (JSON); its schema is not published.", personal=True
    ),
)

TEST_CASES = (
    Column("test_case", "varchar", "The test case's id or name."),
    Column("display_name", "varchar", "Name shown in the console."),
    Column("tags", "varchar", "Tags (JSON array)."),
    Column("notes", "varchar", "Notes of whoever recorded it.", personal=True),
    Column("turn_position", "bigint", "Number of the turn, from 1."),
    Column("language_code", "varchar", "Language of the input."),
    Column("user_text", "varchar", "What was typed.", personal=True),
    Column("intent", "varchar", "Intent that matched; null mostly while a form is filled."),
    Column("page", "varchar", "Page after the turn."),
    Column("flow", "varchar", "Flow of that page."),
    Column("bot_text", "varchar", "All lines of the answer.", personal=True),
    Column("session_parameters", "varchar", "All parameters of the session so far (JSON).", personal=True),
    Column("user_input", "varchar", "The whole input (JSON).", personal=True),
    Column("virtual_agent_output", "varchar", "The whole output (JSON).", personal=True),
)

# Columns of the interaction log's table; the JSON ones may hold objects, their text, or the text's text.
LOG_COLUMNS = ("project_id", "agent_id", "conversation_name", "turn_position", "request_time", "language_code")  # fmt: skip
JSON_COLUMNS = (
    "request", "response", "partial_responses", "derived_data", "conversation_signals", "bot_answer_feedback",
)  # fmt: skip

# Field -> path, in REST's spelling.
REQUEST_FIELDS = {
    "session": "session",
    "text": "queryInput.text.text",
    "has_text": "queryInput.text",
    "has_audio": "queryInput.audio",
    "digits": "queryInput.dtmf.digits",
    "has_dtmf": "queryInput.dtmf",
    "has_intent": "queryInput.intent",
    "pressed_intent": "queryInput.intent.intent",
    "has_event": "queryInput.event",
    "event": "queryInput.event.event",
    "has_tool": "queryInput.toolCallResult",
    "language": "queryInput.languageCode",
    "parameters": "queryParams.parameters",
    "payload": "queryParams.payload",
    "channel": "queryParams.channel",
    "caller_id": "queryParams.payload.telephony.caller_id",
}
RESPONSE_FIELDS = {
    "response_id": "responseId",
    "text": "queryResult.text",
    "transcript": "queryResult.transcript",
    "digits": "queryResult.dtmf.digits",
    "pressed_intent": "queryResult.triggerIntent",
    "event": "queryResult.triggerEvent",
    "language": "queryResult.languageCode",
    "match_type": "queryResult.match.matchType",
    "match_event": "queryResult.match.event",
    "match_intent": "queryResult.match.intent.displayName",
    "match_intent_name": "queryResult.match.intent.name",
    "match_confidence": "queryResult.match.confidence",
    "old_intent": "queryResult.intent.displayName",
    "old_intent_name": "queryResult.intent.name",
    "old_confidence": "queryResult.intentDetectionConfidence",
    "match_parameters": "queryResult.match.parameters",
    "parameters": "queryResult.parameters",
    "page": "queryResult.currentPage.displayName",
    "page_name": "queryResult.currentPage.name",
    "flow": "queryResult.currentFlow.displayName",
    "flow_name": "queryResult.currentFlow.name",
    "sentiment_score": "queryResult.sentimentAnalysisResult.score",
    "sentiment_magnitude": "queryResult.sentimentAnalysisResult.magnitude",
    "error": "error.message",
    "error_code": "error.code",
    "message": "message",
    "code": "code",
}
SIGNAL_FIELDS = {
    "is_agent_escalated": "turnSignals.agentEscalated",
    "is_user_escalated": "turnSignals.userEscalated",
    "is_no_match": "turnSignals.noMatch",
    "is_no_input": "turnSignals.noUserInput",
    "is_end_page": "turnSignals.reachedEndPage",
    "failure_reasons": "turnSignals.failureReasons",
    "sentiment_score": "turnSignals.sentimentScore",
    "sentiment_magnitude": "turnSignals.sentimentMagnitude",
}
FEEDBACK_FIELDS = {
    "rating": "rating",
    "reasons": "ratingReason.reasonLabels",
    "comment": "ratingReason.feedback",
}

# Enums as the numbers that proto dumps write.
MATCH_TYPES = {
    1: "INTENT", 2: "DIRECT_INTENT", 3: "PARAMETER_FILLING", 4: "NO_MATCH", 5: "NO_INPUT", 6: "EVENT",
    8: "KNOWLEDGE_CONNECTOR", 9: "PLAYBOOK",
}  # fmt: skip
RATINGS = {1: "THUMBS_UP", 2: "THUMBS_DOWN"}
FAILURES = {1: "FAILED_INTENT", 2: "FAILED_WEBHOOK"}
