"""The bench's made-up shop: what it writes are exports that the product takes whole, and the same every time."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bench.builds.inputs import bare_select, inputs
from bench.builds.shop import DAY_CONVERSATIONS, make_shop, write_day
from chat_pipeline.extract import extract_source
from chat_pipeline.home import Home
from chat_pipeline.settings import load_settings
from chat_pipeline.sources import discover

SETTINGS = Path(__file__).resolve().parents[1] / "bench" / "builds" / "settings.toml"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[duckdb.DuckDBPyConnection, Home]:
    """A home with one day's exports of a small shop, and the shop."""
    home = Home(tmp_path_factory.mktemp("shop"))
    con = duckdb.connect()
    make_shop(con, 60)
    write_day(con, home.exports)
    return con, home


def test_a_talk_has_about_ten_messages(shop: tuple[duckdb.DuckDBPyConnection, Home]) -> None:
    con, _ = shop
    talks, turns = con.execute("select count(distinct talk), count(*) from turns").fetchall()[0]
    assert talks == 60 + DAY_CONVERSATIONS
    assert 9 < 2 * turns / talks < 11


def test_each_file_is_copied_bare(shop: tuple[duckdb.DuckDBPyConnection, Home]) -> None:
    con, home = shop
    delivered = [one for one in inputs(home.exports) if one.paths]
    assert sum(len(one.paths) for one in delivered) == len(
        [p for p in home.exports.rglob("*") if p.is_file()]
    )
    for one in delivered:
        assert con.sql(bare_select(one)).limit(1).fetchall(), one.name


@pytest.mark.slow
def test_the_product_takes_every_row(shop: tuple[duckdb.DuckDBPyConnection, Home]) -> None:
    con, home = shop
    settings = load_settings(SETTINGS)
    reports = {
        folder.name: extract_source(home, settings, discover()[folder.name])
        for folder in home.exports.iterdir()
    }
    for report in reports.values():
        assert {file.state for file in report.files} == {"loaded"}, report
        assert not any(counts["quarantined"] for counts in report.rows.values()), report
    said = "select count(*) from turns where day = 175 and platform = 'dialogflow_cx'"
    assert reports["dialogflow_cx"].rows["turns"]["loaded"] == con.execute(said).fetchall()[0][0]
    assert len(reports) == 10
