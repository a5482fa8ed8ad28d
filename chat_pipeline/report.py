"""What an extraction says about itself: files, rows, checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal[
    "loaded", "held", "unreadable", "not_of_this_kind", "pending", "gone", "accepted", "forgotten"
]
COUNTS = ("read", "loaded", "unchanged", "quarantined", "held")


@dataclass
class FileReport:
    """A file as the ledger knows it. `tables`: raw table -> counts, where
    read = loaded + unchanged + quarantined + held."""

    path: str
    state: State
    instance: str = "default"
    shape: str = ""
    reason: str = ""
    failed_checks: list[str] = field(default_factory=list)
    tables: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class CheckReport:
    """Result of one expectation. `metadata` shows keys, files and row numbers, never personal values."""

    table: str
    name: str
    severity: Literal["critical", "warning"]
    description: str
    passed: bool = True
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class ExtractReport:
    """What one extraction of a source did. `files` holds only those it dealt with now."""

    source: str
    load: int | None = None
    files: list[FileReport] = field(default_factory=list)
    skipped: int = 0
    checks: list[CheckReport] = field(default_factory=list)
    drift: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None

    @property
    def rows(self) -> dict[str, dict[str, int]]:
        """Counts per raw table over the files of this extraction."""
        total: dict[str, dict[str, int]] = {}
        for file in self.files:
            for table, counts in file.tables.items():
                sums = total.setdefault(table, dict.fromkeys(COUNTS, 0))
                for name, count in counts.items():
                    sums[name] += count
        return total

    def counts(self) -> dict[str, int]:
        """Files by what became of them in this extraction."""
        states = [file.state for file in self.files]
        return {
            "new": states.count("loaded"),
            "held": states.count("held"),
            "unreadable": states.count("unreadable"),
            "not_of_this_kind": states.count("not_of_this_kind"),
            "pending": states.count("pending"),
            "gone": states.count("gone"),
            "unchanged": self.skipped,
        }
