"""What the beginning of a file shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SAMPLES = 20

FileKind = Literal["json", "csv", "xlsx", "sqlite", "parquet", "avro", "empty", "other"]


@dataclass(frozen=True)
class Sniff:
    """What the beginning of a file shows.

    `samples`: the first JSON records (lines, array elements, or the one object). `columns`: header of
    a CSV or Excel sheet, or column names of a Parquet or Avro file. `tables`: table -> columns of a SQLite file.
    `rows`: first records below such a header, as text. `name` is the file's name: a hint at most.
    `mapping`: header -> name as the settings of the file's source and account map them; empty until
    the file is compared with that source's shapes.
    """

    name: str
    kind: FileKind
    layout: Literal["lines", "array", "object", ""] = ""
    samples: list[Any] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    mapping: Mapping[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    delimiter: str = ","
    # Why a file that began like a known kind is none after all (for the reason shown to users).
    trouble: str = ""

    @property
    def keys(self) -> set[str]:
        """Top-level keys over the sampled records that are objects."""
        return {key for sample in self.samples if isinstance(sample, dict) for key in sample}

    @property
    def headers(self) -> list[str]:
        """The columns, each under the name that the settings map it to (in any case, trimmed)."""
        names = {header.strip().casefold(): name for header, name in self.mapping.items()}
        return [names.get(column.strip().casefold(), column) for column in self.columns]
