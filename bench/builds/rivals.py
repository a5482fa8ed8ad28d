"""`python -m bench.builds.rivals NAME HOME OUT`: the same work without the product, in this process; prints what it took.

`copy`: the exports as they are to Parquet by DuckDB. `by_hand`: raw to core tables by one script. `pandas`, `dlt`: the
exports to Parquet, and to a DuckDB file; `dlt` as it does without options (lists become tables of their own, as raw's
events do), `dlt_spared` with those that make it fastest. Imports, and for the copy the finding of types, are not
counted.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb

from bench.builds.inputs import ARRAY_FORM, PARQUET_FORM, TABLE_FORM, Input, bare_select, inputs, records
from chat_pipeline import engine
from chat_pipeline.reading import sql_text
from chat_pipeline.settings import load_settings

SCRIPT = Path(__file__).with_name("by_hand.sql")
CORE = ("messages", "customers", "orders", "sessions", "conversations", "metrics")
BATCH = 10_000
Work = Callable[[], dict[str, int]]


def copy(home: Path, out: Path) -> Work:
    selects = {one.name: bare_select(one) for one in inputs(home / "exports")}

    def work() -> dict[str, int]:
        rows = {}
        with engine.connect(load_settings(home / "chat_pipeline.toml"), out / "spill") as con:
            for name, select in selects.items():
                path = sql_text(str(out / f"{name}.parquet"))
                found = con.execute(
                    f"copy ({select}) to {path} (format parquet, compression zstd)"
                ).fetchone()
                rows[name] = found[0] if found else 0
        return rows

    return work


def by_hand(home: Path, out: Path) -> Work:
    def work() -> dict[str, int]:
        limit = engine.memory_limit(load_settings(home / "chat_pipeline.toml"))
        with duckdb.connect(str(out / "by_hand.duckdb"), config={"memory_limit": limit}) as con:
            con.execute(f"set variable raw = {sql_text(str(home / 'raw'))}")
            con.execute(SCRIPT.read_text(encoding="utf-8"))
            return {name: con.execute(f"select count(*) from {name}").fetchall()[0][0] for name in CORE}

    return work


def pandas(home: Path, out: Path) -> Work:
    import pandas as pd

    # pandas would import it within the time.
    import_module("pyarrow.parquet")

    def frame(one: Input, path: Path) -> Any:
        if one.form == TABLE_FORM:
            return pd.read_csv(path, dtype=str)
        if one.form == PARQUET_FORM:
            return pd.read_parquet(path)
        if one.form == ARRAY_FORM:
            return pd.DataFrame(list(records(one, path)))
        return pd.read_json(path, lines=True, dtype=False)

    def work() -> dict[str, int]:
        rows: dict[str, int] = {}
        for one in inputs(home / "exports"):
            for number, path in enumerate(one.paths):
                table = frame(one, path)
                for name, column in table.items():
                    if column.map(
                        lambda value: isinstance(value, list | dict) or hasattr(value, "tolist")
                    ).any():
                        table[name] = column.map(_as_text)
                table.astype(str).to_parquet(out / f"{one.name}_{number}.parquet", compression="zstd")
                rows[one.name] = rows.get(one.name, 0) + len(table)
        return rows

    return work


def dlt(home: Path, out: Path) -> Work:
    """Rows as dictionaries, as dlt's own readers of CSV and Parquet hand them on."""
    import pandas as pd
    from pyarrow.parquet import ParquetFile

    def batches(one: Input) -> Any:
        for path in one.paths:
            if one.form == TABLE_FORM:
                yield from (part.to_dict(orient="records") for part in pd.read_csv(path, chunksize=BATCH))
            elif one.form == PARQUET_FORM:
                yield from (part.to_pylist() for part in ParquetFile(path).iter_batches(BATCH))
            else:
                yield from _lists(one, path)

    return _pipeline(home, out, batches)


def dlt_spared(home: Path, out: Path) -> Work:
    import pyarrow.csv
    import pyarrow.parquet

    def batches(one: Input) -> Any:
        for path in one.paths:
            if one.form == TABLE_FORM:
                yield pyarrow.csv.read_csv(path)
            elif one.form == PARQUET_FORM:
                yield pyarrow.parquet.read_table(path)
            else:
                yield from _lists(one, path)

    return _pipeline(home, out, batches, nesting=0, file_format="parquet")


def _lists(one: Input, path: Path) -> Iterator[list[dict[str, Any]]]:
    found = list(records(one, path))
    yield from (found[first : first + BATCH] for first in range(0, len(found), BATCH))


def _pipeline(
    home: Path,
    out: Path,
    batches: Callable[[Input], Any],
    *,
    nesting: int | None = None,
    file_format: Any = None,
) -> Work:
    import dlt

    def work() -> dict[str, int]:
        pipeline = dlt.pipeline(
            "bench",
            pipelines_dir=str(out / "pipelines"),
            destination=dlt.destinations.duckdb(str(out / "dlt.duckdb")),
            dataset_name="raw",
        )
        resources = [
            dlt.resource(batches(one), name=one.name, max_table_nesting=nesting, write_disposition="replace")
            for one in inputs(home / "exports")
        ]
        pipeline.run(resources, loader_file_format=file_format).raise_on_failed_jobs()
        return dict(pipeline.last_trace.last_normalize_info.row_counts)

    return work


def _as_text(value: Any) -> str:
    return json.dumps(value, default=lambda inner: inner.tolist())


RIVALS: dict[str, Callable[[Path, Path], Work]] = {
    "copy": copy,
    "by_hand": by_hand,
    "pandas": pandas,
    "dlt": dlt,
    "dlt_spared": dlt_spared,
}


def main(name: str, home: str, out: str) -> None:
    Path(out).mkdir(parents=True)
    work = RIVALS[name](Path(home), Path(out))
    wall, cpu = time.perf_counter(), time.process_time()
    rows = work()
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**took, "peak": peak, "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
