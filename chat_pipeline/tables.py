"""Tables and command lines as plain text, for everything that the commands print."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from chat_pipeline.home import Home

WIDTH = 118
# Columns whose text is broken last: whoever copies a file's name wants it in one piece.
KEPT_WHOLE = {"file": 64, "state": 16, "source": 20}


def table(title: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A plain table; numbers to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    rows = [list(row) for row in rows]
    drawn = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, header in enumerate(headers):
        values = [row[position] for row in rows]
        numeric = all(isinstance(value, (int, float)) or value is None for value in values)
        longest = max((len(str(value)) for value in values), default=0)
        drawn.add_column(
            header,
            justify="right" if numeric else "left",
            overflow="fold",
            min_width=min(longest, KEPT_WHOLE.get(header, 0)),
        )
    for row in rows:
        drawn.add_row(*(_cell(value) for value in row))
    text = io.StringIO()
    # Names of files may hold brackets: they are text, not markup.
    console = Console(file=text, width=WIDTH, markup=False, highlight=False)
    # Too wide a table would lose its last columns: then the lines are longer instead.
    console.width = max(WIDTH, console.measure(drawn, options=console.options.update(max_width=1000)).minimum)
    console.print(drawn)
    return "\n".join(line.rstrip() for line in text.getvalue().rstrip().splitlines()) + "\n"


def _cell(value: Any) -> Any:
    from rich.text import Text

    if isinstance(value, float):
        return Text(f"{value:.3f}")
    return Text("" if value is None else f"{value:,}" if isinstance(value, int) else str(value))


def command(home: Home) -> str:
    """How to call the program on this home from here, to be copied."""
    program = Path(sys.argv[0])
    if shutil.which("chat-pipeline") or program.name != "chat-pipeline":
        program = Path("chat-pipeline")
    here = near(home.root)
    return quote(near(program)) + ("" if here == "." else f" --home {quote(here)}")


def near(path: Path) -> str:
    """The path as seen from the working folder, if it lies below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
