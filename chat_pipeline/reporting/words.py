"""Plain words for the page, beside those of the insights (chat_pipeline.analytics.insights._words)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from chat_pipeline.analytics.insights import _words

LEAST_FOR_PERCENT = _words.LEAST_FOR_PERCENT


def day(when: str | date) -> str:
    """15 November 2026."""
    return _words.day(date.fromisoformat(when) if isinstance(when, str) else when)


def percent(share: float) -> str:
    """41 %, 3.5 %; the space does not break."""
    return _words.percent(share).replace(" ", "\u00a0")


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + (f" and {names[-1]}" if names else "")


def counted(number: int, what: str) -> str:
    """1 conversation, 2,000 conversations."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def readable(name: str) -> str:
    """A name of a table or attribute as words: age_band becomes Age band."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
