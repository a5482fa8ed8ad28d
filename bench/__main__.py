"""`python -m bench [SHAPE ...]`: measure shapes; the row of each is printed and kept in docs/performance.md at once."""

from __future__ import annotations

import argparse
import fnmatch
import tempfile
from pathlib import Path

from bench.blobs import measure_blobs
from bench.cases import CASES
from bench.document import BLOBS, HEADER, row_of, write_part, write_row
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
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder), chosen.runs)
        if wanted:
            bench.shape(wanted[0], 1)  # imports, the first context of Great Expectations
            print(HEADER, flush=True)
        for case in wanted:
            row = row_of(bench.shape(case, int(chosen.size * 1e6)), chosen.runs)
            print(row, flush=True)
            if not chosen.no_document:
                write_row(row)
        if not chosen.shapes or BLOBS in chosen.shapes:
            text = measure_blobs(bench)
            print(text, flush=True)
            if not chosen.no_document:
                write_part(BLOBS, text)


if __name__ == "__main__":
    main()
