"""Amazon Comprehend: the positive share minus the negative one. Credentials as boto3 finds them."""

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
    cut,
)

if TYPE_CHECKING:
    from chat_pipeline.settings.sentiment import Sentiment

# The service's limits: texts a call (BatchDetectSentiment) and bytes a text.
BATCH, MOST_BYTES = 25, 5000
ATTEMPTS = 6
REFUSED = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "OptInRequired",
    "UnrecognizedClientException",
}
# Errors of a single text that another night won't mend.
HOPELESS = {"TEXT_SIZE_LIMIT_EXCEEDED", "UNSUPPORTED_LANGUAGE", "INVALID_REQUEST"}
REMEDY = "set AWS credentials that may call comprehend:BatchDetectSentiment (environment, profile or role)"


def connect(settings: Sentiment) -> Scorer:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise EngineUnavailable("boto3 is missing: pip install 'chat-pipeline[amazon]'") from error
    try:
        client = boto3.Session().client(
            "comprehend",
            region_name=settings.region or None,
            endpoint_url=settings.endpoint or None,
            config=Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS}),
        )
    except (BotoCoreError, ValueError) as error:
        raise EngineUnavailable(f"{error} Set [sentiment] region, or endpoint.") from error
    return lambda texts, language: _scores(client, texts, language)


def _scores(client: Any, texts: Sequence[str], language: str | None) -> list[Result]:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

    try:
        answer = client.batch_detect_sentiment(
            TextList=[cut(text, MOST_BYTES) for text in texts], LanguageCode=language
        )
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise EngineUnavailable(f"Amazon Comprehend: no credentials; {REMEDY}") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in REFUSED:
            raise EngineUnavailable(
                f"Amazon Comprehend refused the credentials ({code}); {REMEDY}"
            ) from error
        raise EngineFailed(f"Amazon Comprehend: {code}") from error
    except BotoCoreError as error:
        raise EngineFailed(f"Amazon Comprehend: {type(error).__name__}") from error
    results: list[Result] = [Later("no answer for a text")] * len(texts)
    for found in answer["ResultList"]:
        share = found["SentimentScore"]
        results[found["Index"]] = as_score(share["Positive"] - share["Negative"])
    for failed in answer["ErrorList"]:
        code = failed["ErrorCode"]
        results[failed["Index"]] = None if code in HOPELESS else Later(code)
    return results


ENGINE = Engine(
    "amazon",
    connect,
    languages=frozenset(["ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "pt", "zh", "zh-TW"]),
    batch=BATCH,
    price=Price(0.0001, 100, least=3),
)
