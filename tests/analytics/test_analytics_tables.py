"""Discovery of the analytics tables and how they are written."""

from __future__ import annotations

from pathlib import Path

from handmade_marts import Marts

from chat_pipeline import analytics
from chat_pipeline.analytics import build_all, discover


def test_tables_are_found_by_listing_the_folder() -> None:
    offered = {path.stem for path in Path(analytics.__path__[0]).iterdir() if not path.name.startswith("_")}
    assert set(discover()) == offered


def test_tables_come_after_those_they_need() -> None:
    names = list(discover())
    for name, table in discover().items():
        assert all(names.index(needed) < names.index(name) for needed in table.needs)


def test_every_table_is_built_on_empty_marts_with_types_and_comments(marts: Marts) -> None:
    counts = build_all(marts.con, marts.settings)
    # What others have published does not depend on the shop.
    assert counts.pop("benchmarks") > 0
    assert counts == dict.fromkeys(discover().keys() - {"benchmarks"}, 0)
    for name, table in discover().items():
        found = marts.con.execute(
            "select column_name, lower(data_type), comment from duckdb_columns()"
            " where schema_name = 'analytics' and table_name = ?",
            [name],
        ).fetchall()
        assert found == [(c.name, c.type, c.description) for c in table.columns]
        assert marts.con.execute(
            "select comment from duckdb_tables() where schema_name = 'analytics' and table_name = ?", [name]
        ).fetchall() == [(table.description,)]
        assert table.description.startswith("One row per ")


def test_a_second_build_replaces_the_first(marts: Marts) -> None:
    marts.add("dim_customers", {"customer_key": "a"})
    marts.add(
        "fct_conversations",
        {"conversation_key": "a", "started_at": "2026-01-01", "ended_at": "2026-01-01", "person_key": "a"},
    )
    marts.cut_off("2026-01-10 10:00")
    counts = build_all(marts.con, marts.settings)
    first = {name: marts.con.execute(f"select * from analytics.{name}").fetchall() for name in counts}
    assert build_all(marts.con, marts.settings) == counts
    for name, table in discover().items():
        assert marts.con.execute(f"select * from analytics.{name}").fetchall() == first[name]
        keys = marts.con.execute(f"select {', '.join(table.key)} from analytics.{name}").fetchall()
        assert len(set(keys)) == len(keys)
