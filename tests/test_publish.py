"""Publishing: one link swapped, readers never see an error or a mixture, nothing personal if so set."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from chat_pipeline.home import Home
from chat_pipeline.publish import AfterPublishFailed, current_publication, publish
from chat_pipeline.settings import load_settings

READER = textwrap.dedent("""
    import sys, pathlib, duckdb
    current, stop = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    print("reading", flush=True)
    while not stop.exists():
        folder = current.resolve()
        with duckdb.connect(str(folder / "chat.duckdb"), read_only=True) as con:
            rows = con.execute("select 'a', n from marts.a union all select 'b', n from marts.b").fetchall()
        part = f"{folder}/parquet/marts/a.parquet"
        rows += duckdb.connect().execute("select 'p', n from read_parquet(?)", [part]).fetchall()
        assert len({n for _, n in rows}) == 1, rows
        print(rows[0][1], flush=True)
""")

# A publication in which one function is replaced by the process's sudden end.
KILLED = textwrap.dedent("""
    import importlib, os, pathlib, signal, sys
    module, _, name = sys.argv[2].rpartition(".")
    end = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
    setattr(importlib.import_module(module), name, end)
    from chat_pipeline.home import Home
    from chat_pipeline.publish import publish
    from chat_pipeline.settings import load_settings
    publish(Home(pathlib.Path(sys.argv[1])), load_settings(None))
