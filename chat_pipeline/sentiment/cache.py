"""What was scored before: scores by engine, language and hash of the text, in Parquet parts of a home's state.

Parts are only added (`raw/_state/sentiment/<engine>-<n>.parquet`): written aside, then made visible by one rename.
No text is kept. Who scores what is not decided here.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.disk import flush
from chat_pipeline.reading import glob_text, sql_text

if TYPE_CHECKING:
    import duckdb

# A text as it is asked for, and as it is cached: hash of the text, language, score (None: the engine has none).
Row = tuple[str, str, float | None]


def add_part(folder: Path, engine: str, rows: list[Row], at: datetime) -> None:
    """Keep scores; `at` (UTC) is when they were given."""
    import pyarrow
    import pyarrow.parquet

    if not rows:
        return
    texts, languages, scores = zip(*rows, strict=True)
    table = pyarrow.table(
        {
            "text_hash": pyarrow.array(texts, pyarrow.string()),
            "language": pyarrow.array(languages, pyarrow.string()),
            "score": pyarrow.array(scores, pyarrow.float64()),
            "scored_at": pyarrow.array([at] * len(rows), pyarrow.timestamp("us")),
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [int(part.stem.rpartition("-")[2]) for part in folder.glob(f"{engine}-*.parquet")]
    part = folder / f"{engine}-{max(numbers, default=0) + 1:06d}.parquet"
    # The name must not end in .parquet: every such file is read.
    aside = part.with_name(part.name + ".new")
    pyarrow.parquet.write_table(table, aside)
    flush(aside)
    aside.rename(part)
    flush(folder)


def cached(folder: Path, engine: str) -> str:
    """SELECT of the scores that an engine gave: text_hash, language, score; one row each."""
    return f"select text_hash, language, max(score) as score from ({_parts(folder, engine)}) group by all"


def paid_in_month(con: duckdb.DuckDBPyConnection, folder: Path, engine: str, at: datetime) -> int:
    """Texts paid for in the month (UTC) of `at`."""
    return con.execute(
        f"select count(*) from ({_parts(folder, engine)}) where date_trunc('month', scored_at) = date_trunc('month', ?)",
        [at],
    ).fetchall()[0][0]


def _parts(folder: Path, engine: str) -> str:
    if any(folder.glob(f"{engine}-*.parquet")):
        return f"from read_parquet({sql_text(glob_text(folder) + f'/{engine}-*.parquet')})"
    return (
        "select '' as text_hash, '' as language, cast(null as double) as score, cast(null as timestamp) as scored_at"
        " where false"
    )
