"""What the demo shop's publication says of its own data: metrics defined, gaps to vendors found, files told."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from chat_pipeline.home import Home


@pytest.fixture
def query(demo_home_once: Home):
    """Runs a query on what is published."""

    def run(text: str, *parameters: Any) -> list[tuple]:
        with duckdb.connect(str(demo_home_once.published), read_only=True) as con:
            return con.execute(text, parameters).fetchall()

    return run


def test_every_published_metric_is_defined(query) -> None:
    assert (
        query("select metric from analytics.metric_definitions where title is null or value_unit is null")
        == []
    )
    assert query("select count(distinct metric) from analytics.metrics") == query(
        "select count(*) from analytics.metric_definitions"
    )


def test_google_s_reports_agree_but_for_the_gaps_that_the_shop_was_given(query, demo_home_once: Home) -> None:
    gaps = str(demo_home_once.root / "truth" / "report_gaps.parquet")
    planted = query(
        "select strptime(date, '%Y%m%d')::date, event_name, shown, actual from read_parquet(?) order by all",
        gaps,
    )
    found = query("""
        select from_date, dimension_value, vendor_value, our_value from analytics.reconciliation
        where metric = 'events' and dimension = 'event_name' and is_compared and gap <> 0 order by all
    """)
    assert found == planted != []
    (compared,) = query("select count(*) from analytics.reconciliation where is_compared and gap = 0")
    assert compared[0] > 20


def test_files_that_could_not_be_used_are_told_in_tables_and_remarks(query) -> None:
    ((_path, reason),) = query(
        "select distinct path, reason from marts.source_files where state = 'unreadable'"
    )
    assert reason
    (row,) = query(
        "select files_unreadable, files_held from analytics.source_freshness where files_unreadable > 0"
    )
    assert row == (1, 0)
    assert query("select count(*) from analytics.annotations where kind = 'unreadable_file'") == [(1,)]
    ((read, loaded, parts),) = query("""
        select sum(read_rows), sum(loaded_rows),
            sum(loaded_rows + unchanged_rows + quarantined_rows + held_rows)
        from marts.source_files
    """)
    assert read == parts >= loaded > 0


def test_questions_not_understood_are_masked_and_counted(query) -> None:
    rows = query("select question, message_count from marts.unanswered_questions")
    assert (
        sum(count for _, count in rows)
        == query(
            "select count(*) from marts.fct_messages where author = 'user' and is_fallback and not is_test"
            " and content_type in ('text', 'voice') and text is not null"
        )[0][0]
    )
    assert [
        text for text, _ in rows if any(character.isdigit() or character == "@" for character in text)
    ] == []


def test_products_asked_about_are_those_of_the_shop(query) -> None:
    ((asked, named, sold),) = query("""
        select count(case when conversations > 0 then 1 end), sum(conversations), count(case when orders > 0 then 1 end)
        from analytics.product_interest
    """)
    assert asked > 10
    assert named > asked
    assert sold > 10
