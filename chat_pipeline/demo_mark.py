"""The mark of a demo's home: made-up data and a shop's own must never be mixed."""

from __future__ import annotations

import json

from chat_pipeline.extract.files import list_exports
from chat_pipeline.home import Home

SHOWN = 3


class ForeignExports(Exception):
    """Exports in a demo's home that the demo did not write."""


def write_mark(home: Home) -> None:
    """Mark the home as a demo's: exactly the exports that are there now belong to it."""
    paths = [file.path for file in list_exports(home.exports)]
    home.demo_mark.write_text(json.dumps({"exports": paths}, indent=1), encoding="utf-8")


def refuse_foreign_exports(home: Home) -> None:
    """Raise ForeignExports if a demo's home holds exports of somebody else."""
    if not home.demo_mark.is_file():
        return
    own = set(json.loads(home.demo_mark.read_text(encoding="utf-8"))["exports"])
    foreign = [file.path for file in list_exports(home.exports) if file.path not in own]
    if foreign:
        listed = ", ".join(foreign[:SHOWN]) + (", ..." if len(foreign) > SHOWN else "")
        raise ForeignExports(
            f"{home.root} is the demo's home, but its exports hold files of somebody else ({listed}): "
            "make a home of your own with `chat-pipeline --home FOLDER init` and put them there"
        )
