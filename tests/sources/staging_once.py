"""Staging without a run of dbt per example: compiled once, then run in memory over whatever a home's raw holds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from chat_pipeline.dbt import build_models
from chat_pipeline.home import Home
from chat_pipeline.settings import Settings, load_settings

Statement = tuple[str, str]


class StagedHome:
    """A home whose exports and raw change from example to example, its settings and staging models never."""

    def __init__(self, root: Path, toml: str) -> None:
        self.home = Home(root)
        self.home.root.mkdir()
        self.home.settings_file.write_text(toml, encoding="utf-8")
        self.settings: Settings = load_settings(self.home.settings_file)
        outcome = build_models(self.home, self.settings, select=["path:models/staging"], test=[])
        assert not outcome.error
        assert not outcome.broken_models()
        manifest = json.loads((self.home.dbt_target / "manifest.json").read_text(encoding="utf-8"))
        self._statements = {
            folder: list(self._compiled(manifest, folder))
            for folder in {
                Path(node["path"]).parts[1]
                for node in manifest["nodes"].values()
                if node["path"].startswith("staging/") and node["resource_type"] == "model"
            }
        }

    def _compiled(self, manifest: dict[str, Any], folder: str) -> Iterator[Statement]:
        """Model and its SELECT, each after those that it reads."""
        nodes = {
            key: node
            for key, node in manifest["nodes"].items()
            if node["resource_type"] == "model"
            and node["path"].startswith((f"staging/{folder}/", "staging/ledger/"))
        }
        done: set[str] = set()

        def visit(key: str) -> Iterator[Statement]:
            if key in nodes and key not in done:
                done.add(key)
                for parent in nodes[key]["depends_on"]["nodes"]:
                    yield from visit(parent)
                path = self.home.dbt_target / "compiled" / "chat_pipeline" / nodes[key]["original_file_path"]
                # Views would be run again by each model that reads them.
                yield f"table warehouse.staging.{nodes[key]['name']}", path.read_text(encoding="utf-8")

        for key in nodes:
            yield from visit(key)

    def empty(self, source: str) -> None:
        """Takes out what the example before left of a source."""
        for folder in (self.home.exports / source, self.home.raw / source):
            shutil.rmtree(folder, ignore_errors=True)
        for file in self.home.state.rglob(f"{source}.json"):
            file.unlink()

    def stage(self, source: str) -> duckdb.DuckDBPyConnection:
        """The source's staging models over its raw rows, in schema `staging`."""
        con = duckdb.connect()
        con.execute("attach ':memory:' as warehouse; create schema warehouse.staging")
        for relation, select in self._statements[source]:
            con.execute(f"create {relation} as {select}")
        con.execute("use warehouse")
        return con
