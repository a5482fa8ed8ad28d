"""The suites of expectations: the shipped ones and, added to them, the home's own.

A suite is Great Expectations' JSON, `<source>/<table>.json`; each expectation has `meta.name`,
`meta.why` and a `severity`: critical holds files, warning reports. Nothing is evaluated here.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from chat_pipeline.home import Home, expectations_folder
from chat_pipeline.report import CheckReport
from chat_pipeline.source import Source, Table

# The one check that is no expectation: a delivery that replaces far more rows than it brings.
SHRINK_GUARD = "shrink_guard"
# Checks of the pipeline's own, which stand beside the expectations.
EXTRACTED, FRESH = "extracted", "fresh"


class QualityError(Exception):
    """An expectation that could not be evaluated, or a suite that is no suite."""


def suite_files(source: Source, table: Table, own: Path | None = None) -> list[Path]:
    """Where the suite of a raw table stands: shipped, and in the folder `own` of a home."""
    folders = [expectations_folder(), *([own] if own else [])]
    files = [folder / source.name / f"{table.name}.json" for folder in folders]
    return [file for file in files if file.is_file()]


def load_suite(source: Source, table: Table, own: Path | None = None) -> dict[str, Any] | None:
    """The suite of a raw table, the home's own expectations behind the shipped ones; None: there is none."""
    suites = [(file, _read(file)) for file in suite_files(source, table, own)]
    if not suites:
        return None
    taken: dict[str, Path] = {}
    problems = []
    for file, suite in suites:
        for number, expectation in enumerate(suite["expectations"], start=1):
            problems += _problems(file, number, expectation, taken)
    if problems:
        raise QualityError("; ".join(problems))
    return {**suites[0][1], "expectations": [e for _, suite in suites for e in suite["expectations"]]}


def declared_checks(source: Source, own: Path | None = None) -> list[CheckReport]:
    """Every expectation of a source as a check that has passed so far."""
    found = []
    for table in source.tables:
        suite = load_suite(source, table, own)
        for expectation in suite["expectations"] if suite else []:
            meta = expectation["meta"]
            found.append(CheckReport(table.name, meta["name"], expectation["severity"], meta["why"]))
        if table.replaces != "record":
            why = f"A delivery must not replace a {table.replaces} by under a tenth of its rows."
            found.append(CheckReport(table.name, SHRINK_GUARD, "critical", why))
    return found


def suites_digest(home: Home, source: Source) -> str:
    """A hash of all suites of a source: another one judges held files anew."""
    parts = [
        file.read_bytes() for table in source.tables for file in suite_files(source, table, home.expectations)
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def check_own_suites(home: Home) -> None:
    """Raise QualityError with everything that is wrong with the home's own expectations."""
    from chat_pipeline.sources import discover

    sources = discover()
    problems = []
    for file in sorted(home.expectations.rglob("*.json")):
        shown = file.relative_to(home.root)
        source = sources.get(file.parent.name) if file.parent.parent == home.expectations else None
        if source is None:
            problems.append(f"{shown}: must lie in expectations/<source>/, one of {', '.join(sources)}")
        elif file.stem not in (names := [table.name for table in source.tables]):
            problems.append(f"{shown}: {source.name} has no table {file.stem}: there are {', '.join(names)}")
        else:
            try:
                load_suite(source, source.table(file.stem), home.expectations)
            except QualityError as error:
                problems.append(str(error))
    if problems:
        raise QualityError("\n".join(problems))


def _read(file: Path) -> dict[str, Any]:
    try:
        suite = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise QualityError(f"{_shown(file)}: no valid JSON ({error}): correct it") from error
    expectations = suite.get("expectations") if isinstance(suite, dict) else None
    if not isinstance(expectations, list) or not all(isinstance(entry, dict) for entry in expectations):
        raise QualityError(
            f'{_shown(file)}: lacks a list "expectations" of objects: see the shipped ones for the form'
        )
    return suite


def _problems(file: Path, number: int, expectation: dict[str, Any], taken: dict[str, Path]) -> list[str]:
    """What is wrong with an expectation; enters its name into `taken`."""
    meta = expectation.get("meta") or {}
    needed = (
        ("meta.name", meta.get("name")),
        ("meta.why", meta.get("why")),
        ("severity critical or warning", expectation.get("severity") in ("critical", "warning")),
    )
    problems = [f"{_shown(file)}: expectation {number} lacks {what}" for what, value in needed if not value]
    name = meta.get("name")
    if name in (SHRINK_GUARD, EXTRACTED, FRESH):
        problems.append(f"{_shown(file)}: {name} is a check of the pipeline's own: choose another meta.name")
    elif name in taken:
        where = "twice" if taken[name] == file else f"also in {_shown(taken[name])}"
        problems.append(f"{_shown(file)}: {name} is there {where}: choose another meta.name")
    elif name:
        taken[name] = file
    return problems


def _shown(file: Path) -> str:
    return f"{file.parents[1]}/{file.parent.name}/{file.name}"
