"""Reading a few files of a source by themselves, and staging a few deliveries one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from chat_pipeline.dbt import build_models
from chat_pipeline.extract import extract_source
from chat_pipeline.home import Home
from chat_pipeline.settings import load_settings
from chat_pipeline.sniff import sniff
from chat_pipeline.source import Batch, PlainFile, Shape, Source
from chat_pipeline.sources import discover

Rows = list[dict[str, Any]]


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    relation = con.sql(sql)
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def _shape(source: Source, file: PlainFile, mapping: Mapping[str, str]) -> Shape:
    seen = replace(file.sniff, mapping=mapping)
    assert not [refusal.name for refusal in source.refusals if refusal.matches(seen)]
    (shape,) = [shape for shape in source.shapes if shape.matches(seen)]
    return shape


def read_export(folder: Path, name: str, files: Mapping[str, str | bytes], toml: str = "") -> dict[str, Rows]:
    """The reader's rows by raw table, in the files' order, each with the `_shape` of its file."""
    source = discover()[name]
    settings_file = folder / "chat_pipeline.toml"
    settings_file.write_text(toml, encoding="utf-8")
    settings = load_settings(settings_file).source(name)
    found: dict[str, Rows] = {}
    with duckdb.connect() as con:
        for file_name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            path = folder / file_name
            path.write_bytes(data)
            file = PlainFile(path, file_name, sniff(path, file_name), max(map(len, data.split(b"\n"))))
            shape = _shape(source, file, settings.columns)
            for table, select in shape.read(Batch(con, (file,), settings)).items():
                sql = f"select *, '{shape.name}' as _shape from ({select}) order by _source_row"
                found.setdefault(table, []).extend(_rows(con, sql))
    return found


def stage_deliveries(
    folder: Path, name: str, deliveries: Sequence[Mapping[str, str | bytes]], toml: str = ""
) -> Callable[[str], Rows]:
    """Each delivery {file name: content} becomes a load; the result answers SQL on the warehouse."""
    home = Home(folder / "home")
    exports = home.exports / name
    exports.mkdir(parents=True)
    home.settings_file.write_text(toml, encoding="utf-8")
    settings = load_settings(home.settings_file)
    for day, delivery in enumerate(deliveries, start=1):
        for file_name, content in delivery.items():
            (exports / file_name).parent.mkdir(parents=True, exist_ok=True)
            (exports / file_name).write_bytes(content.encode() if isinstance(content, str) else content)
            delivered = datetime(2026, 11, day).timestamp()
            os.utime(exports / file_name, (delivered, delivered))
        report = extract_source(home, settings, discover()[name], loaded_at=datetime(2026, 11, 20))
        assert report.error is None, report.error
    outcome = build_models(home, settings, select=[f"+path:models/staging/{name}"], test=[])
    assert not outcome.error
    assert not outcome.broken_models(), outcome.broken_models()

    def ask(sql: str) -> Rows:
        with duckdb.connect(str(home.warehouse), read_only=True) as con:
            return _rows(con, sql)

    return ask
