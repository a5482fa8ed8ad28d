"""One suite over every source found: four places filled, exports read, expectations meant, staging right."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from chat_pipeline.dbt import build_models
from chat_pipeline.extract import declared_checks, extract_source
from chat_pipeline.home import Home, expectations_folder, project_folder
from chat_pipeline.report import ExtractReport
from chat_pipeline.settings import Settings
from chat_pipeline.source import Source, Table
from chat_pipeline.sources import discover
from chat_pipeline.suites import load_suite

FIXTURES = Path(__file__).parent / "sources"
LOADED_AT = datetime(2026, 11, 20, 4)
# What a source of a kind can't do without.
ESSENTIAL = {
    "chat": ["messages"],
    "web": ["events"],
    "crm": ["people"],
    "shop": ["orders"],
    "figures": ["figures"],
}
# Staging folders of what is no vendor's; and what Python leaves.
OF_NO_SOURCE = ("ledger", "settings", "state", "__pycache__")
SOURCES = list(discover().values())
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


def missing(source: Source) -> list[str]:
    """Everything that a source lacks, in words for whoever adds it."""
    staging = project_folder() / "models" / "staging" / source.name
    fixtures = FIXTURES / source.name
    wanted = {
        staging / f"_{source.name}.yml": "declares the dbt source and describes its models",
        **{
            staging
            / f"stg_{source.name}__{entity}.sql": f"a conforming model every {source.kind} source needs"
            for entity in ESSENTIAL[source.kind]
        },
        fixtures / "export": "holds a small export",
        fixtures / "expected": "holds the staged rows expected of it",
    }
    told = [f"{path}: {why}" for path, why in wanted.items() if not path.exists()]
    for table in source.tables:
        if not table.description.lower().startswith("one row per"):
            told.append(
                f"{source.name}.{table.name}: its description begins with its grain (One row per ...)"
            )
        told += [
            f"{source.name}.{table.name}.{c.name}: no description" for c in table.columns if not c.description
        ]
    for name in read_tables(source):
        suite = load_suite(source, source.table(name))
        critical = suite and any(e["severity"] == "critical" for e in suite["expectations"])
        if not critical:
            told.append(f"expectations/{source.name}/{name}.json: at least one critical expectation")
        elif not (fixtures / "broken" / name).is_dir():
            told.append(f"{fixtures / 'broken' / name}: holds an export that fails a critical expectation")
    return told


def read_tables(source: Source) -> list[str]:
    """Raw tables that the source's small export fills."""
    folder = FIXTURES / source.name / "expected" / "raw_tables.txt"
    return folder.read_text().split() if folder.exists() else [source.tables[0].name]


def load(home: Home, settings: Settings, source: Source, folder: Path) -> ExtractReport:
    shutil.copytree(folder, home.exports / source.name)
    return extract_source(home, settings, source, loaded_at=LOADED_AT)


@each_source
def test_the_four_places_are_filled(source: Source):
    told = missing(source)
    # A message of our own: pytest cuts the longer half out of its own.
    assert not told, "\n".join([f"{source.name} lacks", *told])


def test_no_place_is_filled_for_a_source_that_is_not_there():
    places = [expectations_folder(), project_folder() / "models" / "staging", FIXTURES]
    known = {*discover(), *OF_NO_SOURCE}
    told = [
        f"{folder}: there is no chat_pipeline/sources/{folder.name}"
        for place in places
        for folder in sorted(place.iterdir())
        if folder.is_dir() and folder.name not in known
    ]
    assert not told, "\n".join(["of no source are", *told])


@each_source
def test_its_export_loads_and_every_row_is_accounted_for(source: Source, home: Home, settings: Settings):
    report = load(home, settings, source, FIXTURES / source.name / "export")
    assert {file.path: file.state for file in report.files if file.state != "loaded"} == {}
    for file in report.files:
        for table, counts in file.tables.items():
            parts = counts["loaded"] + counts["unchanged"] + counts["quarantined"] + counts["held"]
            assert counts["read"] == parts, (file.path, table)
    for part in home.raw.glob(f"{source.name}/load-000001/[!_]*.parquet"):
        rows = duckdb.sql(f"select count(*), count(distinct (_source_file, _source_row)) from {str(part)!r}")
        assert len(set(rows.fetchall()[0])) == 1, part  # ranges of rows are kept by these numbers
    assert [check for check in report.checks if not check.passed and check.severity == "critical"] == []
    again = extract_source(home, settings, source, loaded_at=LOADED_AT)
    assert (again.load, again.files) == (None, [])
    for table in source.tables:
        assert records_in_several_threads(home, source, table) == [], table.name


def records_in_several_threads(home: Home, source: Source, table: Table) -> list[tuple]:
    """What `Table.threads` rules out: a newer version of a record could take it from one conversation to another."""
    if not table.threads:
        return []
    raw = home.raw / source.name / "load-*" / f"{table.name}.parquet"
    with duckdb.connect() as con:
        return con.execute(
            f"select instance, _record_key from read_parquet('{raw}', union_by_name=true)"
            f" group by all having count(distinct {table.threads[0]}) <> 1"
        ).fetchall()


@each_source
def test_its_broken_exports_are_held_by_a_critical_expectation(
    source: Source, home: Home, settings: Settings
):
    folders = sorted((FIXTURES / source.name / "broken").iterdir())
    for number, folder in enumerate(folders):
        own = Home(home.root / str(number))
        report = load(own, settings, source, folder)
        assert [file.state for file in report.files] == ["held"] * len(report.files), report.files
        failed = [check for check in report.checks if not check.passed and check.severity == "critical"]
        assert failed, folder
        assert {check.table for check in failed} == {folder.name}


@each_source
def test_its_checks_have_names_of_their_own(source: Source):
    names = [(check.table, check.name) for check in declared_checks(source)]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def staged_home(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Home:
    """All sources' small exports, extracted and staged by one dbt run."""
    home = Home(tmp_path_factory.mktemp("staged") / "home")
    for source in SOURCES:
        load(home, settings, source, FIXTURES / source.name / "export")
    outcome = build_models(home, settings, select=["path:models/staging"], test=["path:models/staging"])
    assert outcome.error is None
    assert {name: node for name, node in outcome.nodes.items() if node["status"] in ("error", "fail")} == {}
    return home


@each_source
def test_staging_gives_the_rows_expected(source: Source, staged_home: Home):
    files = sorted((FIXTURES / source.name / "expected").glob("stg_*.csv"))
    assert files
    with duckdb.connect(str(staged_home.warehouse), read_only=True) as con:
        for file in files:
            with file.open(newline="") as stream:
                header, *expected = csv.reader(stream)
            columns = ", ".join(f"coalesce(cast({column} as varchar), '') as {column}" for column in header)
            found = con.execute(f"select {columns} from staging.{file.stem} order by all").fetchall()
            assert [list(row) for row in found] == sorted(expected), file.name
