"""What a source module declares: its raw tables, the shapes its exports come in, how each is read.

Nothing here opens a file. Looking into files lives in `sniff.py`, turning them into rows in
`reading/`, loading in `extract/`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import SourceSettings
    from chat_pipeline.sniff import Sniff

Kind = Literal["chat", "web", "crm", "shop", "figures"]
KINDS: tuple[Kind, ...] = ("chat", "web", "crm", "shop", "figures")

# What every reader hands over beside the declared columns (see `Shape.read`).
READER_COLUMNS: tuple[tuple[str, str], ...] = (
    ("_path", "varchar"),
    ("_source_row", "bigint"),
    ("_record_key", "varchar"),
    ("_is_counted", "boolean"),
    ("_version", "timestamp"),
    ("_partition", "varchar"),
    ("_standing", "bigint"),
    ("_extra", "varchar"),
    ("_problem", "varchar"),
    ("_original", "varchar"),
)
# What a raw row carries beside the declared columns.
RAW_COLUMNS: tuple[tuple[str, str], ...] = (
    ("instance", "varchar"),
    ("_source_file", "varchar"),
    ("_source_row", "bigint"),
    ("_record_key", "varchar"),
    ("_version", "timestamp"),
    ("_partition", "varchar"),
    ("_standing", "bigint"),
    ("_extra", "varchar"),
    ("_delivered_at", "timestamp"),
    ("_loaded_at", "timestamp"),
    ("_load", "bigint"),
    ("_content_hash", "bigint"),
)
# The number that tells the files ("shards") of one export apart: they are one delivery.
SHARD_NUMBER = "[0-9]{12}"


@dataclass(frozen=True)
class Column:
    """A raw column: its DuckDB type, what it means, whether it may hold personal data. `is_place`: it
    tells where in its file the row stood, which is no part of what the row says."""

    name: str
    type: str
    description: str
    personal: bool = False
    is_place: bool = False


@dataclass(frozen=True)
class Table:
    """A raw table. `description` begins with its grain ("one row per ...").

    `replaces` says what a newer delivery replaces: the `record` (same `_record_key`), the whole
    `partition` (same `_partition`), or all rows of the same `file` (only without any key).
    `event_at` names the column that tells when the row's matter happened: UTC; rows before 1990 or
    more than a day after the load are set aside, and the newest one is the source's cut-off. None:
    the table says nothing about how far the data reach. `dated_by_delivery`: a row without `_version` is
    of its delivery's time, not older than all that have one. `comparable` (SQL): the rows of which
    another delivery of the same can be told by their key.
    `threads`, of a chat source: the column that names the conversation on the platform, and after it SQL
    expressions of any other id that staging may give that conversation. With it (on all tables of the
    source that staging reads) a sync recomputes only the conversations that new rows speak of; it asks that
    a `_record_key` belongs to one conversation and that staging joins no row to one of another. Without it a
    sync recomputes the source as a whole whenever a load of it is new.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    replaces: Literal["record", "partition", "file"] = "record"
    event_at: str | None = None
    dated_by_delivery: bool = False
    comparable: str = "true"
    threads: tuple[str, ...] = ()


def raw_types(table: Table) -> list[tuple[str, str]]:
    """Names and types of a raw table's columns, in the order in which they are written."""
    return [*((column.name, column.type) for column in table.columns), *RAW_COLUMNS]


@dataclass(frozen=True)
class PlainFile:
    """A file ready to be read: decompressed, UTF-8 without a byte order mark if it is text.

    `path` is where it lies now, `name` its path below `exports/<source>/` as users know it,
    `longest_line` the bytes of its longest line, `line_count` its lines, if each begins with "{" (else 0).
    """

    path: Path
    name: str
    sniff: Sniff
    longest_line: int = 0
    line_count: int = 0


@dataclass(frozen=True)
class Batch:
    """Files of one shape and one instance, read together.

    `hopes`: what its reader took for granted, as it mostly holds and to look would cost much. If the reader's SELECT
    fails or sets rows aside, the files are read once more, with `is_careful`: then nothing must be hoped.
    """

    con: duckdb.DuckDBPyConnection
    files: tuple[PlainFile, ...]
    settings: SourceSettings
    instance: str = "default"
    is_careful: bool = False
    hopes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Shape:
    """One form that an export of the source takes.

    `matches` decides by content alone, headers read as the settings map them (`Sniff.mapping`). `read`
    returns, per raw table, a SELECT for `batch.con` with the declared columns of the table by name (a
    missing one becomes null) and the READER_COLUMNS:
    `_path` (str of PlainFile.path), `_source_row` (line, record or array element, from 1),
    `_record_key` (the record's identity within an instance; null sets the row aside), `_is_counted`
    (whether the key is but the content, and rows of one file that share it are told apart by a count:
    "<key>#1", "<key>#2"; absent: no), `_version` (the vendor's own "last changed", or null), `_partition` and `_standing` (for tables that
    replace partitions: which one, and the rank of this kind of delivery, higher wins over later),
    `_extra` (JSON text of undeclared fields, or null), `_problem` (why the row can't be used, or
    null) and `_original` (the record as delivered, needed where `_problem` is set).
    It raises `UnreadableFile` for a file that can't be read as a whole.

    A row is told from all others of its file and table by `_source_row`. `is_by_line`: of JSON lines, what a row says and
    its key depend on its own line alone (counts aside), in tables that replace records: a file that grew is then read
    from where it ended.
    """

    name: str
    matches: Callable[[Sniff], bool]
    read: Callable[[Batch], dict[str, str]]
    is_by_line: bool = False


@dataclass(frozen=True)
class Refusal:
    """A known kind of file that is no export we read: `remedy` says how to get one that is."""

    name: str
    matches: Callable[[Sniff], bool]
    remedy: str


@dataclass(frozen=True)
class Source:
    """One vendor's exports. `reader_version` rises when a reader changes: files are read again."""

    name: str
    kind: Kind
    description: str
    tables: tuple[Table, ...]
    shapes: tuple[Shape, ...]
    refusals: tuple[Refusal, ...] = ()
    reader_version: int = 1
    # False: an export gives a question and its answer one time (of chat).
    tells_reply_times: bool = True
    # What an export looks like, for the reason given with files that are of no known shape.
    expected: str = ""

    def table(self, name: str) -> Table:
        return next(t for t in self.tables if t.name == name)


class UnreadableFile(Exception):
    """A file that can't be read at all; the text is the reason shown to the user."""
