"""The standing results of a home: what its last run said about each source, model, test and table.

A night without anything new repeats them, so that every asset and check speaks in every run and a
red one stays red. Kept as JSON in `raw/_state/`; written under the sync lock only. No values of data.
"""

from __future__ import annotations

import json
from typing import Any

from chat_pipeline.home import Home

NAME = "standing.json"


def standing(home: Home, part: str) -> dict[str, Any]:
    """What is kept under `part` ('raw/<source>', 'dbt', 'analytics'); empty if nothing is."""
    return _read(home).get(part, {})


def keep(home: Home, part: str, result: dict[str, Any]) -> None:
    everything = {**_read(home), part: result}
    home.state.mkdir(parents=True, exist_ok=True)
    aside = home.state / f"{NAME}.new"
    aside.write_text(json.dumps(everything, indent=1, sort_keys=True, default=str), encoding="utf-8")
    aside.replace(home.state / NAME)


def _read(home: Home) -> dict[str, Any]:
    try:
        return json.loads((home.state / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
