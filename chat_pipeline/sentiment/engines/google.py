"""Google Cloud Natural Language: the document's score. Application default credentials, as its library finds them.

The service takes one text a call, so several calls are under way at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from chat_pipeline.sentiment import (
    Engine,
    EngineFailed,
    EngineUnavailable,
    Price,
    Result,
    Scorer,
    as_score,
    cut,
)

if TYPE_CHECKING:
    from chat_pipeline.settings.sentiment import Sentiment

# Far under the service's limit, and what a price unit or two buys.
MOST_BYTES = 5000
BATCH, AT_ONCE = 100, 8
# Seconds: first wait, longest wait, all attempts together.
WAITS = (0.5, 30.0, 180.0)
REMEDY = "set GOOGLE_APPLICATION_CREDENTIALS to a service account's key, or run `gcloud auth application-default login`"


def connect(settings: Sentiment) -> Scorer:
    try:
        from google.auth.exceptions import DefaultCredentialsError
        from google.cloud import language_v2
    except ImportError as error:
        raise EngineUnavailable(
            "google-cloud-language is missing: pip install 'chat-pipeline[google]'"
        ) from error
    options = {"api_endpoint": settings.endpoint} if settings.endpoint else {}
    try:
        client = language_v2.LanguageServiceClient(transport="rest", client_options=options)
    except (DefaultCredentialsError, ValueError) as error:
        raise EngineUnavailable(f"Google Natural Language: no usable credentials; {REMEDY}") from error
    return lambda texts, language: _scores(client, texts, language)


def _scores(client: Any, texts: Sequence[str], language: str | None) -> list[Result]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(partial(_score, client, language), texts))


def _score(client: Any, language: str | None, text: str) -> Result:
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError, TransportError
    from requests.exceptions import RequestException

    document = {"content": cut(text, MOST_BYTES), "type_": "PLAIN_TEXT", "language_code": language or ""}
    try:
        answer = client.analyze_sentiment(document=document, retry=_retry(), timeout=30.0)
    except exceptions.BadRequest as error:
        if "language" in error.message.lower():
            return None  # one that it does not know
        raise EngineFailed(f"Google Natural Language: {type(error).__name__}") from error
    except (exceptions.Unauthorized, exceptions.Forbidden) as error:
        raise EngineUnavailable(
            f"Google Natural Language refused the credentials ({error.code}); {REMEDY}"
        ) from error
    except (exceptions.GoogleAPIError, TransportError, RequestException) as error:
        cause = getattr(error, "cause", None) or error
        raise EngineFailed(f"Google Natural Language: {type(cause).__name__}") from error
    except GoogleAuthError as error:
        raise EngineUnavailable(f"Google Natural Language refused the credentials; {REMEDY}") from error
    return as_score(answer.document_sentiment.score)


def _retry() -> Any:
    """The library's own retries leave out "too many requests"."""
    from google.api_core import exceptions
    from google.api_core.retry import Retry, if_exception_type
    from requests.exceptions import ConnectionError as Unreachable

    passing = if_exception_type(
        exceptions.TooManyRequests,
        exceptions.ServerError,
        Unreachable,
    )
    first, longest, together = WAITS
    return Retry(predicate=passing, initial=first, maximum=longest, timeout=together)


ENGINE = Engine("google", connect, needs_language=False, batch=BATCH, price=Price(0.001, 1000))
