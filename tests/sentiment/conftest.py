"""Engines that ask a local stand-in, with credentials of nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from services import Service, comprehend, natural_language, served, text_analytics

from chat_pipeline.sentiment.engines import google
from chat_pipeline.settings.sentiment import Sentiment

ANSWERS = {"amazon": comprehend, "azure": text_analytics, "google": natural_language}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """`service("google")`: the stand-in and the settings that lead to it."""
    with ExitStack() as stack:

        def started(engine: str) -> tuple[Service, Sentiment]:
            found = stack.enter_context(served(ANSWERS[engine]))
            # Real ones would ask Google for a token.
            monkeypatch.setattr("google.auth.default", lambda **_: (AnonymousCredentials(), None))
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
            monkeypatch.setenv("AZURE_LANGUAGE_KEY", "key")
            monkeypatch.setattr(google, "WAITS", (0.01, 0.02, 5.0))
            # The libraries' own waits between attempts.
            monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
            monkeypatch.setattr("azure.core.pipeline.policies.RetryPolicy.get_backoff_time", lambda *_: 0.01)
            return found, Sentiment(engine=engine, endpoint=found.address, region="eu-central-1")

        yield started
