"""Scoring the messages of a home: what is asked, what is kept, where the limits are, what trouble leaves behind."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chat_pipeline.home import Home
from chat_pipeline.sentiment import cache
from chat_pipeline.sentiment import scoring as scoring_module
from chat_pipeline.sentiment.scoring import CACHE, SCORING, Outcome, score_messages, texts_wait
from chat_pipeline.settings import Settings
from chat_pipeline.settings.sentiment import Sentiment
from chat_pipeline.standing import keep

NOVEMBER = datetime(2026, 11, 22, 4)


class Shop:
    """Marts with messages of users, and a cache."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.settings = folder, Sentiment()
        self.con = duckdb.connect()
        self.con.execute("create schema marts")
        self.con.execute(
            "create table marts.fct_messages (message_key varchar, conversation_key varchar default 'c', platform"
            " varchar default 'rasa', sent_at timestamp default '2026-11-01', author varchar default 'user',"
            " content_type varchar default 'text', text varchar, language varchar default 'en',"
            " sentiment_platform double, is_test boolean default false)"
        )
        self.con.execute("create table marts.fct_conversations (conversation_key varchar, language varchar)")

    def says(self, *texts: str | None, **columns: Any) -> None:
        """Messages m1, m2, ... in the order they are said."""
        for text in texts:
            count = self.con.execute("select count(*) + 1 from marts.fct_messages").fetchall()[0][0]
            row = {"message_key": f"m{count}", "text": text, **columns}
            marks = ", ".join("?" * len(row))
            self.con.execute(
                f"insert into marts.fct_messages ({', '.join(row)}) values ({marks})", list(row.values())
            )

    def score(self, at: datetime = NOVEMBER, **settings: Any) -> Outcome:
        self.settings = self.settings.model_copy(update=settings)
        told = Settings(sentiment=self.settings)
        return score_messages(self.con, told, self.folder, at)

    def scores(self) -> dict[str, Any]:
        found = self.con.execute(
            "select message_key, score, unscored from message_scores order by 1"
        ).fetchall()
        return {key: unscored if score is None else score for key, score, unscored in found}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "it's [a] home")


def test_only_what_users_typed_is_scored(shop: Shop) -> None:
    shop.says("great", "/greet{}", author="bot")
    shop.says("great", content_type="button")
    shop.says("great", is_test=True)
    shop.says("  \n ", None)
    shop.says("great")
    assert shop.score().messages == 1
    assert shop.scores() == {"m7": 0.6249}


def test_the_language_is_the_messages_then_the_conversations_then_that_of_settings(shop: Shop) -> None:
    shop.con.execute("insert into marts.fct_conversations values ('c', 'en_US'), ('d', null)")
    shop.says("great", language="de")
    shop.says("great", language=None)
    shop.says("great", language=" ", conversation_key="d")
    shop.says("great", language=None, conversation_key="d", platform="chat_table")
    shop.score()
    assert shop.scores() == {"m1": "language", "m2": 0.6249, "m3": "language", "m4": "language"}
    shop.score(languages={"any": "de", "chat_table": "en"})
    assert shop.scores() == {"m1": "language", "m2": 0.6249, "m3": "language", "m4": 0.6249}
    shop.score(languages={"any": "en"})
    assert shop.scores()["m3"] == 0.6249


