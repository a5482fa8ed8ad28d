"""The typed messages of the marts, ready to be scored, and `message_scores` from what was scored. SQL alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.reading import sql_text
from chat_pipeline.sentiment import Engine, language_of
from chat_pipeline.settings.matches import ANY_PLATFORM

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings.sentiment import Sentiment

SCORES = (
    "message_scores (message_key varchar, language varchar, score double, engine varchar, unscored varchar)"
)


def plain_text(column: str) -> str:
    """SQL of a text in the one form whose hash is cached."""
    return f"trim(regexp_replace(nfc_normalize({column}), '\\s+', ' ', 'g'))"


def empty_scores(con: duckdb.DuckDBPyConnection) -> None:
    """The table `message_scores`, without rows."""
    con.execute(f"create or replace temp table {SCORES}")


def find_typed(con: duckdb.DuckDBPyConnection, settings: Sentiment, engine: Engine) -> None:
    """Temp table `typed_messages`: key, text in one form, its hash, language ('' if unknown), whether it is taken."""
    con.execute(
        "create or replace temp table language_codes (code varchar, language varchar, is_taken boolean)"
    )
    named = [sql_text(code) for code in settings.languages.values()]
    found = con.execute(
        "select language from marts.fct_messages union select language from marts.fct_conversations"
        + "".join(f" union select {code}" for code in named)
    ).fetchall()
    for (code,) in found:
        language = language_of(code)
        con.execute(
            "insert into language_codes values (?, ?, ?)", [code, language or "", engine.takes(language)]
        )
    of_platform = "".join(
        f" when {'true' if name == ANY_PLATFORM else f'm.platform = {sql_text(name)}'} then {sql_text(code)}"
        for name, code in sorted(settings.languages.items(), key=lambda item: item[0] == ANY_PLATFORM)
    )
    default = f"case{of_platform} end" if of_platform else "cast(null as varchar)"
    con.execute(
        f"""
        create or replace temp table typed_messages as
        with plain as (
            select
                m.message_key, m.sent_at, m.sentiment_platform,
                {plain_text("m.text")} as text,
                coalesce(nullif(trim(m.language), ''), nullif(trim(c.language), ''), {default}) as code
            from marts.fct_messages as m
            left join marts.fct_conversations as c on c.conversation_key = m.conversation_key
            where m.author = 'user' and m.content_type = 'text' and not coalesce(m.is_test, false)
        )
        select
            p.message_key, p.sent_at, p.sentiment_platform, p.text, sha256(p.text) as text_hash,
            coalesce(l.language, '') as language,
            coalesce(l.is_taken, {str(engine.takes(None)).lower()}) as is_taken
        from plain as p
        left join language_codes as l on l.code = p.code
        where p.text <> ''
        """
    )
    con.execute("drop table language_codes")


def write_scores(con: duckdb.DuckDBPyConnection, engine: Engine) -> None:
    """`message_scores` from the texts' scores, or from the platform's own."""
    empty_scores(con)
    scored = (
        "s.score, s.text_hash is not null"
        if engine.connect
        # `least` and `greatest` would make a 1 of null.
        else "case when t.sentiment_platform is not null then round(greatest(-1, least(1, t.sentiment_platform)), 4) end, true"
    )
    con.execute(
        f"""
        insert into message_scores
        with found (message_key, language, is_taken, score, is_answered) as (
            select t.message_key, nullif(t.language, '') as language, t.is_taken, {scored}
            from typed_messages as t
            left join text_scores as s on s.text_hash = t.text_hash and s.language = t.language
        )
        select
            message_key, language, score, {sql_text(engine.name)},
            case
                when score is not null then null
                when not is_taken then 'language'
                when not is_answered then 'waiting'
                else 'none'
            end
        from found
        """
    )
