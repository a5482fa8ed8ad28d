"""For every source, over made-up records: whichever shape tells them, however its files are cut, mixed, packed,
named and delivered again, staging holds the same; what nobody has heard of costs nothing and is counted.

The worlds (`<source>_worlds.py`) say what records there are and how each shape writes them; which records
and which accidents is hypothesis' choice. Extract is the real one but for Great Expectations, staging the
compiled models over what it wrote.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from staging_once import StagedHome
from worlds import Form, Record, World, worlds_of

from chat_pipeline.extract import extract_source
from chat_pipeline.report import ExtractReport
from chat_pipeline.source import Source
from chat_pipeline.sources import discover

# An example takes a second: there is no time to look for a smaller one that fails too.
COMMON: dict[str, Any] = {
    "deadline": None, "database": None, "phases": [Phase.generate], "suppress_health_check": list(HealthCheck),
}  # fmt: skip
FAST = settings(max_examples=1, derandomize=True, **COMMON)
LOADED_AT = datetime(2026, 11, 20, 4)
SEEDS = st.integers(0, 2**32)
WORLDS = [
    (source, world)
    for source in discover().values()
    if (Path(__file__).parent / source.name / f"{source.name}_worlds.py").exists()
    for world in worlds_of(source.name)
]
each_world = pytest.mark.parametrize(
    ("source", "world"), WORLDS, ids=[f"{s.name}-{w.name}" for s, w in WORLDS]
)
# Those whose records are of several kinds, so that one may be of none.
MIXED = [(source, world) for source, world in WORLDS if world.strange]
each_mixed_world = pytest.mark.parametrize(
    ("source", "world"), MIXED, ids=[f"{s.name}-{w.name}" for s, w in MIXED]
)
# What tells a row's place in its file, and the account it is of.
PLACES = ("instance", "sequence")
MOST_FORMS = 11
MYSTERY: Record = {"mystery_field": {"of": ["nobody", 7]}}
NAMES = (
    "plain",
    "Export (1)",
    "x[1]",
    "it's",
    'say "so"',
    "100% {a}",
    "q?*",
    "a;b,c",
    "sub/#1 ü",
    "$HOME `x` &",
)
FUNCTIONS = {"": lambda text: text, ".gz": gzip.compress, ".zst": zstandard.compress}
TOML = """
[sources.salesforce]
options = { date_order = "mdy" }
[identifiers]
shopify.note_attributes = { chat_id = "thread_id" }
"""


@pytest.fixture(scope="module")
def staged_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagedHome]:
    """Accounts for each form of a world: as it is, cut up, and with fields that nobody has heard of."""
    accounts = [f"{kind}{n}" for kind in ("plain", "cut", "more", "strange") for n in range(MOST_FORMS)]
    lines = [f"[sources.{source}.instances.{name}]" for source in discover() for name in accounts]
    with pytest.MonkeyPatch.context() as patch:
        # Whether values are plausible is not asked here, and takes most of the time.
        patch.setattr("chat_pipeline.extract.audit.audit", lambda *given: None)
        yield StagedHome(tmp_path_factory.mktemp("properties") / "home", "\n".join([TOML, *lines]))


def content_of(form: Form, records: list[Record], more: Record) -> bytes:
    text = form.write(records, more)
    return text.encode() if isinstance(text, str) else text


class Example:
    """What one example delivers: account -> loads of {file name: content}; the names are drawn."""

    def __init__(self, staged_home: StagedHome, source: Source, seed: int) -> None:
        self.staged_home, self.source, self.dice = staged_home, source, random.Random(seed)
        self.folder = staged_home.home.exports / source.name
        self.reports: list[ExtractReport] = []
        self.shapes: dict[str, str] = {}
        staged_home.empty(source.name)

    def put(
        self, account: str, form: Form, records: list[Record], *, day: int, more: Mapping[str, Any] = {}
    ) -> None:
        """One file with these records; in a zip perhaps with a second one."""
        content = content_of(form, records, dict(more))
        name = f"{self.dice.choice(NAMES)} {len(self.shapes)}"
        packing = self.dice.choice(("", "", ".gz", ".zst", ".zip"))
        if packing == ".zip":
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr(f"inner/{Path(name).name}", content)
            content = stream.getvalue()
        else:
            content = FUNCTIONS[packing](content)
        self.write(f"{account}/{name}{packing}", content, day)
        self.shapes[f"{account}/{name}{packing}"] = form.shape

    def write(self, path: str, content: bytes, day: int) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        delivered = (datetime(2026, 11, 1) + timedelta(days=day)).timestamp()
        os.utime(target, (delivered, delivered))

    def put_cut(self, account: str, form: Form, world: World, records: list[Record], day: int) -> None:
        """The records mixed and cut into files, of which one or the other comes again."""
        units: dict[Any, list[Record]] = {}
        for record in records:
            units.setdefault(world.together(record), []).append(record)
        mixed = self.dice.sample(list(units.values()), len(units))
        cut = 1 if form.is_whole else self.dice.randint(1, min(3, len(mixed)))
        for piece in range(cut):
            self.put(account, form, [record for unit in mixed[piece::cut] for record in unit], day=day)

    def repeat(self, account: str, form: Form, day: int) -> None:
        """Some files of an account again: touched, or, where the name says nothing, as a copy under another."""
        fates = ("touched", "left") if form.is_whole else ("touched", "copied", "left")
        for path in [p for p in self.shapes if p.startswith(f"{account}/")]:
            fate = self.dice.choice(fates)
            content = (self.folder / path).read_bytes()
            if fate == "touched":
                self.write(path, content, day)
            elif fate == "copied":
                copy = path.replace(f"{account}/", f"{account}/copy of ", 1)
                self.write(copy, content, day)
                self.shapes[copy] = self.shapes[path]

    def load(self) -> ExtractReport:
        home, own = self.staged_home.home, self.staged_home.settings
        report = extract_source(home, own, self.source, loaded_at=LOADED_AT)
        assert report.error is None
        for file in report.files:
            told = (file.path, file.state, file.shape, file.reason)
            assert told == (file.path, "loaded", self.shapes[file.path], ""), told
            aside = {
                table: counts["quarantined"] for table, counts in file.tables.items() if counts["quarantined"]
            }
            assert aside == {}, (file.path, aside, reasons(self.staged_home, self.source))
        self.reports.append(report)
        return report


def reasons(staged_home: StagedHome, source: Source) -> list[tuple]:
    parts = [str(p) for p in (staged_home.home.raw / source.name).glob("load-*/_quarantine.parquet")]
    return duckdb.execute("select distinct reason from read_parquet(?)", [parts]).fetchall()


def models_of(con: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    found = con.execute("select distinct table_name from information_schema.tables order by 1").fetchall()
    return [name for (name,) in found if name.startswith(f"stg_{source.name}__")]


def rows_by_account(con: duckdb.DuckDBPyConnection, model: str, silent: set[str]) -> dict[str, list[tuple]]:
    """A staged model's rows, without the columns that need not agree."""
    columns = [row[0] for row in con.execute(f"describe staging.{model}").fetchall()]
    kept = ", ".join(name for name in columns if name not in PLACES and name not in silent) or "0"
    found: dict[str, list[tuple]] = {}
    for account, *row in con.execute(f"select instance, {kept} from staging.{model} order by all").fetchall():
        found.setdefault(account, []).append(tuple(row))
    return found


