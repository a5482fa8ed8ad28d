"""VADER: words and rules, on this machine and free; English only.

In other languages it reads English words that mean something else (German "die", "war"), so it is not asked.
Source: Hutto, Gilbert, ICWSM 2014; the library is its authors'.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat_pipeline.sentiment import Engine, Scorer, as_score, cut

if TYPE_CHECKING:
    from chat_pipeline.settings.sentiment import Sentiment

# Its time grows with the square of the length: a page of emoji takes seconds.
MOST_BYTES = 2000


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def connect(settings: Sentiment) -> Scorer:
    return lambda texts, language: [_score(text) for text in texts]


def _score(text: str) -> float:
    return as_score(_analyzer().polarity_scores(cut(text, MOST_BYTES))["compound"])


# Another library or another way to ask it scores all texts anew.
EDITION = f"{version('vaderSentiment')}.{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]}"
ENGINE = Engine("vader", connect, languages=frozenset({"en"}), edition=EDITION)
