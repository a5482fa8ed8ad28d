"""Hostile files: no extraction fails for them, no good row is lost, nothing is written outside, each refusal is true."""

from __future__ import annotations

import csv
import hashlib
import os
import resource
from collections import Counter
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from homes import SHARED_REAL
from hostile import Case, bomb, cases
from hostile_truth import is_json, untrue
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from reliability_page import record

from chat_pipeline.extract import extract_source, unpack
from chat_pipeline.extract.files import SeenFile, list_exports, list_files, open_plain
from chat_pipeline.home import Home
from chat_pipeline.report import FileReport
from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.source import UnreadableFile
from chat_pipeline.sources import discover

LOADED_AT = datetime(2026, 11, 20, 4)
LARGEST = 60_000
OUTSIDE = Path("/tmp/outside.json")


# Of each form of file one: lines and SQLite, arrays, tables and workbooks, Parquet.
FEW_SOURCES = ("rasa", "chat_table", "dialogflow_cx")


def export_files() -> dict[str, list[Path]]:
    """Small exports of each source: the vendors' own that load, where they are, and those of the tests."""
    listed: set[tuple[str, str]] = set()
    if (SHARED_REAL / "expected.csv").is_file():
        with (SHARED_REAL / "expected.csv").open(newline="") as stream:
            listed = {
                (row["source"], row["path"]) for row in csv.DictReader(stream) if row["state"] == "loaded"
            }
    found: dict[str, dict[str, Path]] = {}
    for source in discover():
        own = sorted((Path(__file__).parent / "sources" / source / "export").rglob("*"))
        for path in (*own, *(SHARED_REAL / source / name for of, name in sorted(listed) if of == source)):
            if path.is_file() and path.stat().st_size < LARGEST:
                found.setdefault(source, {})[path.name] = path
    return {source: list(paths.values()) for source, paths in found.items()}


class Extracted:
    """Cases in a home, each in a folder of its own, the untouched files in the account `good`; and what came of them."""

    def __init__(self, home: Home, count: int, seed: int, sources: tuple[str, ...] = ()) -> None:
        files = {name: paths for name, paths in export_files().items() if not sources or name in sources}
        self.home, self.cases = home, cases(files, count, seed)
        home.root.mkdir(parents=True)
        home.settings_file.write_text("".join(f"[sources.{source}.instances.good]\n" for source in files))
        for number, case in enumerate(self.cases):
            put(home.exports / case.source / str(number) / case.name, case.data)
            origin = next(path for path in files[case.source] if path.name == case.origin)
            put(home.exports / case.source / "good" / case.origin, origin.read_bytes())
        before = tree(home.exports)
        own = load_settings(home.settings_file)
        self.reports: dict[str, dict[str, FileReport]] = {}
        for source in sorted({case.source for case in self.cases}):
            report = extract_source(home, own, discover()[source], loaded_at=LOADED_AT)
            self.reports[source] = {file.path: file for file in report.files}
        assert tree(home.exports) == before

    def of(self, number: int) -> list[FileReport]:
        case = self.cases[number]
        return [file for path, file in self.reports[case.source].items() if path.startswith(f"{number}/")]

    def origin(self, case: Case) -> FileReport:
        return self.reports[case.source][f"good/{case.origin}"]


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def total(file: FileReport, *names: str) -> int:
    return sum(counts[name] for counts in file.tables.values() for name in names)


def wrong(case: Case, found: list[FileReport], origin: FileReport, original: bytes) -> str:
    """What is wrong with what came of a case; empty if nothing is."""
    if len(found) != 1:
        return f"{len(found)} reports"
    (file,) = found
    if any(counts["read"] != sum(counts.values()) - counts["read"] for counts in file.tables.values()):
        return "rows are not accounted for"
    if file.state not in ("loaded", "held"):
        if origin.state == "loaded" and case.mutation in ("named",):
            return f"refused for its name: {file.reason}"
        return untrue(case, file.state, file.reason)
    if origin.state == "loaded" and case.mutation in ("packed", "zipped", "named") and case.keeps_rows:
        return "" if total(file, "read") == total(origin, "read") else "rows are lost"
    lines = [line for line in original.split(b"\n") if line.strip()]
    if total(origin, "read") == len(lines) > 1 and all(line[:1] == b"{" for line in lines):
        mine = [line for line in case.data.replace(b"\xef\xbb\xbf", b"").split(b"\n") if line.strip()]
        whole = Counter(mine) & Counter(lines)
        broken = len(mine) - whole.total()
        if case.mutation not in ("encoded", "packed", "zipped"):
            if total(file, "quarantined") > total(origin, "quarantined") + broken:
                return "good lines are set aside"
            if total(file, "read") < whole.total():
                return "lines are lost"
    return ""


