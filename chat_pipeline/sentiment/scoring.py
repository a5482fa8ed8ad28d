"""The score of every typed message: each different text is scored once, within the limits that settings draw.

`score_messages` leaves the temporary table `message_scores` on the connection, which the analytics read; only
there and in `cache.py` is anything written. No message of an error holds a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.sentiment import (
    Engine,
    EngineFailed,
    EngineUnavailable,
    Later,
    Result,
    Scorer,
    discover,
)
from chat_pipeline.sentiment.cache import Row, add_part, cached, paid_in_month
from chat_pipeline.sentiment.messages import find_typed, write_scores
from chat_pipeline.standing import standing

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.home import Home
    from chat_pipeline.settings import Settings
    from chat_pipeline.settings.sentiment import Sentiment

# Folder of the cache in a home's state; name under which the outcome is kept as standing.
CACHE = SCORING = "sentiment"
# Scores that a crash may cost.
PART_ROWS = 1000


@dataclass
class Outcome:
    """What scoring did. Texts: different ones, per language. `left`: over the limits or not answered, for another
    night; `problem`: why the engine did not do its work, with the remedy; `is_unavailable`: nobody but a person
    can mend it; `units`: what the vendor charges of what was sent, `cost`: what that costs."""

    engine: str
    messages: int = 0
    messages_scored: int = 0
    texts_new: int = 0
    texts_sent: int = 0
    left: int = 0
    units: int = 0
    cost: str = ""
    problem: str = ""
    is_unavailable: bool = False

    def text(self) -> str:
        """A line for people."""
        said = f"sentiment by {self.engine}: {self.messages_scored:,} of {self.messages:,} typed messages have a score"
        if self.cost:
            said += f"; {self.texts_sent:,} texts sent, {self.cost}"
        if self.left:
            said += f"; {self.left:,} texts left for another night"
        return said + (f"; {self.problem}" if self.problem else "")


def score_messages(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    folder: Path,
    at: datetime,
    tell: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Score what is typed in `marts.fct_messages`, test traffic aside. `folder` is the cache, `at` now (UTC)."""
    engine = discover()[settings.sentiment.engine]
    outcome = Outcome(engine.name)
    find_typed(con, settings.sentiment, engine)
    con.execute(
        "create or replace temp table text_scores (text_hash varchar, language varchar, score double)"
    )
    if engine.connect:
        if engine.kept_as:
            con.execute(f"insert into text_scores {cached(folder, engine.kept_as)}")
        _score_texts(con, settings.sentiment, engine, folder, at, outcome, tell)
    write_scores(con, engine)
    outcome.messages, outcome.messages_scored = con.execute(
        "select count(*), count(score) from message_scores"
    ).fetchall()[0]
    for name in ("typed_messages", "text_scores"):
        con.execute(f"drop table {name}")
    return outcome


def allowance(
    con: duckdb.DuckDBPyConnection, settings: Sentiment, engine: Engine, folder: Path, at: datetime
) -> int | None:
    """How many texts may be sent now; None: a free engine, any number."""
    if engine.price is None:
        return None
    month = settings.most_texts_per_month - paid_in_month(con, folder, engine.name, at)
    return max(0, min(settings.most_texts_per_sync, month))


def _score_texts(
    con: duckdb.DuckDBPyConnection,
    settings: Sentiment,
    engine: Engine,
    folder: Path,
    at: datetime,
    outcome: Outcome,
    tell: Callable[[str], None],
) -> None:
    """Send the texts that have no score yet, the newest first, as many as are allowed."""
    con.execute(
        """
        create or replace temp table new_texts as
        select t.language, t.text_hash, min(t.text) as text, max(t.sent_at) as sent_at
        from typed_messages as t
        anti join text_scores as s on s.text_hash = t.text_hash and s.language = t.language
        where t.is_taken
        group by t.language, t.text_hash
        """
    )
    outcome.texts_new = outcome.left = con.execute("select count(*) from new_texts").fetchall()[0][0]
    allowed = allowance(con, settings, engine, folder, at)
    count = outcome.texts_new if allowed is None else min(allowed, outcome.texts_new)
    if count:
        chosen = con.execute(
            "with chosen as (from new_texts order by sent_at desc nulls last, text_hash, language limit ?)"
            " select text_hash, language, text from chosen order by language, text_hash",
            [count],
        ).fetchall()
        _take(con, _send(chosen, settings, engine, folder, at, outcome, tell))
    con.execute("drop table new_texts")


def _send(
    texts: list[tuple[str, str, str]],
    settings: Sentiment,
    engine: Engine,
    folder: Path,
    at: datetime,
    outcome: Outcome,
    tell: Callable[[str], None],
) -> list[Row]:
    """Scores of the texts, paid ones kept part by part. Ends early, with `problem` set, where the engine can't go on."""
    assert engine.connect
    rows: list[Row] = []
    kept = 0
    try:
        if engine.price:
            cost = engine.price.text(sum(engine.price.units(len(text)) for _, _, text in texts))
            tell(f"sentiment: sending {len(texts):,} texts to {engine.name}, {cost}")
        for batch, results in _answers(texts, engine.connect(settings), engine):
            outcome.texts_sent += len(batch)
            if engine.price:
                outcome.units += sum(engine.price.units(len(text)) for _, _, text in batch)
                outcome.cost = engine.price.text(outcome.units)
            for (text_hash, language, _), result in zip(batch, results, strict=True):
                if isinstance(result, Later):
                    outcome.problem = f"{engine.name} did not score some texts ({result.reason})"
                else:
                    rows.append((text_hash, language, result))
            if engine.price and len(rows) - kept >= PART_ROWS:
                add_part(folder, engine.kept_as, rows[kept:], at)
                kept = len(rows)
    except (EngineUnavailable, EngineFailed) as error:
        outcome.problem, outcome.is_unavailable = str(error), isinstance(error, EngineUnavailable)
    finally:
        if engine.kept_as:
            add_part(folder, engine.kept_as, rows[kept:], at)
    outcome.left -= len(rows)
    return rows


def _answers(
    texts: list[tuple[str, str, str]], scorer: Scorer, engine: Engine
) -> Iterator[tuple[list[tuple[str, str, str]], list[Result]]]:
    """Batches of one language, with their results."""
    for language, group in groupby(texts, key=lambda text: text[1]):
        alike = list(group)
        for start in range(0, len(alike), engine.batch):
            batch = alike[start : start + engine.batch]
            yield batch, scorer([text for _, _, text in batch], language or None)


def _take(con: duckdb.DuckDBPyConnection, rows: list[Row]) -> None:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=pd.Index(["text_hash", "language", "score"]))
    con.register("text_scores_new", frame)
    con.execute(
        "insert into text_scores select text_hash, language, cast(score as double) from text_scores_new"
    )
    con.unregister("text_scores_new")


def texts_wait(home: Home, settings: Settings, at: datetime) -> bool:
    """Whether texts that were left could be scored now: a night without new files has work all the same."""
    import duckdb

    found = standing(home, SCORING)
    engine = discover()[settings.sentiment.engine]
    if not found.get("left") or found["is_unavailable"] or found["engine"] != engine.name:
        return False
    with duckdb.connect() as con:
        return allowance(con, settings.sentiment, engine, home.state / CACHE, at) != 0
