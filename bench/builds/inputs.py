"""The exports' files by form, and the SELECT of a bare DuckDB copy of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from bench.bare import csv_select, json_select, parquet_select
from bench.builds.shop import EXPORTS, PARQUET, TABLE, Export

SAMPLE_DOCUMENTS = 40
# The records of files that are one JSON value: a list, or an object with the list of this name.
ARRAYS = {"rasa_trackers": "", "bot_framework_transcript": "", "salesforce_cases": "records"}
# The list that a bare copy makes rows of.
ROWS = {"rasa_trackers": ["events"], "salesforce_cases": ["records"]}
# Columns of Parquet files that raw has as JSON text.
NESTED = {
    "ga4_parquet": (
        "event_params", "privacy_info", "user_properties", "user_ltv", "device", "geo", "traffic_source", "ecommerce",
        "items", "collected_traffic_source",
    ),
    "dialogflow_cx_parquet": (),
}  # fmt: skip
LINES_FORM, ARRAY_FORM, TABLE_FORM, PARQUET_FORM = "lines", "array", "table", "parquet"


@dataclass(frozen=True)
class Input:
    """The files of one form, and how they are to be read. `select` wrote them; `name` is theirs alone."""

    select: str
    name: str
    form: str
    paths: tuple[Path, ...]


def inputs(exports: Path) -> Iterator[Input]:
    for export in EXPORTS:
        paths = tuple(sorted(exports.glob(export.path.replace("{}", "*"))))
        yield Input(export.select, export.select + _ending(export), _form(export), paths)


def _ending(export: Export) -> str:
    return "_packed" if export.path.endswith(".gz") else ""


def opened(path: Path) -> IO[str]:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")


def records(one: Input, path: Path) -> Iterator[dict[str, Any]]:
    """The JSON records of a file, in Python."""
    with opened(path) as stream:
        if one.form == LINES_FORM:
            yield from map(json.loads, stream)
            return
        document = json.load(stream)
        yield from document if isinstance(document, list) else document["records"]


def bare_select(one: Input) -> str:
    """What a person would hand to `copy`; types are found from the first records."""
    if one.form == TABLE_FORM:
        return csv_select(one.paths)
    if one.form == PARQUET_FORM:
        return parquet_select(one.paths, NESTED[one.select])
    largest = max(one.paths, key=lambda path: path.stat().st_size)
    samples = list(islice(records(one, largest), SAMPLE_DOCUMENTS))
    if one.form == LINES_FORM:
        return json_select(one.paths, samples, "newline_delimited")
    if ARRAYS[one.select]:
        return json_select(one.paths, [{ARRAYS[one.select]: samples}], "unstructured", ROWS[one.select])
    return json_select(one.paths, samples, "array", ROWS.get(one.select, ()))


def _form(export: Export) -> str:
    if export.form in (TABLE, PARQUET):
        return TABLE_FORM if export.form == TABLE else PARQUET_FORM
    return ARRAY_FORM if export.select in ARRAYS else LINES_FORM
