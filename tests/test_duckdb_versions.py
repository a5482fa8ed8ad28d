"""The published file and its months of Parquet open in every DuckDB since 1.0: each in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from homes import PATIENCE

from chat_pipeline.home import Home

pytestmark = pytest.mark.slow

VERSIONS = ("1.0.0", "1.1.3", "1.3.2", "1.5.5", "2.0.0")
CLIENT = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
print(duckdb.__version__)
print(con.execute("select count(*), count(distinct conversation_key), count(text), max(sent_at) is not null from marts.fct_messages").fetchone())
print(len(con.execute("select * from analytics.metrics limit 5").fetchall()))
print(con.execute(
    "select count(*), count(comment) from duckdb_columns() where schema_name in ('marts', 'analytics')"
).fetchone())
print(con.execute(
    "select count(*), count(comment) from duckdb_tables() where schema_name in ('marts', 'analytics')"
).fetchone())
folder = sys.argv[2] + "/parquet/marts/fct_messages"
print(con.execute(f"select count(*), count(text), count(distinct filename) > 1 from read_parquet('{folder}/*.parquet', filename=true)").fetchone())
for (schema, table) in con.execute("select schema_name, table_name from duckdb_tables()").fetchall():
    con.execute(f'select * from {schema}."{table}" order by all limit 3').fetchall()
"""


def install(folder: Path, wanted: str) -> Path:
    """A Python that has this version of DuckDB alone. Skips where there is no wheel of it for this Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=PATIENCE)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    done = subprocess.run(
        [*pip, "install", "--quiet", "--no-deps", "--only-binary", ":all:", f"duckdb=={wanted}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if "No matching distribution found" in done.stderr:
        pytest.skip(f"no wheel of DuckDB {wanted} for Python {sys.version.split()[0]}")
    assert done.returncode == 0, done.stderr
    return python


@pytest.mark.parametrize("wanted", VERSIONS)
def test_the_publication_opens_with_all_its_comments(wanted: str, demo_home_once: Home, tmp_path: Path):
    python = install(tmp_path / "environment", wanted)
    done = subprocess.run(
        [str(python), "-I", "-c", CLIENT, str(demo_home_once.published), str(demo_home_once.current)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    version, messages, metrics, columns, tables, months = done.stdout.splitlines()
    assert (version, metrics) == (wanted, "5")
    assert messages.endswith("True)")
    counts = messages.strip("()").split(", ")
    assert months == f"({counts[0]}, {counts[2]}, True)"
    for counted in (columns, tables):
        everything, commented = counted.strip("()").split(", ")
        assert int(everything) == int(commented) > 0
