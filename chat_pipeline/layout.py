"""The number of a home's layout, kept in `raw/layout.json`: where things lie in it, and in what form.

A home of an older layout is brought up to date by whoever gets its lock, one small function per number;
one of a newer layout than this program knows is refused. What a rebuild makes anew needs no number.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from chat_pipeline import __version__
from chat_pipeline.home import Home

LAYOUT = 1
# From each number to the next. Homes from before there were numbers are of layout 0, and lie as those of 1 do.
MIGRATIONS: dict[int, Callable[[Home], None]] = {}


class NewerLayout(Exception):
    """A home that a newer version of this program has written."""


def check_layout(home: Home) -> int:
    """The home's layout. Raises NewerLayout if this program does not know it."""
    if not home.layout_mark.is_file():
        return 0
    mark = json.loads(home.layout_mark.read_text(encoding="utf-8"))
    if mark["layout"] > LAYOUT:
        raise NewerLayout(
            f"{home.root} was written by chat-pipeline {mark['written_by']} (layout {mark['layout']}), which is newer than"
            f" this one ({__version__}, layout {LAYOUT}): upgrade the program, or restore a backup of before"
        )
    return mark["layout"]


def ensure_layout(home: Home) -> None:
    """Bring the home to this program's layout. The caller holds the lock."""
    found = check_layout(home)
    for number in range(found, LAYOUT):
        migrate = MIGRATIONS.get(number)
        if migrate and home.raw.is_dir():
            migrate(home)
        # After each step: one that is killed goes on where it was.
        _mark(home, number + 1)


def _mark(home: Home, number: int) -> None:
    home.raw.mkdir(parents=True, exist_ok=True)
    aside = home.layout_mark.with_suffix(".new")
    aside.write_text(json.dumps({"layout": number, "written_by": __version__}), encoding="utf-8")
    aside.replace(home.layout_mark)
