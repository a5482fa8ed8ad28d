"""Test cases: turns recorded in the console, without time or session. One raw row per turn."""

from __future__ import annotations

from chat_pipeline.reading import elements, extra, records
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Batch
from chat_pipeline.sources.dialogflow_cx.spelling import looked_up

CASE_FIELDS = {"name": "name", "display_name": "displayName", "tags": "tags", "notes": "notes"}
TURN_FIELDS = {
    "user_input": "userInput",
    "language_code": "userInput.input.languageCode",
    "user_text": "userInput.input.text.text",
    "virtual_agent_output": "virtualAgentOutput",
    "intent": "virtualAgentOutput.triggeredIntent.name",
    "intent_shown": "virtualAgentOutput.triggeredIntent.displayName",
    "page": "virtualAgentOutput.currentPage.name",
    "page_shown": "virtualAgentOutput.currentPage.displayName",
    "page_flow": "virtualAgentOutput.currentPage.flow",
    "flow": "virtualAgentOutput.currentFlow.name",
    "session_parameters": "virtualAgentOutput.sessionParameters",
    "texts": "virtualAgentOutput.textResponses",
}


def is_test_case(sniff: Sniff) -> bool:
    return sniff.kind == "json" and any(
        isinstance(sample, dict)
        and isinstance(
            sample.get("testCaseConversationTurns", sample.get("test_case_conversation_turns")), list
        )
        for sample in sniff.samples
    )


def read_test_cases(batch: Batch) -> dict[str, str]:
    listed = """case when json_type(record, '$.test_case_conversation_turns') = 'ARRAY'
        then json_extract(record, '$.test_case_conversation_turns[*]')
        else json_extract(record, '$.testCaseConversationTurns[*]') end"""
    found, field = looked_up("record", TURN_FIELDS)
    around, case = looked_up("record", CASE_FIELDS, "outer_found")
    taken = {name: sql for name, sql in field.items() if not name.endswith("_shown") and name not in ("texts", "page_flow", "flow", "intent", "page")}  # fmt: skip
    lines = f"json_extract_string({field['texts']}, '$[*].text[*]')"
    return {
        "test_cases": f"""
        with given as (
            select *, {found} as record_found
            from ({elements(batch, records(batch), listed, {"outer_found": around})})
        ),
        named as (
            select
                _path, _source_row, _problem, _original,
                {extra("record", ("userInput", "user_input", "virtualAgentOutput", "virtual_agent_output"))} as _extra,
                {case["name"]} as test_case, {case["display_name"]} as display_name, {case["tags"]} as tags,
                {case["notes"]} as notes,
                {", ".join(f"{sql} as {name}" for name, sql in taken.items())},
                coalesce({field["intent_shown"]}, {field["intent"]}) as intent,
                coalesce({field["page_shown"]}, {field["page"]}) as page,
                coalesce({field["flow"]}, {field["page_flow"]}) as flow,
                nullif(trim(array_to_string({lines}, chr(10))), '') as bot_text
            from given
        )
        select
            *,
            row_number() over (partition by _path, test_case, display_name order by _source_row) as turn_position,
            case when _problem is null then concat_ws('|', coalesce(test_case, display_name), cast(
                row_number() over (partition by _path, test_case, display_name order by _source_row) as varchar))
            end as _record_key
        from named
        """
    }
