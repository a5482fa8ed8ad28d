"""What an asset of an analytics table shows of itself: its headline chart and its first rows, as Markdown.

Nothing of a person: columns that name one are left out, hashed keys are cut, and addresses and long numbers in
names that come from outside (intents, campaigns) are masked. Cheap: no library draws, and a table costs two queries.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from chat_pipeline.masking import mask_contacts
from chat_pipeline.previews.headlines import headline
from chat_pipeline.previews.svg import bars, line

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.analytics import AnalyticsTable

ROWS, MOST_LETTERS, MOST_POINTS, KEY_LETTERS = 5, 60, 60, 8
# By which rows of one person could be put together, or the person be found in the marts.
OF_A_PERSON = {"customer_key", "person_key", "cluster", "unit_key"}


def previews(con: duckdb.DuckDBPyConnection, table: AnalyticsTable) -> dict[str, str]:
    """Markdown by what it shows ("chart", "first rows"), from the build that is open; what has no rows is left out."""
    shown = {"chart": chart(con, table), "first rows": first_rows(con, table)}
    return {name: text for name, text in shown.items() if text}


def chart(con: duckdb.DuckDBPyConnection, table: AnalyticsTable) -> str:
    """An image that holds its own data; empty where there is nothing to draw."""
    wanted = headline(table)
    found = con.execute(f"select label, value from ({wanted.sql}) limit {MOST_POINTS}").fetchall()
    points = [(_text(label), float(value)) for label, value in found if value is not None]
    if not points:
        return ""
    image = line(points) if wanted.is_series else bars(points)
    return f"![{wanted.title}]({image})\n\n{wanted.title}"


def first_rows(con: duckdb.DuckDBPyConnection, table: AnalyticsTable) -> str:
    """A Markdown table of the first rows by the key, persons last: rows of one person would say much of them."""
    names = [column.name for column in table.columns if column.name not in OF_A_PERSON]
    order = sorted(table.key, key=lambda name: name in OF_A_PERSON)
    found = con.execute(
        f"select {', '.join(names)} from analytics.{table.name} order by {', '.join(order)} limit {ROWS}"
    ).fetchall()
    if not found:
        return ""
    lines = [names, ["---"] * len(names)]
    lines += [[_cell(name, value) for name, value in zip(names, row, strict=True)] for row in found]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(name: str, value: Any) -> str:
    if name.endswith("_key") and value is not None:
        return f"{str(value)[:KEY_LETTERS]}…"
    text = _text(value)
    # What would be Markdown or HTML is not.
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>()#+!|~" else sign for sign in text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", timespec="minutes")
    text = mask_contacts(str(value))
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
