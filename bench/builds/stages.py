"""Where a sync's time went: its stages, from the run's own event log, and what its models and tables took."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.builds.processes import Sample, Took

# Step names of the nightly job by how they begin; what comes before the first step and after the last is no step.
STAGES = {
    "extract_": "extraction",
    "warehouse": "models",
    "analytics": "analytics",
    "publish__marts": "publish",
    "publish__": "pages",
}
BEFORE, AFTER = "start", "end"
# The models that say who is who, over all people every night.
IDENTITY = (
    "int_identifiers",
    "int_customer",
    "int_thread_customers",
    "int_person_customers",
    "dim_customers",
    "customer_",
)


def stages(home: Path, took: Took) -> dict[str, dict[str, float]]:
    """{stage: {"wall": seconds, "cpu": seconds, "memory": most bytes sampled}} of the newest run."""
    spans = _spans(home)
    first, last = min(begun for _, begun, _ in spans), max(ended for _, _, ended in spans)
    samples = took.samples
    spans += [(BEFORE, samples[0].moment, first), (AFTER, last, samples[-1].moment)]
    found: dict[str, dict[str, float]] = {}
    for stage, begun, ended in spans:
        part = found.setdefault(stage, {"wall": 0.0, "cpu": 0.0, "memory": 0})
        inside = [s.memory for s in samples if begun <= s.moment <= ended]
        part["wall"] += ended - begun
        part["cpu"] += _cpu(samples, ended) - _cpu(samples, begun)
        part["memory"] = max(part["memory"], *inside, 0)
    return found


def built(home: Path) -> dict[str, Any]:
    """Wall seconds of dbt's nodes by what they are, the dearest models and tables, and rows of both."""
    kept = json.loads((home / "raw" / "_state" / "standing.json").read_text(encoding="utf-8"))
    manifest = json.loads((home / "dbt" / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    nodes = {
        name: node["seconds"]
        for name, node in kept["dbt"]["nodes"].items()
        if name in manifest and node["seconds"]
    }
    models = {name.split(".")[2]: seconds for name, seconds in nodes.items() if name.startswith("model.")}
    sums: dict[str, float] = {}
    for name, seconds in nodes.items():
        kind = _kind(name, manifest[name])
        sums[kind] = sums.get(kind, 0.0) + seconds
    tables = {name: table["seconds"] for name, table in kept["analytics"]["tables"].items()}
    return {
        "nodes": sums,
        "identity": sum(seconds for name, seconds in models.items() if name.startswith(IDENTITY)),
        "segments": sum(seconds for name, seconds in tables.items() if "segments" in name),
        "models": _dearest(models),
        "tables": _dearest(tables),
    }


def _kind(name: str, node: Mapping[str, Any]) -> str:
    return "tests" if name.startswith("test.") else f"{node['config']['materialized']} models"


def _dearest(seconds: Mapping[str, float], most: int = 12) -> dict[str, float]:
    return dict(sorted(seconds.items(), key=lambda entry: -entry[1])[:most])


def _spans(home: Path) -> list[tuple[str, float, float]]:
    """(stage, begin, end) of every step of the newest run, in epoch seconds."""
    logs = [path for path in (home / "dagster" / "history" / "runs").glob("*.db") if path.stem != "index"]
    rows = max((_steps(path) for path in logs), key=lambda steps: steps[-1:])
    steps: dict[str, dict[str, float]] = {}
    for moment, event, step in rows:
        steps.setdefault(step, {})[event] = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
    return [(_stage(step), times["STEP_START"], times["STEP_SUCCESS"]) for step, times in steps.items()]


def _steps(log: Path) -> list[tuple[str, str, str]]:
    """(moment, event, step) in time."""
    with closing(sqlite3.connect(log)) as con:
        return con.execute(
            "select timestamp, dagster_event_type, step_key from event_logs"
            " where dagster_event_type in ('STEP_START', 'STEP_SUCCESS') order by id"
        ).fetchall()


def _stage(step: str) -> str:
    return next(stage for beginning, stage in STAGES.items() if step.startswith(beginning))


def _cpu(samples: Sequence[Sample], moment: float) -> float:
    """CPU seconds at a moment: of the sample after it."""
    place = bisect_left(samples, moment, key=lambda sample: sample.moment)
    return samples[min(place, len(samples) - 1)].cpu
