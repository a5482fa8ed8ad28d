"""Rows of any route with their JSON decoded: however often it was encoded as text, with plain letters and plain
values. What is rare is sought once for all rows, by plain words, and only then told row by row."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from chat_pipeline.engine import insert_rows
from chat_pipeline.reading import sql_text
from chat_pipeline.source import Batch
from chat_pipeline.sources.dialogflow_cx.columns import (
    FEEDBACK_FIELDS,
    JSON_COLUMNS,
    LOG_COLUMNS,
    REQUEST_FIELDS,
    RESPONSE_FIELDS,
    SIGNAL_FIELDS,
)
from chat_pipeline.sources.dialogflow_cx.spelling import WRAPPED, snake, unwrapped

# What all wrapped values end with: found in a tenth of the time that the pattern takes.
WRAPPED_END = 'alue"'
# Letters may be written as escapes, though nobody need; other signs often are.
ESCAPE, ESCAPED_LETTER = r"\u00", r"\\u00[4-7]"

_numbers = itertools.count()


def _roots(paths: Iterable[str]) -> tuple[str, ...]:
    """What all paths begin with that Python's dumps spell in another way."""
    return tuple(sorted({snake(path).split(".")[0] for path in paths if snake(path) != path}))


SNAKE_ROOTS = {
    "request": _roots(REQUEST_FIELDS.values()),
    "response": _roots(RESPONSE_FIELDS.values()),
    "partial_responses": _roots(RESPONSE_FIELDS.values()),
    "conversation_signals": _roots(SIGNAL_FIELDS.values()),
    "bot_answer_feedback": _roots(FEEDBACK_FIELDS.values()),
}


def kept(batch: Batch, rows: str) -> tuple[str, set[str]]:
    """A temporary table of the rows, and the JSON columns in which nothing is spelt in another way than REST's.

    Whether a column's text is JSON at all is not asked.
    """
    name = f"dialogflow_turns_{next(_numbers)}"
    given = (
        "environment",
        "request_utterances",
        "response_utterances",
        "log_id",
        *LOG_COLUMNS,
        *JSON_COLUMNS,
    )
    missing = ", ".join(f"cast(null as varchar) as {column}" for column in given)
    batch.con.execute(f"""
        create temp table {name} as
        with complete as (
            {rows}
            union all by name
            select {missing} where false
        )
        select * replace ({", ".join(f"{_decoded(column)} as {column}" for column in JSON_COLUMNS)}) from complete
    """)
    if any(_hold(batch, name, [(column, (ESCAPE,)) for column in JSON_COLUMNS])):
        _write_letters_out(batch, name)
    wrapped = _hold(batch, name, [(column, (WRAPPED_END,)) for column in JSON_COLUMNS])
    for column, is_wrapped in zip(JSON_COLUMNS, wrapped, strict=True):
        if is_wrapped:
            _unwrap(batch, name, column)
    other = _hold(batch, name, list(SNAKE_ROOTS.items()))
    return name, {column for column, is_other in zip(SNAKE_ROOTS, other, strict=True) if not is_other}


def _decoded(column: str) -> str:
    """SQL: the text of a column, however often it was encoded; null for null."""
    return f"""nullif(case when starts_with({column}, '{{') then {column}
        when ltrim({column}) like '"%' and json_valid({column}) then json_extract_string({column}, '$')
        else {column} end, 'null')"""


def _hold(batch: Batch, name: str, asked: Sequence[tuple[str, Sequence[str]]]) -> list[bool]:
    """Per column and words whether any row has one of them."""
    tests = ", ".join(
        f"bool_or({' or '.join(f'contains({column}, {sql_text(word)})' for word in words)})"
        for column, words in asked
    )
    return [bool(answer) for answer in batch.con.execute(f"select {tests} from {name}").fetchall()[0]]


def _write_letters_out(batch: Batch, name: str) -> None:
    """Rewrite JSON in which letters are escapes, so that words can be sought in it."""
    for column in JSON_COLUMNS:
        batch.con.execute(
            f"update {name} set {column} = coalesce(try(cast(json({column}) as varchar)), {column})"
            f" where contains({column}, {sql_text(ESCAPE)}) and regexp_matches({column}, {sql_text(ESCAPED_LETTER)})"
        )


def _unwrap(batch: Batch, name: str, column: str) -> None:
    """Rewrite the JSON in which free-form values are wrapped; few exports do that."""
    found = batch.con.execute(
        f"select rowid, {column} from {name} where contains({column}, {sql_text(WRAPPED_END)})"
        f" and regexp_matches({column}, {sql_text(WRAPPED)}) and json_valid({column})"
    ).fetchall()
    if found:
        batch.con.execute(f"create or replace temp table {name}_plain (row_number bigint, text varchar)")
        insert_rows(batch.con, f"{name}_plain", [[row, unwrapped(text)] for row, text in found])
        batch.con.execute(
            f"update {name} set {column} = text from {name}_plain where {name}.rowid = row_number"
        )
