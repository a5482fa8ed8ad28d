"""build.duckdb -> marts/versions/<n>/, swapped in by one link. Whether the build may be published
is decided by the caller (dbt's error-severity tests); nothing is computed here."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from chat_pipeline.disk import flush
from chat_pipeline.fingerprint import PUBLICATION_FILE, fingerprint
from chat_pipeline.home import Home
from chat_pipeline.identity_state import write_state
from chat_pipeline.published_parquet import write_parquet
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

PUBLISHED_SCHEMAS = ("marts", "analytics")


class AfterPublishFailed(Exception):
    """The command of `[publish] after` failed; the publication itself stands."""


@dataclass(frozen=True)
class Publication:
    """What stands in marts/current. `rows`: rows per published table ("marts.fct_messages")."""

    version: int
    run_id: str
    published_at: str
    fingerprint: str
    folder: Path
    rows: dict[str, int]


def next_version(home: Home) -> int:
    """The number that the next publication gets."""
    return max((int(folder.name) for folder in _versions(home)), default=0) + 1


def publish(
    home: Home, settings: Settings, run_id: str = "", send: Callable[[], None] = lambda: None
) -> Publication:
    """Copy the build and its Parquet to a new version, and swap the link; `send` it elsewhere before `[publish] after`
    runs. The caller holds the lock."""
    version = next_version(home)
    folder = home.marts / "versions" / str(version)
    staged = home.marts / "versions" / f".{version}"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    _checkpoint(home.build)
    target = staged / "chat.duckdb"
    if settings.publish.personal_data:
        shutil.copyfile(home.build, target)
    else:
        _copy_without_personal(home, target)
    rows = write_parquet(target, staged, PUBLISHED_SCHEMAS, home.current.resolve())
    publication = Publication(
        version=version,
        run_id=run_id,
        published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        fingerprint=fingerprint(home, settings),
        folder=folder,
        rows=rows,
    )
    record = {**asdict(publication), "folder": f"versions/{version}"}
    (staged / PUBLICATION_FILE).write_text(json.dumps(record, indent=1), encoding="utf-8")
    _seal(staged)
    staged.rename(folder)
    _swap(home, folder)
    with duckdb.connect(str(home.build), read_only=True) as con:
        write_state(con, home.state / "customers")
    mark_synced(home)
    sweep_versions(home, settings.publish.keep)
    send()
    _run_after(settings.publish.after)
    return publication


def mark_synced(home: Home) -> None:
    """Keep that the marts are what the exports make of them as of now. The caller holds the lock."""
    home.synced_mark.parent.mkdir(parents=True, exist_ok=True)
    home.synced_mark.write_text("", encoding="utf-8")


def current_publication(home: Home) -> Publication | None:
    """The standing publication, if there is one."""
    path = home.current / PUBLICATION_FILE
    if not path.is_file():
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    return Publication(**{**record, "folder": home.marts / record["folder"]})


def _versions(home: Home) -> list[Path]:
    return [folder for folder in (home.marts / "versions").glob("*") if folder.name.isdigit()]


def _checkpoint(database: Path) -> None:
    """Everything into the one file: a write-ahead log beside it would not be copied."""
    with duckdb.connect(str(database)) as con:
        con.execute("force checkpoint")


def _copy_without_personal(home: Home, target: Path) -> None:
    """The build without columns tagged personal, as dbt's manifest names them. Written anew: a column
    that is dropped from a copy stays readable in the free blocks of its file."""
    personal = _personal_columns(home)
    with duckdb.connect() as con:
        con.execute(f"attach {sql_text(str(home.build))} as build (read_only)")
        con.execute(f"attach {sql_text(str(target))} as published (storage_version 'v1.0.0')")
        tables = con.execute(
            "select schema_name, table_name, comment from duckdb_tables()"
            " where database_name = 'build' and schema_name in ? order by all",
            [list(PUBLISHED_SCHEMAS)],
        ).fetchall()
        for schema, table, comment in tables:
            kept = [
                (name, text)
                for name, text in con.execute(
                    "select column_name, comment from duckdb_columns() where database_name = 'build'"
                    " and schema_name = ? and table_name = ? order by column_index",
                    [schema, table],
                ).fetchall()
                if (schema, table, name) not in personal
            ]
            columns = ", ".join(f'"{name}"' for name, _ in kept)
            new = f'published.{schema}."{table}"'
            con.execute(f"create schema if not exists published.{schema}")
            con.execute(f'create table {new} as select {columns} from build.{schema}."{table}"')
            con.execute(f"comment on table {new} is {sql_text(comment or '')}")
            for name, text in kept:
                con.execute(f'comment on column {new}."{name}" is {sql_text(text or "")}')


def _personal_columns(home: Home) -> set[tuple[str, str, str]]:
    """(schema, table, column) of what is tagged personal."""
    manifest = json.loads((home.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    return {
        (node["schema"], node["alias"], name)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        for name, column in node["columns"].items()
        if (column.get("config", {}).get("meta") or column.get("meta") or {}).get("personal")
    }


def _seal(folder: Path) -> None:
    """Read-only files, and everything on the disk before the link may point to it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            path.chmod(0o444)
        flush(path)
    flush(folder)


def _swap(home: Home, folder: Path) -> None:
    link = home.marts / ".current"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.relative_to(home.marts))
    link.replace(home.current)
    flush(home.marts)


def sweep_versions(home: Home, keep: int) -> None:
    """Old versions, and leftovers of publications that never came to be. The linked one always stays."""
    linked = home.current.resolve()
    for folder in sorted(_versions(home), key=lambda folder: int(folder.name), reverse=True)[max(keep, 1) :]:
        if folder.resolve() != linked:
            shutil.rmtree(folder)
    for leftover in (home.marts / "versions").glob(".*"):
        shutil.rmtree(leftover)


def _run_after(command: str) -> None:
    if not command:
        return
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AfterPublishFailed(
            f"published, but `[publish] after` ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}"
        )
