"""`python -m bench [SHAPE ...]`: measure shapes, print their table and keep it in docs/performance.md."""

from __future__ import annotations

import argparse
import fnmatch
import tempfile
from pathlib import Path

from bench.blobs import measure_blobs
from bench.cases import CASES
from bench.document import BLOBS, table_of, write_part
from bench.measure import Bench


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "shapes", nargs="*", help="shapes to measure, as rasa/* or ga4/bigquery_ndjson; all without any"
    )
    parser.add_argument("--size", type=float, default=30, help="megabytes of each export")
    parser.add_argument(
        "--runs", type=int, default=3, help="runs of each measurement, of which the best counts"
    )
    parser.add_argument("--no-document", action="store_true", help="leave docs/performance.md as it is")
    chosen = parser.parse_args()
    wanted = [c for c in CASES if not chosen.shapes or any(fnmatch.fnmatch(c.name, p) for p in chosen.shapes)]
    parts: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder), chosen.runs)
        if wanted:
            bench.shape(wanted[0], 1)  # imports, the first context of Great Expectations
        for case in wanted:
            parts[case.name] = table_of(bench.shape(case, int(chosen.size * 1e6)), chosen.runs)
            print(parts[case.name], flush=True)
        if not chosen.shapes or BLOBS in chosen.shapes:
            parts[BLOBS] = measure_blobs(bench)
            print(parts[BLOBS], flush=True)
    if not chosen.no_document:
        for name, text in parts.items():
            write_part(name, text)


if __name__ == "__main__":
    main()
