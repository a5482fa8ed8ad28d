"""VADER: words and rules, on this machine and free; English only.

In other languages it reads English words that mean something else (German "die", "war"), so it is not asked.
Source: Hutto, Gilbert, ICWSM 2014; the library is its authors'.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chat_pipeline.sentiment import Engine, Scorer, as_score

if TYPE_CHECKING:
    from chat_pipeline.settings.sentiment import Sentiment


@cache
def _analyzer() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def connect(settings: Sentiment) -> Scorer:
    return lambda texts, language: [as_score(_analyzer().polarity_scores(text)["compound"]) for text in texts]


ENGINE = Engine("vader", connect, languages=frozenset({"en"}))