def check(extracted: Extracted) -> None:
    originals = {
        (source, path.name): path.read_bytes() for source, paths in export_files().items() for path in paths
    }
    found = {}
    for number, case in enumerate(extracted.cases):
        words = wrong(case, extracted.of(number), extracted.origin(case), originals[case.source, case.origin])
        if words:
            found[number, case.mutation, case.source, case.origin] = words
    assert found == {}
    assert not OUTSIDE.exists()
    assert {path.name for path in extracted.home.root.parent.iterdir()} == {extracted.home.root.name}
    assert not [path for path in extracted.home.incoming.rglob("*") if path.is_file()]
    for original in set_aside(extracted.home):
        assert not is_json(original), original[:200]


def set_aside(home: Home) -> list[str]:
    """The originals of rows that were set aside as broken JSON."""
    parts = [str(part) for part in home.raw.glob("*/load-*/_quarantine.parquet")]
    with duckdb.connect() as con:
        query = "select original from read_parquet(?) where reason = 'broken JSON'"
        return [row[0] for row in con.execute(query, [parts]).fetchall()]


def test_a_hundred_hostile_files(tmp_path):
    check(Extracted(Home(tmp_path / "home"), 100, seed=1, sources=FEW_SOURCES))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(101, 111))
def test_two_thousand_hostile_files(tmp_path, seed: int):
    extracted = Extracted(Home(tmp_path / "home"), 200, seed)
    check(extracted)
    states = Counter(file.state for number in range(200) for file in extracted.of(number))
    quarantined = sum(total(file, "quarantined") for number in range(200) for file in extracted.of(number))
    record("hostile", {"cases": 200, **states, "rows set aside": quarantined})


@pytest.mark.parametrize("kind", ["gzip", "zstd", "zip", "excel"])
def test_an_archive_that_unpacks_beyond_all_measure_is_refused(tmp_path, monkeypatch, kind: str):
    monkeypatch.setattr(unpack, "ALWAYS_ALLOWED", 4 << 20)
    path = tmp_path / "a.json"
    path.write_bytes(bomb(kind, 16 << 20))
    with pytest.raises(UnreadableFile, match="unpacks to more than 4 MB, which no export of its size does"):
        open_plain(SeenFile("a.json", path, 0, 0), tmp_path / "scratch")
    written = sum(file.stat().st_size for file in (tmp_path / "scratch").rglob("*") if file.is_file())
    assert written <= 5 << 20


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([
        b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PK\x03\x04[Content_Types].xml", b"Obj\x01", b"PAR1",
        b"SQLite format 3\0", b"{", b"[", b"\xef\xbb\xbf", b"\xff\xfe", b"a,b\n",
    ]),
    st.binary(max_size=300) | st.text(max_size=100).map(str.encode),
)  # fmt: skip
def test_any_bytes_are_a_file_of_some_kind_or_refused(tmp_path_factory, begin: bytes, rest: bytes):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(begin + rest)
    try:
        (plain,) = open_plain(SeenFile("any", path, 0, 0), path.with_name("any-scratch"))
    except UnreadableFile:
        return
    assert plain.sniff.kind


def extract(home: Home, settings: Settings) -> dict[str, FileReport]:
    return {f.path: f for f in extract_source(home, settings, discover()["rasa"], loaded_at=LOADED_AT).files}


EVENT = '{"sender_id": "ana", "event": "user", "timestamp": 1772442000.0, "text": "%s"}'


def test_links_that_leave_the_folder_are_named_and_not_followed(home: Home, settings, tmp_path):
    put(tmp_path / "elsewhere" / "secret.jsonl", (EVENT % "secret").encode())
    folder = home.exports / "rasa"
    put(folder / "own.jsonl", (EVENT % "own").encode())
    (folder / "out.jsonl").symlink_to(tmp_path / "elsewhere" / "secret.jsonl")
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    (folder / "nowhere.jsonl").symlink_to("gone")
    (folder / "round").symlink_to(folder)
    (folder / "within.jsonl").symlink_to("own.jsonl")
    found = extract(home, settings)
    assert {path: file.state for path, file in found.items()} == {
        "own.jsonl": "loaded", "within.jsonl": "loaded", "out.jsonl": "unreadable", "out": "unreadable",
        "nowhere.jsonl": "unreadable", "round": "unreadable",
    }  # fmt: skip
    assert "a link that leads to no file of this folder" in found["out"].reason
    assert not any(
        b"secret" in path.read_bytes()
        for path in home.raw.rglob("*.parquet")
        if path.name == "events.parquet"
    )
    assert extract(home, settings) == {}
    (folder / "out.jsonl").unlink()
    put(folder / "out.jsonl", (EVENT % "now a file").encode())
    assert extract(home, settings)["out.jsonl"].state == "loaded"


