"""However files come - again, restated, copied, renamed, split, in any order -, staging holds each record
once, in its newest version, and each GA4 day as its last file had it.

Each story is told to an account (instance) of its own, so that all are staged by one dbt run.
"""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache

import duckdb
import pytest
from delivery_stories import LOADS, START, VERSIONS, WORLDS, Load, World, order, story

from chat_pipeline.dbt import build_models
from chat_pipeline.decisions import forget
from chat_pipeline.extract import extract_source
from chat_pipeline.home import Home, project_folder
from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.sources import discover

pytestmark = pytest.mark.slow

Staged = duckdb.DuckDBPyConnection
SEEDS = range(8)
LOADED_AT = datetime(2026, 11, 20, 4)
# What tells a row's place in its file, and what the account's name is part of.
PLACES = {"instance", "sequence"}
each_world = pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
shop = WORLDS["shopify"]


def february_under_january() -> list[Load]:
    name = "orders_export_1.csv"
    january, february = shop.text(range(4), 2), shop.text(range(4, shop.count), 2)
    return [{name: (january, START)}, {name: (february, datetime(2026, 10, 1))}]


def newest_first() -> list[Load]:
    """The newest file is there from the first sync on; an older one is found later."""
    newest, older = shop.text(range(shop.count), VERSIONS - 1), shop.text(range(shop.count), 0)
    return [{"new.csv": (newest, datetime(2026, 10, 2))}, {"found.csv": (older, datetime(2026, 10, 1))}]


def older_over_newer(world: World) -> list[Load]:
    """A file of before is put back over its newer self, with its old date."""
    (newest,) = world.plainly()
    (name,) = newest
    return [newest, {name: (world.text(range(world.count), 0), START)}]


def with_another(world: World) -> list[Load]:
    """A file too much, to be forgotten."""
    (plain,) = world.plainly()
    other = world.text(range(world.count - 1), 0)
    return [plain, {f"wrong{world.suffix}": (other, datetime(2026, 10, 20))}]


def stories_of(world: World) -> dict[str, list[Load]]:
    """Account -> what is delivered to it."""
    told = {"plain": world.plainly(), **{f"story{seed}": story(world, seed) for seed in SEEDS}}
    told |= {
        "vanished": world.plainly(),
        "forgotten": with_another(world),
        "put_back": older_over_newer(world),
    }
    if world is shop:
        told |= {"february": february_under_january(), "newest_first": newest_first()}
    return told


def deliver(home: Home, source: str, instance: str, load: Load) -> None:
    for name, (text, delivered) in load.items():
        path = home.exports / source / instance / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        os.utime(path, (delivered.timestamp(), delivered.timestamp()))


def extract_all(home: Home, settings: Settings) -> None:
    for name in WORLDS:
        report = extract_source(home, settings, discover()[name], loaded_at=LOADED_AT)
        assert {
            file.path: (file.state, file.reason)
            for file in report.files
            if file.state not in ("loaded", "gone")
        } == {}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    """All stories of all sources, staged; messages and orders built. Read-only."""
    home = Home(tmp_path_factory.mktemp("deliveries") / "home")
    told = {world.source: stories_of(world) for world in WORLDS.values()}
    home.root.mkdir()
    accounts = [
        f"[sources.{source}.instances.{name}]" for source, stories in told.items() for name in stories
    ]
    home.settings_file.write_text("\n".join(accounts))
    settings = load_settings(home.settings_file)
    for number in range(LOADS):
        for source, stories in told.items():
            for instance, loads in stories.items():
                if number < len(loads):
                    deliver(home, source, instance, loads[number])
        extract_all(home, settings)
    for world in WORLDS.values():
        (home.exports / world.source / "vanished" / f"all{world.suffix}").unlink()
        forget(home, f"{world.source}/forgotten/wrong{world.suffix}", "not ours")
    extract_all(home, settings)
    outcome = build_models(
        home,
        settings,
        select=["path:models/staging", "+fct_messages", "+fct_order_lines", "+fct_orders"],
        test=[],
    )
    assert not outcome.error
    assert not outcome.broken_models()
    con = duckdb.connect(str(home.warehouse), read_only=True)
    con.execute(f"attach '{home.build}' as build (read_only)")
    return con


def rows_of(staged: Staged, table: str, instance: str) -> list[tuple]:
    return read(staged, table).get(instance, [])


@cache
def read(staged: Staged, table: str) -> dict[str, list[tuple]]:
    """A table's rows by account, without what names file, place or account."""
    columns = [row[0] for row in staged.execute(f"describe {table}").fetchall()]
    kept = [name for name in columns if name not in PLACES and not name.endswith("_key")]
    found: dict[str, list[tuple]] = {}
    for instance, *row in staged.execute(
        f"select instance, {', '.join(kept)} from {table} order by all"
    ).fetchall():
        found.setdefault(instance, []).append(tuple(row))
    return found


def staging_of(world: World) -> list[str]:
    folder = project_folder() / "models" / "staging" / world.source
    return sorted(f"staging.{path.stem}" for path in folder.glob("stg_*.sql"))


def assert_as_plain(staged: Staged, world: World, instance: str) -> None:
    filled = 0
    for table in staging_of(world):
        plain = rows_of(staged, table, "plain")
        assert rows_of(staged, table, instance) == plain, (table, instance)
        filled += bool(plain)
    assert filled


@each_world
@pytest.mark.parametrize("seed", SEEDS)
def test_any_story_ends_as_if_each_record_came_once_in_its_newest_version(staged, world: World, seed: int):
    assert_as_plain(staged, world, f"story{seed}")


@each_world
def test_a_file_that_is_deleted_stays_loaded(staged, world: World):
    assert_as_plain(staged, world, "vanished")


@each_world
def test_an_older_file_put_over_its_newer_self_changes_nothing(staged, world: World):
    assert_as_plain(staged, world, "put_back")


@each_world
def test_a_forgotten_file_is_out_as_if_it_had_never_come(staged, world: World):
    assert_as_plain(staged, world, "forgotten")


def test_a_february_export_under_januarys_name_leaves_januarys_orders(staged):
    assert_as_plain(staged, shop, "february")


def test_an_older_export_that_comes_later_changes_nothing(staged):
    assert_as_plain(staged, shop, "newest_first")


def test_marts_hold_each_message_and_order_line_once(staged):
    messages = rows_of(staged, "build.marts.fct_messages", "plain")
    assert (
        len(messages) == WORLDS["rasa"].count + WORLDS["bot_framework"].count + 2 * WORLDS["chat_table"].count
    )
    count = sum(len(order(number, VERSIONS - 1)) for number in range(shop.count))
    for instance in ("plain", "forgotten", "vanished", *(f"story{seed}" for seed in SEEDS)):
        assert rows_of(staged, "build.marts.fct_messages", instance) == messages, instance
        lines = staged.execute(
            "select count(*) from build.marts.fct_order_lines join build.marts.fct_orders using (order_key) where instance = ?",
            [instance],
        ).fetchone()
        assert lines == (count,), instance
