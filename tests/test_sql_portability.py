"""The dbt models must run on a second engine: constructs of one engine alone are kept to macros/engine.sql."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlglot.dialects import DuckDB
from sqlglot.tokens import Token, TokenType

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
FILES = sorted(
    path
    for folder in ("models", "macros", "tests")
    for path in (PROJECT / folder).rglob("*.sql")
    if path.name != "engine.sql"
)
# Words that only some engines know, or that read a clock.
FORBIDDEN_WORDS = {
    "qualify", "now", "current_date", "current_timestamp", "today", "getdate", "recursive", "exclude", "asof",
    "pivot", "unpivot", "unnest", "list_value", "list_transform", "list_filter", "struct_pack", "arg_max", "arg_min",
    "max_by", "min_by", "strftime", "strptime", "epoch", "regexp_extract", "regexp_matches", "regexp_replace",
    "json_extract", "json_extract_string", "date_diff", "datediff", "ilike", "count_if", "string_agg", "positional",
}  # fmt: skip
JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.S)
CALL = re.compile(r"\{\{.*?\}\}", re.S)


def tokens(path: Path) -> list[Token]:
    text = JINJA.sub(" ", path.read_text(encoding="utf-8"))
    return DuckDB().tokenize(CALL.sub(" jinja ", text))


def faults(found: list[Token]) -> list[str]:
    """What of a list of tokens another engine could not run, with line numbers."""
    told = []
    for position, token in enumerate(found):
        following = found[position + 1] if position + 1 < len(found) else None
        word = token.text.lower()
        if token.token_type == TokenType.DCOLON:
            told.append(f"{token.line}: ::")
        elif token.token_type in (TokenType.ARROW, TokenType.FARROW):
            told.append(f"{token.line}: a lambda or JSON arrow")
        elif token.token_type == TokenType.STRING:
            if "\\" in token.text:
                told.append(f"{token.line}: a backslash in a literal")
        elif word in FORBIDDEN_WORDS:
            told.append(f"{token.line}: {word}")
        elif word == "group by" and following and following.text.lower() == "all":
            told.append(f"{token.line}: group by all")
        elif word == "filter" and following and following.text == "(":
            told.append(f"{token.line}: filter (where ...)")
        elif word == "from" and (position == 0 or found[position - 1].text == "("):
            told.append(f"{token.line}: from before select")
    return told


def orderings_without_nulls(text: str) -> list[str]:
    """Window orderings that leave it to the engine where nulls go."""
    plain = re.sub(r"--[^\n]*", "", CALL.sub("jinja", JINJA.sub(" ", text)))
    return [
        key
        for match in re.finditer(r"\border by\b", plain)
        for key in _keys(plain[match.end() :])
        if not re.search(r"nulls (first|last)$", key)
    ]


def _keys(text: str) -> list[str]:
    """The keys of the ordering that a text begins with."""
    depth, keys = 0, [""]
    for piece in re.split(r"(\(|\)|,|\brows between\b|\brange between\b)", text):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth < 0 or (depth == 0 and piece.endswith("between")):
            break
        if depth == 0 and piece == ",":
            keys.append("")
        else:
            keys[-1] += piece
    return [key.strip() for key in keys]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_a_model_uses_only_what_two_engines_run(path: Path):
    assert faults(tokens(path)) == []
    if path.is_relative_to(PROJECT / "models"):
        assert orderings_without_nulls(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("select a::int from t", "1: ::"),
        ("select a from t qualify row_number() over () = 1", "1: qualify"),
        ("select list_transform(a, x -> x + 1) from t", "1: list_transform"),
        ("select a, count(*) from t group by all", "1: group by all"),
        ("from t select a", "1: from before select"),
        ("select '\\d' from t", "1: a backslash in a literal"),
        ("select now()", "1: now"),
        ("select count(*) filter (where a) from t", "1: filter (where ...)"),
    ],
)
def test_the_lint_finds_what_it_forbids(sql: str, fault: str):
    assert fault in faults(DuckDB().tokenize(sql))
