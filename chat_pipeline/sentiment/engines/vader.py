"""VADER: words and rules, on this machine and free; English only.

In other languages it reads English words that mean something else (German "die", "war"), so it is not asked.
Source: Hutto, Gilbert, ICWSM 2014; the library is its authors'.
"""

from __future__ import annotations

from functools import cache
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


ENGINE = Engine("vader", connect, languages=frozenset({"en"}))
