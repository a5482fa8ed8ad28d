"""What is peculiar to tables of other bots: headers, times, durations and who spoke."""

from __future__ import annotations

import io
from datetime import datetime

import duckdb
import pytest
from openpyxl import Workbook

from chat_pipeline.settings import load_settings
from chat_pipeline.sources.chat_table.turns import seconds as seconds_of

HEADER = "conversation id,timestamp,customer query,chatbot response,resolution time,csat score\n"


def table(*stamps: str) -> str:
    return HEADER + "".join(f'c-{n},"{stamp}",hi,hello,60,5\n' for n, stamp in enumerate(stamps))


def times(found) -> list[str]:
    return [row[0] for row in found.raw("turns", "cast(sent_at as varchar)")]


def test_bad_rows_of_the_export_are_set_aside_with_reasons(extract, export):
    found = extract("chat_table", export("chat_table"))
    assert found.set_aside() == [
        ("turns.csv", 7, "no thread_id"),
        ("turns.csv", 8, "no readable sent_at"),
        (
            "turns.csv",
            9,
            "day and month of sent_at can not be told apart: set options.date_order to dmy or mdy",
        ),
        ("turns.csv", 10, "neither text nor rating"),
        ("turns.csv", 11, "fewer cells than the header has columns (7)"),
        ("us_messages.csv", 4, "an author that is neither user, bot nor agent"),
    ]


def test_times_without_offset_are_the_shops(extract):
    found = extract(
        "chat_table",
        {"a.csv": table("2026-03-02 09:15", "2026-03-02T09:15:00Z", "02.07.2026 09:15", "1772442900")},
    )
    assert times(found) == [
        "2026-03-02 08:15:00",
        "2026-03-02 09:15:00",
        "2026-07-02 07:15:00",
        "2026-03-02 09:15:00",
    ]


@pytest.mark.parametrize(
    ("teller", "expected"),
    [("25/03/2026 10:00", "2026-06-05 08:00:00"), ("03/25/2026 10:00 AM", "2026-05-06 08:00:00")],
)
def test_the_order_of_day_and_month_is_told_by_the_file(extract, teller, expected):
    found = extract("chat_table", {"a.csv": table("05/06/2026 10:00", teller)})
    assert times(found)[0] == expected


@pytest.mark.parametrize("others", [[], ["25/03/2026 10:00", "03/25/2026 10:00"]])
def test_what_neither_file_nor_settings_tell_is_set_aside(extract, others):
    found = extract("chat_table", {"a.csv": table("05/06/2026 10:00", "07/07/2026 10:00", *others)})
    assert [row[1] for row in found.set_aside()] == [1]


def test_settings_can_tell_the_order_and_name_the_headers(extract, tmp_path):
    path = tmp_path / "chat_pipeline.toml"
    path.write_text(
        '[sources.chat_table]\ncolumns = { "Chat" = "thread_id", "Am" = "sent_at", "Wer" = "author", "Was" = "text" }\n'
        'options = { date_order = "dmy" }\n'
    )
    found = extract(
        "chat_table", {"a.csv": "Chat;Am;Wer;Was\n1;05/06/2026 10:00;Kunde;hallo\n"}, load_settings(path)
    )
    assert found.raw("turns", "thread_id, cast(sent_at as varchar), author, text") == [
        ("1", "2026-06-05 08:00:00", "user", "hallo")
    ]


def test_excel_dates_and_numbers(extract):
    book, stream = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    for row in (HEADER.strip().split(","), [17, datetime(2026, 3, 2, 9, 15), "hi", "hello", 90, 4]):
        sheet.append(row)
    book.save(stream)
    found = extract("chat_table", {"a.xlsx": stream.getvalue()})
    assert found.raw("turns", "thread_id, cast(sent_at as varchar), resolution_seconds, rating") == [
        ("17", "2026-03-02 08:15:00", 90.0, "4")
    ]


def test_a_table_without_the_mapped_columns_is_named_with_the_remedy(extract):
    found = extract("chat_table", {"a.csv": "Name,Email\nJo,jo@mail.test\n"})
    assert found.states["a.csv"] == "not_of_this_kind"
    reason = found.report.files[0].reason
    assert "Name, Email" in reason
    assert (
        "a column each for thread_id and sent_at: name its headers in [sources.chat_table] columns" in reason
    )


def test_a_table_is_read_once_the_settings_name_its_headers(extract, tmp_path):
    text = "Chat;Am;Wer;Was\n1;2026-03-02T09:15:00Z;Kunde;hallo\n"
    assert extract("chat_table", {"a.csv": text}).states == {"a.csv": "not_of_this_kind"}
    path = tmp_path / "chat_pipeline.toml"
    path.write_text(
        '[sources.chat_table]\ncolumns = { " chat " = "thread_id", "Am" = "sent_at", "Wer" = "author", "Was" = "text" }\n'
    )
    assert extract("chat_table", {"a.csv": text}, load_settings(path)).states == {"a.csv": "loaded"}


def test_a_rating_that_comes_later_changes_the_turn(extract):
    row = "c-1,2026-03-02T09:15:00Z,hi,hello,,{}\n"
    found = extract("chat_table", {"a.csv": HEADER + row.format(""), "b.csv": HEADER + row.format(5)})
    keys = [row[0] for row in found.raw("turns", "_record_key")]
    assert len(keys) == 2
    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300", 300), ("12.5", 12.5), ("00:05:00", 300), ("0 days 00:05:00", 300), ("5 min", 300), ("5 minutes", 300),
        ("1 h 30 min", 5400), ("1h30m", 5400), ("2 hours", 7200), ("45 sec", 45), ("1,5 min", 90), ("12:30", None), ("soon", None),
        ("", None),
    ],
)  # fmt: skip
def test_durations(text, seconds):
    assert duckdb.sql(f"select {seconds_of(repr(text))}").fetchone() == (seconds,)
