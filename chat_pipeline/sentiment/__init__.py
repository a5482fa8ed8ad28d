"""Sentiment of messages: the interface of the engines, and the score of one message for a shop's own bot.

An engine (a module of `engines/`) turns texts into scores from -1 (negative) to 1 (positive) and knows nothing of
marts, limits or what was scored before: that is the business of `scoring.py`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from chat_pipeline.settings.sentiment import Sentiment


class EngineUnavailable(Exception):
    """An engine that can't work here before somebody does something: a library, credentials, an address. Says what."""


class EngineFailed(Exception):
    """A service that gave no answer in spite of its library's retries. Names the error, never a text."""


@dataclass(frozen=True)
class Later:
    """No score this time, for a passing reason of the service."""

    reason: str


# None: this engine has no score for the text, and never will.
Result: TypeAlias = float | Later | None
# Texts of one language (None: unknown) to a result each, in order. Raises the two exceptions above.
Scorer: TypeAlias = Callable[[Sequence[str], str | None], list[Result]]


@dataclass(frozen=True)
class Price:
    """What a vendor charges: units of begun `characters`, at least `least` a text, at `dollars` each by its list price
    (None: no price of it could be looked up)."""

    dollars: float | None
    characters: int
    least: int = 1

    def units(self, length: int) -> int:
        return max(self.least, -(-length // self.characters))

    def text(self, units: int) -> str:
        """What units cost, for people."""
        if self.dollars is None:
            return f"{units:,} units of {self.characters:,} characters at the vendor's price"
        return f"about {units * self.dollars:,.2f} US dollars at list price"


@dataclass(frozen=True)
class Engine:
    """`connect` gives the scorer, or raises `EngineUnavailable`; None: the scores came with the export.

    `languages`: those it can score (None: any it is asked for), as `en` or `zh-TW`; `needs_language`: an unknown one
    is no question to ask. `batch`: texts per call of the scorer. `price`: None is free. `edition` of a free
    engine: its scores are kept as long as it is the same; empty: every text is scored anew each time.
    """

    name: str
    connect: Callable[[Sentiment], Scorer] | None
    languages: frozenset[str] | None = None
    needs_language: bool = True
    batch: int = 1000
    price: Price | None = None
    edition: str = ""

    @property
    def kept_as(self) -> str:
        """Name under which its scores are kept; empty: they are not."""
        return self.name if self.price else self.edition and f"{self.name}@{self.edition}"

    def takes(self, language: str | None) -> bool:
        if language is None:
            return not self.needs_language
        return self.languages is None or language in self.languages


@functools.cache
def discover() -> dict[str, Engine]:
    """Every engine by name."""
    folder = importlib.import_module(f"{__name__}.engines")
    names = [module.name for module in pkgutil.iter_modules(folder.__path__)]
    return {name: importlib.import_module(f"{folder.__name__}.{name}").ENGINE for name in names}


def language_of(code: str | None) -> str | None:
    """`en` of `en-GB` or `EN_us`; traditional Chinese is a language of its own (`zh-TW`). None of none."""
    parts = (code or "").strip().lower().replace("_", "-").split("-")
    if parts[0] == "zh" and {"tw", "hk", "mo", "hant"} & set(parts):
        return "zh-TW"
    return parts[0] or None


def score_message(text: str, language: str | None, settings: Sentiment | None = None) -> float | None:
    """The score of one message, as the nightly sync would give it: -1 (negative) to 1 (positive), or None.

    `language` is a code such as "en" or "de-DE", None if unknown; None comes back where the engine has no score for
    it (`vader`, the default: all but English). `settings` chooses an engine as `[sentiment]` does. A service is
    asked at once and paid for each time. Raises `EngineUnavailable` and `EngineFailed`.
    """
    chosen = settings or Sentiment()
    engine, spoken = discover()[chosen.engine], language_of(language)
    if engine.connect is None:
        raise EngineUnavailable(f"{engine.name} has no engine to ask: set [sentiment] engine to another one")
    if not text.strip() or not engine.takes(spoken):
        return None
    result = _connected(chosen.model_dump_json())([text], spoken)[0]
    if isinstance(result, Later):
        raise EngineFailed(result.reason)
    return result


@functools.lru_cache(maxsize=4)
def _connected(settings: str) -> Scorer:
    chosen = Sentiment.model_validate_json(settings)
    connect = discover()[chosen.engine].connect
    assert connect
    return connect(chosen)


def as_score(value: float) -> float:
    """Four decimals, so that sums are exact and the same in any order."""
    return round(max(-1.0, min(1.0, value)), 4)


def cut(text: str, most: int) -> str:
    """The beginning of a text that has at most so many bytes."""
    return text.encode()[:most].decode(errors="ignore")
