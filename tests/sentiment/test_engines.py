"""The engines: what they make of a text, and of services that fail, refuse or answer in part."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from services import connect

from chat_pipeline.sentiment import (
    EngineFailed,
    EngineUnavailable,
    Later,
    Price,
    cut,
    discover,
    language_of,
    score_message,
)
from chat_pipeline.settings.sentiment import Sentiment

PAID = ("amazon", "azure", "google")
each_paid = pytest.mark.parametrize("engine", PAID)


def test_engines_are_those_that_settings_name() -> None:
    assert set(discover()) == set(Sentiment.model_json_schema()["properties"]["engine"]["enum"])
    assert {name for name, engine in discover().items() if engine.price} == set(PAID)


def test_vader_reads_english_alone() -> None:
    assert score_message("The delivery was great, thank you!", "en-GB") == pytest.approx(0.7901, abs=0.01)
    assert score_message("This is a horrible, useless bot", "en") < -0.5
    # English "die" and "war" in "the delivery was great" of German.
    assert score_message("Die Lieferung war super", "de") is None
    assert score_message("great", None) is None
    assert score_message("  \n", "en") is None


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en-GB", "en"),
        ("DE_at", "de"),
        (" fr ", "fr"),
        ("zh-Hant-HK", "zh-TW"),
        ("zh_CN", "zh"),
        ("", None),
        (None, None),
    ],
)
def test_languages(code: str | None, language: str | None) -> None:
    assert language_of(code) == language


@each_paid
def test_scores_come_in_the_order_of_the_texts(service: Any, engine: str) -> None:
    _, settings = service(engine)
    texts = ["0.75 good", "-0.5 bad", "0 neither", "1 best"]
    assert connect(settings)(texts, "en") == [0.75, -0.5, 0.0, 1.0]
    assert score_message("-0.25 well", "en-US", settings) == -0.25


@each_paid
def test_a_text_that_fails_spoils_no_other(service: Any, engine: str) -> None:
    _, settings = service(engine)
    assert connect(settings)(["0.5 a", "broken", "-0.5 b"], "en") == [0.5, None, -0.5]


@pytest.mark.parametrize("engine", ["amazon", "azure"])
def test_a_text_that_fails_for_now_is_told_apart(service: Any, engine: str) -> None:
    _, settings = service(engine)
    results = connect(settings)(["0.5 a", "later"], "en")
    assert results[0] == 0.5
    assert isinstance(results[1], Later)
    with pytest.raises(EngineFailed):
        score_message("later", "en", settings)


@each_paid
@pytest.mark.parametrize("status", [429, 503])
def test_passing_troubles_are_waited_for(service: Any, engine: str, status: int) -> None:
    found, settings = service(engine)
    found.failures = [status, status]
    assert connect(settings)(["0.5 a"], "en") == [0.5]
    assert len(found.requests) == 1


@each_paid
def test_a_service_that_stays_down_is_given_up(
    service: Any, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, settings = service(engine)
    monkeypatch.setattr("chat_pipeline.sentiment.engines.google.WAITS", (0.01, 0.02, 0.2))
    found.failures = [503] * 500
    with pytest.raises(EngineFailed) as raised:
        connect(settings)(["0.5 secret words"], "en")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("engine", "status"), [("google", 401), ("google", 403), ("azure", 401), ("azure", 403)]
)
def test_refused_credentials_say_what_to_do(service: Any, engine: str, status: int) -> None:
    found, settings = service(engine)
    found.failures = [status] * 10
    with pytest.raises(EngineUnavailable, match=r"CREDENTIALS|AZURE_LANGUAGE_KEY|may not"):
        connect(settings)(["0.5 a"], "en")


def test_google_never_takes_a_wrong_question_for_an_unknown_language(service: Any) -> None:
    found, settings = service("google")
    found.failures = [400]
    with pytest.raises(EngineFailed, match="BadRequest"):
        connect(settings)(["0.5 a"], "en")


def test_amazon_names_its_refusals(service: Any) -> None:
    found, settings = service("amazon")
    found.answer = lambda *_: (400, {"__type": "UnrecognizedClientException", "Message": "no"})
    with pytest.raises(EngineUnavailable, match=r"UnrecognizedClientException.*credentials"):
        connect(settings)(["0.5 a"], "en")


def test_credentials_that_are_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(EngineUnavailable, match="GOOGLE_APPLICATION_CREDENTIALS"):
        connect(Sentiment(engine="google"))
    monkeypatch.delenv("AZURE_LANGUAGE_KEY", raising=False)
    with pytest.raises(EngineUnavailable, match=r"endpoint.*AZURE_LANGUAGE_KEY"):
        connect(Sentiment(engine="azure"))
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(EngineUnavailable, match="region"):
        connect(Sentiment(engine="amazon"))
    with pytest.raises(EngineUnavailable, match="credentials"):
        connect(Sentiment(engine="amazon", region="eu-central-1"))(["a"], "en")


@pytest.mark.parametrize(
    ("engine", "module"),
    [("amazon", "boto3"), ("azure", "azure.ai.textanalytics"), ("google", "google.cloud")],
)
def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch, engine: str, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineUnavailable, match=rf"chat-pipeline\[{engine}\]"):
        connect(Sentiment(engine=engine))


def test_no_engine_to_ask() -> None:
    with pytest.raises(EngineUnavailable, match="another"):
        score_message("fine", "en", Sentiment(engine="platform"))


def test_prices_count_begun_units() -> None:
    price = Price(0.0001, 100, least=3)
    assert [price.units(n) for n in (1, 300, 301, 400)] == [3, 3, 4, 4]
    assert price.text(25_000) == "about 2.50 US dollars at list price"
    assert Price(None, 1000).text(1500) == "1,500 units of 1,000 characters at the vendor's price"


def test_a_text_is_cut_between_characters() -> None:
    assert cut("aé", 2) == "a"
    assert cut("aé", 3) == "aé"