def assert_equal(con: duckdb.DuckDBPyConnection, source: Source, world: World) -> None:
    """Every account holds what the first form tells, but for what the account's form says nothing of."""
    for model in models_of(con, source):
        for number, form in enumerate(world.forms):
            silences = [one.silent[model] for one in (form, world.forms[0]) if model in one.silent]
            if () in silences:
                continue
            silent = {column for columns in silences for column in columns}
            rows = rows_by_account(con, model, silent)
            wanted = rows.get("plain0", [])
            assert wanted or model not in world.filled, model
            for kind in ("plain", "cut", "more"):
                assert rows.get(f"{kind}{number}", []) == wanted, (model, kind, form.shape, number)


# Shapes that no other one tells the same as: figures, test cases, entries of a log, an older kind of customer.
ALONE = {
    "ga4": {"ui_report_csv", "data_api_json"},
    "dialogflow_cx": {"test_case", "cloud_logging"},
    "shopify": {"customers_csv"},
    # Told by its headers' capitals, which the unknown field has not.
    "salesforce": {"data_loader_caps_csv"},
}


def test_every_shape_of_every_source_is_told_by_some_world() -> None:
    told = {
        source.name: {form.shape for s, world in WORLDS if s is source for form in world.forms}
        for source in discover().values()
    }
    missing = {
        source.name: sorted(
            {shape.name for shape in source.shapes} - told[source.name] - ALONE.get(source.name, set())
        )
        for source in discover().values()
        # One shape has nothing to agree with.
        if len(source.shapes) > 1
    }
    assert {name: shapes for name, shapes in missing.items() if shapes} == {}


