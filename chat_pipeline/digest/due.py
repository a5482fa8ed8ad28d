"""When a digest is sent: with the first publication whose data reach into a new day, week or pair of weeks of the
shop. Not by the clock: a night without data has nothing to tell. What was sent last is kept in `raw/_state/`."""

from __future__ import annotations

import json
from datetime import date, timedelta

from chat_pipeline.home import Home

NAME = "digest.json"
FORTNIGHT = 14


def period_start(every: str, cutoff: date) -> date:
    """First day of the period that the cut-off lies in; weeks begin on Monday."""
    if every == "nightly":
        return cutoff
    if every == "weekly":
        return cutoff - timedelta(days=cutoff.weekday())
    # The first day of all was a Monday.
    return date.fromordinal((cutoff.toordinal() - 1) // FORTNIGHT * FORTNIGHT + 1)


def is_due(home: Home, every: str, cutoff: date | None) -> bool:
    if cutoff is None:
        return False
    file = home.state / NAME
    sent = json.loads(file.read_text(encoding="utf-8"))["sent_for"] if file.is_file() else ""
    return not sent or period_start(every, cutoff) > date.fromisoformat(sent)


def remember(home: Home, every: str, cutoff: date | None) -> None:
    """That one was sent for the cut-off's period."""
    if cutoff is None:
        return
    home.state.mkdir(parents=True, exist_ok=True)
    aside = home.state / f"{NAME}.new"
    aside.write_text(json.dumps({"sent_for": period_start(every, cutoff).isoformat()}), encoding="utf-8")
    aside.replace(home.state / NAME)
