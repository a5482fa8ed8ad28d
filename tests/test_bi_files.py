"""Every published Parquet and CSV file is one that the readers of BI tools take, by what they tell of themselves.

Power BI reads Parquet with an older Arrow: no encodings of Parquet 2 (pola-rs/polars#18819, parquet-go/parquet-go#50),
whole numbers of 32 and 64 bits with sign, no nested columns (they come as records that its model can't hold). Tableau's
engine reads these too (test_tableau.py). Looker Studio takes CSV in UTF-8 of 100 MB, a header of different names first,
commas, and a line per row.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest

from chat_pipeline.home import Home

# Physical type, and what it stands for.
TAKEN = {
    ("BYTE_ARRAY", "UTF8"),
    ("INT64", "INT_64"),
    ("INT32", "INT_32"),
    ("INT64", "TIMESTAMP_MICROS"),
    ("INT32", "DATE"),
    ("BOOLEAN", None),
    ("DOUBLE", None),
}
ENCODINGS = {"PLAIN", "RLE", "BIT_PACKED", "PLAIN_DICTIONARY", "RLE_DICTIONARY"}
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def test_parquet_has_only_types_and_encodings_that_every_reader_takes(demo_home_once: Home):
    every = f"{demo_home_once.current}/parquet/**/*.parquet"
    with duckdb.connect() as con:
        columns = con.execute(
            "select file_name, name, type, converted_type, num_children, repetition_type, logical_type"
            " from parquet_schema(?)",
            [every],
        ).fetchall()
        stored = con.execute(
            "select distinct compression, unnest(string_split(encodings, ', ')) from parquet_metadata(?)",
            [every],
        ).fetchall()
        versions = con.execute(
            "select distinct format_version, encryption_algorithm from parquet_file_metadata(?)", [every]
        ).fetchall()
    files, roots = {row[0] for row in columns}, [row for row in columns if row[4] is not None]
    assert len(files) > 60
    # Nothing has children but the table itself.
    assert len(roots) == len(files)
    for file, name, kind, meaning, children, repeated, logical in columns:
        if children is not None:
            continue
        assert (kind, meaning) in TAKEN, (file, name)
        assert repeated != "REPEATED", (file, name)
        assert NAME.fullmatch(name), (file, name)
        # Times are UTC, and say of themselves that no zone applies: no tool moves them to its own.
        assert meaning != "TIMESTAMP_MICROS" or "isAdjustedToUTC=0" in logical, (file, name)
    assert {compression for compression, _ in stored} <= {"ZSTD", "SNAPPY", "UNCOMPRESSED"}
    assert {encoding for _, encoding in stored} <= ENCODINGS
    assert versions == [(1, None)]


def test_months_of_a_table_have_the_same_columns(demo_home_once: Home):
    """Power BI's *Combine*, Hyper and Spark take the first file's for those of all."""
    for folder in (demo_home_once.current / "parquet" / "marts").iterdir():
        if not folder.is_dir():
            continue
        with duckdb.connect() as con:
            found = con.execute(
                "select file_name, list(struct_pack(name, type, converted_type)) from parquet_schema(?) group by all",
                [f"{folder}/*.parquet"],
            ).fetchall()
        assert len({str(columns) for _, columns in found}) == 1, folder.name


@pytest.mark.slow
def test_csv_is_what_spreadsheets_and_looker_studio_take(demo_home_once: Home):
    files = sorted((demo_home_once.reports / "csv").glob("*.csv"))
    assert len(files) > 35
    for file in files:
        assert file.stat().st_size <= 100_000_000
        checked(file)


def checked(file: Path) -> None:
    text = file.read_bytes().decode("utf-8")
    assert not text.startswith("\ufeff")
    assert "\0" not in text
    header, *rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    assert len({name.casefold() for name in header}) == len(header), file.name
    assert all(NAME.fullmatch(name) for name in header), file.name
    # A line per row: no text breaks one.
    assert len(text.splitlines()) == len(rows) + 1, file.name
    assert {len(row) for row in rows} <= {len(header)}, file.name