def test_a_source_folder_may_be_a_link_itself(home: Home, settings, tmp_path):
    put(tmp_path / "disk" / "a.jsonl", (EVENT % "hello").encode())
    home.exports.mkdir(parents=True)
    (home.exports / "rasa").symlink_to(tmp_path / "disk")
    assert [file.path for file in list_exports(home.exports)] == ["rasa/a.jsonl"]
    assert extract(home, settings)["a.jsonl"].state == "loaded"


def test_a_name_that_is_no_text_is_refused_by_name(home: Home, settings):
    folder = home.exports / "rasa"
    put(folder / "good.jsonl", (EVENT % "good").encode())
    put(Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jsonl")), (EVENT % "bad").encode())
    found = extract(home, settings)
    assert found["good.jsonl"].state == "loaded"
    assert (found["caf\\xe9.jsonl"].state, found["caf\\xe9.jsonl"].reason) == (
        "unreadable",
        "its name is no UTF-8: rename it",
    )
    assert len(list_files(folder)) == len(list_exports(home.exports)) == 2


def test_one_bad_byte_does_not_garble_the_good_lines(home: Home, settings):
    lines = [(EVENT % text).encode() for text in ("schön", "größer", "für")]
    lines[1] = lines[1].replace("ß".encode(), b"\xff")
    put(home.exports / "rasa" / "a.jsonl", b"\n".join(lines))
    assert total(extract(home, settings)["a.jsonl"], "loaded") == 3
    part = next(home.raw.glob("rasa/load-000001/events.parquet"))
    with duckdb.connect() as con:
        texts = con.execute("select text from read_parquet(?) order by _source_row", [str(part)]).fetchall()
    assert [text for (text,) in texts] == ["schön", "grö\ufffder", "für"]


def test_a_log_whose_end_was_not_written_keeps_its_lines(home: Home, settings):
    lines = "\n".join(EVENT % number for number in range(3)).encode()
    put(home.exports / "rasa" / "a.jsonl", lines + b"\n" + b"\0" * 4096)
    file = extract(home, settings)["a.jsonl"]
    assert (file.state, total(file, "loaded"), total(file, "quarantined")) == ("loaded", 3, 1)


def test_lines_behind_a_huge_first_one_are_lines(home: Home, settings):
    put(home.exports / "rasa" / "a.jsonl", "\n".join((EVENT % ("x" * 1_200_000), EVENT % "b")).encode())
    assert total(extract(home, settings)["a.jsonl"], "loaded") == 2


def test_columns_of_a_database_are_no_sql(home: Home, settings, tmp_path):
    import sqlite3
    from contextlib import closing

    path = home.exports / "rasa" / "rasa.db"
    path.parent.mkdir(parents=True)
    target = tmp_path / "written.csv"
    column = f"x\" varchar); copy (select 1) to '{target}'; --"
    with closing(sqlite3.connect(path)) as db:
        quoted = column.replace('"', '""')
        db.execute(f'create table events (id integer, sender_id text, data text, "{quoted}" text)')
        db.execute("insert into events values (1, 'ana', ?, 'y')", [EVENT % "hello"])
        db.commit()
    file = extract(home, settings)["rasa.db"]
    assert (file.state, total(file, "loaded")) == ("loaded", 1)
    assert not target.exists()


def test_a_full_disk_is_no_fault_of_the_archive(home: Home, settings):
    import gzip

    put(
        home.exports / "rasa" / "a.jsonl.gz",
        gzip.compress(b"\n".join([(EVENT % ("x" * 200)).encode()] * 2000)),
    )
    extract_source(home, settings, discover()["zendesk_chat"], loaded_at=LOADED_AT)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # told as a full disk is
    try:
        with pytest.raises(OSError, match="File too large"):
            extract(home, settings)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert extract(home, settings)["a.jsonl.gz"].state == "loaded"
