"""What the digest says and when it goes out, from published files made by hand."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from handmade_published import Published

from chat_pipeline import digest as digests
from chat_pipeline import transport
from chat_pipeline.digest.contents import digest
from chat_pipeline.digest.due import is_due, period_start, remember
from chat_pipeline.digest.page import html, text
from chat_pipeline.home import Home
from chat_pipeline.publish import Publication
from chat_pipeline.settings import Settings, SettingsError, load_settings


@pytest.fixture
def shop(published: Published) -> Published:
    """23:30 UTC is the next day in Berlin: a Monday."""
    published.add("marts.publication", {"source": "", "cutoff_at": "2026-03-01 23:30"})
    return published


def chosen(**report: object) -> Settings:
    server = {"smtp_host": "mail.shop.test", "email_from": "chat@shop.test"}
    return Settings.model_validate({"report": report, "notices": server})


def lines(shop: Published, title: str, **report: object) -> list[str]:
    found = digest(shop.con, chosen(**report))
    return [line for part in found.parts if part.title == title for line in part.lines]


def test_changes_are_told_with_counts_and_under_30_without_percentages(shop):
    shop.define("conversation_rate", "csat")
    shop.define("average_resolution_time_median", unit="seconds")
    for week, n in (("2026-02-09", 10), ("2026-02-16", 20)):
        shop.metric("conversation_rate", week, numerator=n, denominator=40)
        shop.metric("csat", week, numerator=5, denominator=12)
        shop.metric("average_resolution_time_median", week, numerator=1, denominator=40, value=20.0 * n)
    shop.metric("conversation_rate", "2026-02-23", numerator=40, denominator=40, is_complete=False)
    day = {"grain": "day", "numerator": 3, "denominator": 60}
    shop.metric("conversation_rate", "2026-02-28", **day)
    assert lines(shop, "What changed") == [
        "conversation_rate, week of 16 February 2026: 50\u00a0% (20 of 40); week of 9 February 2026: 25\u00a0% (10 of 40)",
        "csat, week of 16 February 2026: 5 of 12; week of 9 February 2026: 5 of 12",
        "average_resolution_time_median, week of 16 February 2026: 6 min 40 s; week of 9 February 2026: 3 min 20 s",
    ]
    # Two weeks back there is nothing to stand beside it.
    assert lines(shop, "What changed", digest="two-weekly")[1] == "csat, week of 16 February 2026: 5 of 12"
    assert lines(shop, "What changed", digest="nightly") == [
        "conversation_rate, 28 February 2026: 5.0\u00a0% (3 of 60)"
    ]


def test_what_needs_a_look_and_what_was_held(shop):
    insight = {"severity": "warning", "advice": "Write an answer."}
    shop.add(
        "analytics.insights",
        {**insight, "rank": 2, "title": "Second"},
        {**insight, "rank": 1, "title": "First"},
    )
    shop.add("analytics.insights", {**insight, "rank": 3, "title": "Good", "severity": "notice"})
    for name, status in (("csat", "off_track"), ("orders", "on_track")):
        shop.add("analytics.objectives", {"objective": name, "status": status, "by_date": "2026-12-31"})
    flag = {
        "metric": "conversation_volume",
        "dimension": "all",
        "grain": "day",
        "flag": "high",
        "expected": 200.0,
    }
    for when in ("2026-02-22", "2026-02-24"):
        shop.add("analytics.volume_flags", {**flag, "period_start": when, "conversations": 310})
    for state in ("held", "held", "loaded"):
        row = {"source": "rasa", "path": f"{state}.jsonl", "reason": "could not read 'ada@example.test'"}
        shop.add("marts.source_files", {**row, "state": state})
    shop.add("analytics.source_freshness", {"source": "ga4", "quarantined_rows": 3, "is_stale": True})
    assert lines(shop, "What needs a look") == [
        "First. Write an answer.",
        "Second. Write an answer.",
        "Objective csat, by 31 December 2026: off track.",
        "24 February 2026: 310 conversations, unusually many (about 200 were to be expected).",
    ]
    assert lines(shop, "What was held") == ["held: rasa/held.jsonl", "ga4: 3 rows set aside", "late: ga4"]
    assert digest(shop.con, chosen()).subject == "Chatbot digest to 2 March 2026: 4 to look at"


def test_names_from_outside_are_masked_and_escaped(shop):
    name = (
        "<img src=x onerror=alert(1)>\r\nBcc: all@shop.test ada@example.test +49 151 2345678 www.evil.example"
    )
    shop.add("analytics.insights", {"severity": "warning", "rank": 1, "title": name, "advice": None})
    shop.add("marts.source_files", {"source": "rasa", "path": "ada@example.test.json", "state": "held"})
    found = digest(shop.con, chosen())
    page, plain = html(found), text(found)
    for told in (page, plain):
        assert "ada@" not in told
        assert "2345678" not in told
        assert "evil.example" not in told
    assert "<img" not in page
    assert "&lt;img" in page
    assert "\r" not in plain


def test_a_shop_without_data_is_told_so_and_nobody_is_written_to(published):
    found = digest(published.con, chosen())
    assert "No data are loaded yet." in text(found)
    assert "No data are loaded yet." in html(found)
    assert found.cutoff is None


@pytest.mark.parametrize(
    ("every", "day", "first"),
    [
        ("nightly", "2026-03-04", "2026-03-04"),
        ("weekly", "2026-03-04", "2026-03-02"),
        ("weekly", "2026-03-01", "2026-02-23"),
        ("two-weekly", "2026-03-04", "2026-03-02"),
        ("two-weekly", "2026-03-15", "2026-03-02"),
        ("two-weekly", "2026-03-16", "2026-03-16"),
    ],
)
def test_periods_are_those_of_the_data(every, day, first):
    assert period_start(every, date.fromisoformat(day)) == date.fromisoformat(first)


def test_one_goes_out_per_period(home: Home):
    days = [date(2026, 3, 2), date(2026, 3, 8), date(2026, 3, 9)]
    sent = []
    for day in days:
        if is_due(home, "weekly", day):
            remember(home, "weekly", day)
            sent.append(day)
    assert sent == [days[0], days[2]]
    assert not is_due(home, "weekly", None)


def test_it_is_written_and_sent_once_and_again_after_a_failure(home: Home, shop: Published, monkeypatch):
    shop.con.close()
    home.current.mkdir(parents=True)
    shop.path.rename(home.published)
    publication = Publication(3, "", datetime(2026, 3, 2).isoformat(), "", home.current, {})
    monkeypatch.setattr("chat_pipeline.publish.current_publication", lambda home: publication)
    sent: list[tuple] = []
    failing = [OSError("connection refused")]

    def mail(notices, message, recipients):
        if failing:
            raise failing.pop()
        sent.append((message.subject, tuple(recipients), message.html))

    monkeypatch.setattr(transport, "_mail", mail)
    nobody = digests.write_and_send(home, chosen())
    assert nobody.sent.startswith("to nobody")
    settings = chosen(digest_to=["boss@shop.test"])
    first = digests.write_and_send(home, settings)
    assert "mail.shop.test did not take the e-mail" in first.problem
    assert digests.write_and_send(home, settings).sent == "sent"
    assert digests.write_and_send(home, settings).sent.startswith("not due")
    assert [recipients for _, recipients, _ in sent] == [("boss@shop.test",)]
    assert sent[0][2] == (home.reports / "digest.html").read_text()
    assert (home.reports / "digest.txt").read_text().startswith("Chatbot digest to 2 March 2026")


def test_recipients_need_a_mail_server(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('[report]\ndigest_to = ["boss@shop.test"]\n')
    with pytest.raises(SettingsError, match=r"report\.digest_to.*smtp_host"):
        load_settings(file)
    file.write_text('[report]\ndigest_to = ["boss"]\n')
    with pytest.raises(SettingsError, match="no e-mail address"):
        load_settings(file)
