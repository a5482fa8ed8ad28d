"""Azure AI Language (Text Analytics): the positive confidence minus the negative one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chat_pipeline.sentiment import (
    Engine,
    EngineFailed,
    EngineUnavailable,
    Later,
    Price,
    Result,
    Scorer,
    as_score,
)
from chat_pipeline.settings.sentiment import AZURE_KEY, azure_key

if TYPE_CHECKING:
    from chat_pipeline.settings.sentiment import Sentiment

# The service's limits: documents a call and characters a document.
BATCH, MOST_CHARACTERS = 10, 5120
RETRIES = 5
# Errors of a single text that another night won't mend.
HOPELESS = {"InvalidDocument", "UnsupportedLanguageCode", "ModelVersionIncorrect", "EmptyRequest"}
CODES = {"zh": "zh-hans", "zh-TW": "zh-hant"}


def connect(settings: Sentiment) -> Scorer:
    try:
        from azure.ai.textanalytics import TextAnalyticsClient
        from azure.core.credentials import AzureKeyCredential
    except ImportError as error:
        raise EngineUnavailable(
            "azure-ai-textanalytics is missing: pip install 'chat-pipeline[azure]'"
        ) from error
    missing = [] if settings.endpoint else ["set [sentiment] endpoint to the address of your resource"]
    missing += [] if azure_key() else [f"put its key into the environment variable {AZURE_KEY}"]
    if missing:
        raise EngineUnavailable(f"Azure AI Language: {' and '.join(missing)}")
    client = TextAnalyticsClient(settings.endpoint, AzureKeyCredential(azure_key()), retry_total=RETRIES)
    return lambda texts, language: _scores(client, texts, language)


def _scores(client: Any, texts: Sequence[str], language: str | None) -> list[Result]:
    from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

    documents = [
        {"id": str(n), "language": CODES.get(language or "", language), "text": text[:MOST_CHARACTERS]}
        for n, text in enumerate(texts)
    ]
    try:
        answer = client.analyze_sentiment(documents)
    except ClientAuthenticationError as error:
        raise EngineUnavailable(f"Azure AI Language refused the key in {AZURE_KEY}: check it") from error
    except HttpResponseError as error:
        if error.status_code == 403:
            raise EngineUnavailable("Azure AI Language: the key may not do this (403)") from error
        raise EngineFailed(f"Azure AI Language: status {error.status_code}") from error
    except AzureError as error:
        raise EngineFailed(f"Azure AI Language: {type(error).__name__}") from error
    return [_result(document) for document in answer]


def _result(document: Any) -> Result:
    if document.is_error:
        code = str(document.error.code)
        return None if code in HOPELESS else Later(code)
    return as_score(document.confidence_scores.positive - document.confidence_scores.negative)


ENGINE = Engine("azure", connect, batch=BATCH, price=Price(None, 1000))
