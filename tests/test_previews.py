"""What assets and checks show of the data: charts, first rows, keys; nothing of a person."""

from __future__ import annotations

import re
from base64 import b64decode
from xml.etree import ElementTree

import duckdb
import pytest

from chat_pipeline.analytics import discover
from chat_pipeline.failing_keys import MOST_KEYS, FailedTest, failing_keys
from chat_pipeline.masking import mask_contacts
from chat_pipeline.previews import OF_A_PERSON, previews
from chat_pipeline.previews.headlines import HEADLINES, headline
from chat_pipeline.previews.svg import bars, line


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """Every analytics table, empty."""
    made = duckdb.connect()
    made.execute("create schema analytics")
    for name, table in discover().items():
        columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
        made.execute(f"create table analytics.{name} ({columns})")
    return made


def drawn(markdown: str) -> list[str]:
    """The texts in a chart."""
    found = re.search(r"base64,([^)]+)\)", markdown)
    assert found
    return [
        element.text or "" for element in ElementTree.fromstring(b64decode(found[1])).iter() if element.text
    ]


def test_every_table_has_a_headline_that_can_be_asked(con):
    assert set(HEADLINES) <= set(discover())
    for table in discover().values():
        found = con.execute(headline(table).sql)
        assert [name for name, *_ in found.description] == ["label", "value"], table.name
        assert found.fetchall() == []
        assert previews(con, table) == {}, table.name


def test_metrics_show_the_newest_weeks_and_first_rows(con):
    con.execute("begin")
    for week in range(30):
        con.execute(
            "insert into analytics.metrics (metric, grain, period_start, dimension, dimension_value, value, is_complete)"
            " values ('conversation_volume', 'week', date '2026-01-05' + ? * 7, 'all', 'all', ?, ?)",
            [week, week + 1, week < 29],
        )
    shown = previews(con, discover()["metrics"])
    con.execute("rollback")
    texts = drawn(shown["chart"])
    assert {"2026-01-26", "2026-07-20", "29"} <= set(texts)
    assert shown["first rows"].count("\n") == 6
    assert "| conversation\\_volume |" in shown["first rows"]


def test_rows_say_nothing_of_a_person(con):
    con.execute("begin")
    names = "<script>alert(1)</script> | ada@example.test", "+49 151 23456789"
    for person, value in zip("ab", names, strict=True):
        for attribute in ("city", "status"):
            con.execute(
                "insert into analytics.segments values (?, date '2026-03-01', 'demographic', ?, ?)",
                [f"customer {person}", attribute, value],
            )
    shown = previews(con, discover()["segments"])
    con.execute("rollback")
    assert "customer" not in shown["first rows"]
    assert "ada@" not in str(shown) + str(drawn(shown["chart"]))
    assert "23456789" not in str(shown) + str(drawn(shown["chart"]))
    assert "<script>" not in shown["first rows"]
    cells = [row.split(" | ")[2] for row in shown["first rows"].splitlines()[2:]]
    assert cells == ["city", "city", "status", "status"]  # rows of one person are not beside each other


def test_keys_are_cut_and_those_of_persons_left_out(con):
    key = "0123456789abcdef0123456789abcdef"
    con.execute("begin")
    con.execute(
        "insert into analytics.conversation_outcomes (conversation_key, person_key, state) values (?, ?, 'open')",
        [key, "person" + key],
    )
    shown = previews(con, discover()["conversation_outcomes"])
    con.execute("rollback")
    assert "01234567…" in shown["first rows"]
    assert key not in str(shown)
    assert not OF_A_PERSON & set(shown["first rows"].splitlines()[0].replace("|", " ").split())


@pytest.mark.parametrize("draw", [line, bars])
def test_charts_are_xml_whatever_the_labels(draw):
    points = [('<a href="x">&', -1.0), ("zero", 0.0), ("long " * 30, 1_234_567.0)]
    for some in (points, points[:1], points[1:2]):
        uri = draw(some)
        assert uri.startswith("data:image/svg+xml;base64,")
        ElementTree.fromstring(b64decode(uri.partition(",")[2]))


def test_contacts_are_masked_and_dates_and_hashes_stay():
    kept = "12 March 2026, 2026-03-12, 41 % of 2,000, key 0a123456789012b4"
    assert mask_contacts(kept) == kept
    told = mask_contacts("ada@example.test\n(+49 151-2345678) https://x.example/1 4111 1111 1111 1111")
    assert told == "EMAIL (NUMBER) LINK NUMBER"


# Failed dbt tests


@pytest.fixture
def orders() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("create table orders (order_key varchar, email varchar, status varchar)")
    for number in range(20):
        values = [
            f"k{number:02}",
            f"p{number}@example.test" if number > 2 else None,
            "new" if number % 2 else "odd",
        ]
        made.execute("insert into orders values (?, ?, ?)", values)
    return made


def on_email(sql: str, column: str = "email", key: str = "order_key") -> FailedTest:
    return FailedTest(sql, column, "orders", key)


def test_keys_of_failing_rows_and_nothing_else(orders):
    missing = failing_keys(orders, on_email("select email from orders where email is null"))
    assert missing == ["order_key: k00", "order_key: k01", "order_key: k02"]
    accepted = (
        "select status as value_field, count(*) as n_records from orders where status = 'odd' group by status"
    )
    found = failing_keys(orders, on_email(accepted, "status"))
    assert found == [f"order_key: k{number:02}" for number in range(0, 20, 2)]
    assert len(failing_keys(orders, on_email("select * from orders", "status"))) <= MOST_KEYS
    unique = "select order_key as unique_field, count(*) as n_records from orders group by order_key"
    assert failing_keys(orders, FailedTest(unique, "order_key", "orders", "order_key"))[0] == "order_key: k00"
    assert failing_keys(orders, FailedTest("select order_key, email from orders"))[-1] == "order_key: k09"


@pytest.mark.parametrize(
    "test",
    [
        FailedTest("select email, status from orders"),
        FailedTest("select email as unique_field, 2 as n_records from orders", "email", "orders", ""),
    ],
)
def test_without_a_hashed_key_nothing_is_shown(orders, test):
    assert failing_keys(orders, test) == []
