"""The platform's own score, as its export gives it (`fct_messages.sentiment_platform`)."""

from __future__ import annotations

from chat_pipeline.sentiment import Engine

ENGINE = Engine("platform", connect=None, needs_language=False)