def test_what_a_free_engine_scored_is_kept_until_the_engine_is_another(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.says("great")
    assert [shop.score().texts_new for _ in range(2)] == [1, 0]
    assert shop.scores() == {"m1": 0.6249}
    shop.says("bad")
    assert shop.score().texts_new == 1
    other = replace(scoring_module.discover()["vader"], edition="another")
    monkeypatch.setattr(scoring_module, "discover", lambda: {"vader": other})
    assert shop.score().texts_new == 2


def test_the_platforms_own_scores_are_taken_as_they_are(shop: Shop) -> None:
    shop.says("great", sentiment_platform=-0.123456, language="xx")
    shop.says("great", sentiment_platform=1.5)
    shop.says("great")
    shop.score(engine="platform")
    assert shop.scores() == {"m1": -0.1235, "m2": 1.0, "m3": "none"}


def test_no_text_is_paid_for_twice(shop: Shop, service: Any) -> None:
    found, shop.settings = service("amazon")
    shop.says("0.5 good  day", "0.5 good day\n", "-0.5 bad", "broken")
    shop.says("0.5 good day", language="de-DE")
    outcome = shop.score()
    asked = sorted((r["LanguageCode"], text) for r in found.requests for text in r["TextList"])
    assert asked == [("de", "0.5 good day"), ("en", "-0.5 bad"), ("en", "0.5 good day"), ("en", "broken")]
    assert shop.scores() == {"m1": 0.5, "m2": 0.5, "m3": -0.5, "m4": "none", "m5": 0.5}
    assert (outcome.texts_sent, outcome.left, outcome.problem) == (4, 0, "")
    assert outcome.units == 4 * 3
    found.requests.clear()
    shop.says("1 new")
    assert shop.score().texts_sent == 1
    assert [request["TextList"] for request in found.requests] == [["1 new"]]
    assert shop.scores()["m6"] == 1.0
    # Another engine's scores are its own.
    assert shop.score(engine="vader").texts_new == 4


def test_the_cache_holds_no_text(shop: Shop, service: Any) -> None:
    _, shop.settings = service("amazon")
    shop.says("0.5 unmistakable")
    shop.score()
    parts = list(shop.folder.iterdir())
    assert [part.name for part in parts] == ["amazon-000001.parquet"]
    assert b"unmistakable" not in parts[0].read_bytes()
    columns = duckdb.from_query(
        "select * from read_parquet(?)", params=[str(parts[0]).replace("[", "[[]")]
    ).columns
    assert columns == ["text_hash", "language", "score", "scored_at"]


def test_calls_hold_as_many_texts_as_the_service_takes(shop: Shop, service: Any) -> None:
    found, shop.settings = service("azure")
    shop.says(*(f"0.{n} text" for n in range(23)))
    shop.score()
    sizes = [len(request["analysisInput"]["documents"]) for request in found.requests]
    assert sizes == [10, 10, 3]


def test_what_is_over_the_limits_waits_for_other_nights(shop: Shop, service: Any) -> None:
    found, shop.settings = service("google")
    shop.says("0.1 old", sent_at="2026-10-01")
    shop.says("0.2 new", "0.3 new", "0.4 new")
    limits = {"most_texts_per_sync": 2, "most_texts_per_month": 3}
    outcome = shop.score(**limits)
    assert (outcome.texts_new, outcome.texts_sent, outcome.left) == (4, 2, 2)
    # The newest first.
    assert shop.scores()["m1"] == "waiting"
    assert shop.score().texts_sent == 1
    assert shop.scores() == {"m1": "waiting", "m2": 0.2, "m3": 0.3, "m4": 0.4}
    assert shop.score(datetime(2026, 11, 30, 23, 59)).texts_sent == 0
    assert shop.score(datetime(2026, 12, 1)).left == 0
    assert len(found.requests) == 4


def test_trouble_on_the_way_keeps_what_was_paid_for(
    shop: Shop, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, shop.settings = service("azure")
    monkeypatch.setattr("chat_pipeline.sentiment.engines.azure.RETRIES", 0)
    monkeypatch.setattr(scoring_module, "PART_ROWS", 5)
    shop.says(*(f"0.{n} text" for n in range(25)))
    answer = found.answer
    found.answer = lambda service, *rest: answer(service, *rest) if len(found.requests) < 3 else (503, {})
    outcome = shop.score()
    assert (outcome.texts_sent, outcome.left, outcome.is_unavailable) == (20, 5, False)
    assert "503" in outcome.problem
    found.answer = answer
    found.requests.clear()
    assert shop.score().left == 0
    assert [len(request["analysisInput"]["documents"]) for request in found.requests] == [5]


def test_a_kill_loses_no_part_that_was_written(
    shop: Shop, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, shop.settings = service("azure")
    monkeypatch.setattr(scoring_module, "PART_ROWS", 10)
    shop.says(*(f"0.{n} text" for n in range(30)))
    written, add = [], cache.add_part

    def killed(*arguments: Any) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(add(*arguments))

    monkeypatch.setattr(scoring_module, "add_part", killed)
    with pytest.raises(KeyboardInterrupt):
        shop.score()
    (shop.folder / "azure-000009.parquet.new").write_bytes(b"half a part")
    monkeypatch.setattr(scoring_module, "add_part", add)
    found.requests.clear()
    assert shop.score().texts_new == 10
    assert len(found.requests) == 1


def test_an_engine_that_cannot_work_leaves_the_scores_it_gave(
    shop: Shop, service: Any, monkeypatch: Any
) -> None:
    _, shop.settings = service("azure")
    shop.says("0.5 good")
    shop.score()
    monkeypatch.delenv("AZURE_LANGUAGE_KEY")
    # Nothing new: nobody is asked, so nothing is wrong.
    assert shop.score().problem == ""
    shop.says("0.7 fine")
    outcome = shop.score()
    assert "AZURE_LANGUAGE_KEY" in outcome.problem
    assert (outcome.is_unavailable, outcome.left) == (True, 1)
    assert shop.scores() == {"m1": 0.5, "m2": "waiting"}


def test_a_text_without_an_answer_is_asked_again(shop: Shop, service: Any) -> None:
    found, shop.settings = service("amazon")
    shop.says("later", "0.5 good")
    outcome = shop.score()
    assert (outcome.left, outcome.is_unavailable) == (1, False)
    assert "INTERNAL_ERROR" in outcome.problem
    found.requests.clear()
    shop.score()
    assert [request["TextList"] for request in found.requests] == [["later"]]


def test_hostile_texts_are_values(shop: Shop) -> None:
    shop.says("'); drop table marts.fct_messages; --", "\x00 great", "e\u0301", "\u00e9", "\U0001f600" * 3000)
    outcome = shop.score()
    assert (outcome.messages, outcome.messages_scored) == (5, 5)
    # Two ways to write one letter are one text.
    assert outcome.texts_new == 4


@pytest.mark.parametrize(
    ("engine", "kept", "waits"),
    [
        ("amazon", {}, False),
        ("amazon", {"left": 5}, True),
        ("amazon", {"left": 5, "is_unavailable": True}, False),
        # The engine was changed since: settings changed, so the run is none of a quiet night.
        ("azure", {"left": 5}, False),
    ],
)
def test_texts_that_were_left_make_a_night_busy(
    tmp_path: Path, engine: Any, kept: dict[str, Any], waits: bool
) -> None:
    home = Home(tmp_path)
    assert not texts_wait(home, Settings(), NOVEMBER)
    keep(home, SCORING, {**asdict(Outcome("amazon")), **kept})
    settings = Settings(sentiment=Sentiment(engine=engine, most_texts_per_month=1))
    assert texts_wait(home, settings, NOVEMBER) is waits
    # The month's limit is used up.
    cache.add_part(home.state / CACHE, "amazon", [("h", "en", 0.5)], NOVEMBER)
    assert not texts_wait(home, settings, NOVEMBER)
    assert texts_wait(home, settings, datetime(2026, 12, 1)) is waits