""")


@pytest.fixture
def built(home: Home) -> Home:
    """A home with a build of two tables that say which build they are of."""
    home.root.mkdir(parents=True)
    home.raw.mkdir()
    _build(home, 1)
    return home


def _build(home: Home, number: int) -> None:
    home.build.unlink(missing_ok=True)
    with duckdb.connect() as con:
        con.execute(f"attach '{home.build}' as build (storage_version 'v1.0.0')")
        con.execute("create schema build.marts")
        for table in ("a", "b"):
            con.execute(f"create table build.marts.{table} as select {number} as n, 'x' as name")
        con.execute("comment on column build.marts.a.n is 'number of the build'")
        con.execute("""
            create table build.marts.customer_identities as
            select 'h' as identifier_hash, 'c' as customer_key, true as is_owned
        """)
        con.execute(
            "create table build.marts.publication as select '' as source, timestamp '2026-11-20' as loaded_at"
        )


def test_a_publication_is_a_read_only_copy_behind_one_link(built, settings):
    first = publish(built, settings, "run-1")
    assert (first.version, first.rows["marts.a"]) == (1, 1)
    assert built.current.readlink() == Path("versions/1")
    assert current_publication(built) == first
    for part in (built.published, built.current / "parquet" / "marts" / "a.parquet"):
        assert stat.S_IMODE(part.stat().st_mode) == 0o444
    with duckdb.connect(str(built.published), read_only=True) as con:
        comment = con.execute(
            "select comment from duckdb_columns() where column_name = 'n' and table_name = 'a'"
        )
        assert comment.fetchone() == ("number of the build",)
    assert not built.build.with_name("build.duckdb.wal").exists()


def test_three_versions_are_kept_and_leftovers_swept(built, settings):
    (built.marts / "versions" / ".99").mkdir(parents=True)
    for _ in range(5):
        publish(built, settings)
    assert sorted(folder.name for folder in (built.marts / "versions").iterdir()) == ["3", "4", "5"]


def test_readers_of_ten_publications_see_each_whole(built, settings, tmp_path):
    publish(built, settings)
    stop = tmp_path / "stop"
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(built.current), str(stop)], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout
    assert reader.stdout.readline() == "reading\n"
    seen = set()
    for number in range(2, 12):
        _build(built, number)
        publish(built, settings)
        # A reader that resolved the link keeps three versions to finish its answer in.
        seen.add(int(reader.stdout.readline()))
    stop.touch()
    rest, _ = reader.communicate(timeout=60)
    assert reader.returncode == 0
    assert len(seen | {int(line) for line in rest.split()}) >= 2


def test_a_failed_publication_leaves_the_old_one(built, settings, monkeypatch):
    from chat_pipeline import publish as module

    publish(built, settings)
    monkeypatch.setattr(module, "_seal", lambda folder: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        publish(built, settings)
    monkeypatch.undo()
    assert built.current.readlink() == Path("versions/1")
    assert publish(built, settings).version == 2


@pytest.mark.parametrize(
    ("step", "standing"), [("write_parquet", 1), ("_seal", 1), ("_swap", 1), ("write_state", 2)]
)
def test_a_killed_publication_leaves_a_whole_one(built, settings, step, standing):
    publish(built, settings)
    _build(built, 2)
    arguments = [sys.executable, "-c", KILLED, str(built.root), f"chat_pipeline.publish.{step}"]
    assert subprocess.run(arguments, check=False, timeout=300).returncode == -signal.SIGKILL
    assert _published(built) == standing
    _build(built, 3)
    publish(built, settings)
    assert _published(built) == 3
    assert not list((built.marts / "versions").glob(".*"))


def _published(home: Home) -> int:
    """The build that a reader gets, from file and Parquet alike."""
    with duckdb.connect(str(home.published), read_only=True) as con:
        row = con.execute("select n from marts.a").fetchone()
        part = str(home.current / "parquet" / "marts" / "a.parquet")
        assert con.execute("select n from read_parquet(?)", [part]).fetchone() == row
    assert row
    return row[0]


def test_the_command_after_a_publication_runs_and_its_failure_is_told(built, tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(f"[publish]\nafter = \"touch '{tmp_path}/done'\"\n")
    publish(built, load_settings(path))
    assert (tmp_path / "done").exists()
    path.write_text('[publish]\nafter = "echo no share >&2; exit 4"\n')
    with pytest.raises(AfterPublishFailed, match="ended with 4: no share"):
        publish(built, load_settings(path))
    assert built.current.readlink() == Path("versions/2")


def test_personal_columns_are_nowhere_in_the_files_if_settings_say_so(built, tmp_path):
    said = "Please write to ida@example.com about order 1001"
    with duckdb.connect(str(built.build)) as con:
        con.execute("create table marts.messages as select 1 as id, ? as said", [said])
        con.execute("comment on column marts.messages.id is 'key'")
    tagged = {"said": {"config": {"meta": {"personal": True}}}, "id": {"config": {"meta": {}}}}
    node = {"resource_type": "model", "schema": "marts", "alias": "messages", "columns": tagged}
    built.dbt_target.mkdir(parents=True, exist_ok=True)
    (built.dbt_target / "manifest.json").write_text(json.dumps({"nodes": {"model.messages": node}}))
    path = tmp_path / "s.toml"
    path.write_text("[publish]\npersonal_data = false\n")
    publish(built, load_settings(path))
    with duckdb.connect(str(built.published), read_only=True) as con:
        columns = con.execute(
            "select column_name, comment from duckdb_columns() where table_name = 'messages'"
        )
        assert columns.fetchall() == [("id", "key")]
    parts = [path for path in built.current.resolve().rglob("*") if path.is_file()]
    assert {path.name for path in parts} >= {"chat.duckdb", "a.parquet", "messages.parquet"}
    # Not in a free block either.
    assert [path.name for path in parts if b"ida@example.com" in path.read_bytes()] == []


def test_parts_that_did_not_change_are_linked_and_not_written_again(built, settings):
    """Whatever the order of the rows. A month with a changed value of the same count is no such part."""
    rows = [("2026-08-31", "a"), ("2026-09-01", "b"), ("2026-09-30", "c"), ("2026-10-01", "d"), (None, "e")]
    _add_messages(built, rows)
    publish(built, settings)
    before = _parts(built)
    assert set(before) == {
        f"fct_messages/{name}" for name in ("2026-08", "2026-09", "2026-10", "undated")
    } | {
        "a",
        "b",
        "customer_identities",
        "publication",
    }

    changed = [(day, "x" if text == "c" else text) for day, text in reversed(rows)] + [("2026-11-02", "f")]
    _add_messages(built, changed)
    publish(built, settings)
    after = _parts(built)
    assert {name for name in after if after[name] != before.get(name)} == {
        "fct_messages/2026-09",
        "fct_messages/2026-11",
    }
    folder = str(built.current / "parquet" / "marts" / "fct_messages" / "*.parquet")
    with duckdb.connect() as con:
        found = con.execute(
            "select cast(sent_date as varchar), text from read_parquet(?)", [folder]
        ).fetchall()
    assert sorted(found, key=str) == sorted(changed, key=str)
    published = current_publication(built)
    assert published
    assert published.rows["marts.fct_messages"] == 6


def test_a_large_table_without_rows_is_a_part_without_rows(built, settings):
    _add_messages(built, [])
    publish(built, settings)
    folder = str(built.current / "parquet" / "marts" / "fct_messages" / "*.parquet")
    with duckdb.connect() as con:
        assert con.execute("select count(text) from read_parquet(?)", [folder]).fetchall() == [(0,)]


def _add_messages(home: Home, rows: list[tuple[str | None, str]]) -> None:
    with duckdb.connect(str(home.build)) as con:
        con.execute("create or replace table marts.fct_messages (sent_date date, text varchar)")
        for row in rows:
            con.execute("insert into marts.fct_messages values (?, ?)", row)


def _parts(home: Home) -> dict[str, int]:
    """The published Parquet files of the marts: name -> inode."""
    folder = home.current / "parquet" / "marts"
    return {
        str(path.relative_to(folder).with_suffix("")): path.stat().st_ino
        for path in folder.rglob("*.parquet")
    }
