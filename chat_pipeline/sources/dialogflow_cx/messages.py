"""The messages of a response, as SQL: where they lie, of what kinds they are, what they say."""

from __future__ import annotations

from chat_pipeline.reading import sql_text

# Of a message's keys those that name no kind.
ATTRIBUTES = ("source", "responseType", "response_type", "channel", "message")


def messages(response: str, *, only_rest: bool) -> str:
    """SQL: the messages of a response's JSON as a list."""
    found = f"coalesce(json_extract({response}, '$.queryResult.responseMessages[*]'), [])"
    return (
        found
        if only_rest
        else (f"{found} || coalesce(json_extract({response}, '$.query_result.response_messages[*]'), [])")
    )


def has_result(response: str) -> str:
    """SQL: whether a response's JSON has a result."""
    kinds = f"json_type({response}, ['$.queryResult', '$.query_result'])"
    return f"len(list_filter(coalesce({kinds}, []), lambda kind: kind <> 'NULL')) > 0"


def kinds(messages: str) -> str:
    """SQL: the kinds of a list of messages, in REST's spelling."""
    others = ", ".join(sql_text(name) for name in ATTRIBUTES)
    camel = "array_to_string(list_transform(string_split(key, '_'), lambda part, i: case when i = 1 then part else upper(part[1]) || part[2:] end), '')"
    # The patch drops what is null: some dumps name every kind a message could have been.
    filled = "case when contains(cast(m as varchar), 'null') then json_merge_patch('{}', m) else m end"
    keys = f"flatten(list_transform({messages}, lambda m: list_filter(json_keys({filled}), lambda key: key not in ({others}))))"
    return f"list_distinct(list_transform({keys}, lambda key: case when contains(key, '_') then {camel} else key end))"


def lines(messages: str) -> str:
    """SQL: the lines of text of a list of messages."""
    spoken = "['$.outputAudioText.text', '$.output_audio_text.text']"
    return f"""list_filter(flatten(list_transform({messages}, lambda m:
        coalesce(json_extract_string(m, '$.text.text[*]'), []) || json_extract_string(m, {spoken}))),
        lambda line: trim(coalesce(line, '')) <> '')"""