@each_world
def test_shapes_files_and_deliveries_change_nothing(
    staged_home: StagedHome, source: Source, world: World
) -> None:
    @FAST
    @given(SEEDS, world.records)
    def check(seed: int, records: list[Record]) -> None:
        tell_in_every_way(staged_home, source, world, records, seed)

    check()


@pytest.mark.long
@each_world
def test_the_same_over_many_examples(staged_home: StagedHome, source: Source, world: World) -> None:
    @settings(max_examples=30, print_blob=True, **COMMON)
    @given(SEEDS, world.records)
    def check(seed: int, records: list[Record]) -> None:
        tell_in_every_way(staged_home, source, world, records, seed)

    check()


def tell_in_every_way(
    staged_home: StagedHome, source: Source, world: World, records: list[Record], seed: int
) -> None:
    example = Example(staged_home, source, seed)
    for number, form in enumerate(world.forms):
        example.put(f"plain{number}", form, records, day=1)
        example.put_cut(f"cut{number}", form, world, records, day=1)
    example.load()
    for number, form in enumerate(world.forms):
        example.repeat(f"cut{number}", form, day=2)
        example.put(f"more{number}", form, records, day=2, more=MYSTERY)
    report = example.load()
    assert report.drift == {world.raw: ["+mystery_field"]}
    with staged_home.stage(source.name) as con:
        assert_equal(con, source, world)
    assert_counted(staged_home, source, world)


def assert_counted(staged_home: StagedHome, source: Source, world: World) -> None:
    """The unknown field stands beside every row of the files that had it."""
    parts = [str(p) for p in (staged_home.home.raw / source.name).glob(f"load-*/{world.raw}.parquet")]
    rows = duckdb.execute(
        "select instance, _extra from read_parquet(?) where instance like 'more%'", [parts]
    ).fetchall()
    assert rows
    for instance, extra in rows:
        told = json.loads(extra or "{}").get("mystery_field")
        told = json.loads(told) if isinstance(told, str) else told
        # The console writes numbers as text.
        assert told in (MYSTERY["mystery_field"], {"of": ["nobody", "7"]}), (instance, extra)


@each_mixed_world
def test_what_is_of_no_known_kind_is_loaded_and_counted(
    staged_home: StagedHome, source: Source, world: World
) -> None:
    strange = world.strange
    assert strange

    @FAST
    @given(SEEDS, world.records)
    def check(seed: int, records: list[Record]) -> None:
        example = Example(staged_home, source, seed)
        changed = [new for record in records for new in strange(record)]
        for number, form in enumerate(world.forms):
            example.put(f"plain{number}", form, records, day=1)
            example.put(f"strange{number}", form, changed, day=1)
        example.load()
        with staged_home.stage(source.name) as con:
            assert_messages_are_the_same(con, source, world)
            for number in range(len(world.forms)):
                count = con.execute(
                    f"select count(*) from ({world.counted}) where instance = 'strange{number}'"
                ).fetchone()
                assert count == (len(records),), number

    check()


def assert_messages_are_the_same(con: duckdb.DuckDBPyConnection, source: Source, world: World) -> None:
    rows = rows_by_account(con, f"stg_{source.name}__messages", set())
    for number in range(len(world.forms)):
        assert rows.get(f"strange{number}", []) == rows.get(f"plain{number}", []) != []
