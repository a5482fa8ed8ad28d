"""Tableau's own engine, Hyper, reads each published Parquet file and gets the same numbers; what it then stores is an
extract (`.hyper`), which Tableau Desktop, Server and Cloud open."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from homes import PATIENCE, ROOT

from chat_pipeline.home import Home

pytestmark = pytest.mark.slow

# 90 MB, 300 unpacked: an environment of its own, which is kept. Apache 2.0.
KEPT = ROOT / "data" / "hyper"
NEEDED = "tableauhyperapi==0.0.26963"
SCRIPT = ROOT / "deploy" / "tableau" / "extract.py"
FIGURES = (
    "select count(*), count(distinct conversation_key), count(text), max(sent_at) from marts.fct_messages",
    "select count(*), sum(user_message_count), min(started_date), count(case when is_test then 1 end) from marts.fct_conversations",
    "select count(*), sum(numerator), sum(denominator), round(sum(value), 4), max(period_start) from analytics.metrics where dimension <> 'all'",
    "select funnel, sum(entered), sum(open) from analytics.funnel_steps where grain = 'month' and dimension = 'all' group by funnel order by funnel",
    "select count(*), round(sum(net_amount), 2) from marts.fct_orders where is_counted",
)
# Reads the extract back: the rows of each figure, and of each table how many.
READ = """
import json, sys
from tableauhyperapi import Connection, HyperProcess, Telemetry
with HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}) as hyper:
    with Connection(hyper.endpoint, sys.argv[1]) as con:
        tables = [t for schema in ("marts", "analytics") for t in con.catalog.get_table_names(schema)]
        counts = {str(t).replace('"', ""): con.execute_scalar_query(f"select count(*) from {t}") for t in tables}
        figures = [con.execute_list_query(sql) for sql in json.loads(sys.argv[2])]
print(json.dumps([counts, figures], default=str))
"""


def python() -> Path:
    """A Python with Hyper; installs it unless an earlier run did."""
    mark, made = KEPT / "installed", KEPT / "bin" / "python"
    if mark.is_file() and mark.read_text(encoding="utf-8") == NEEDED:
        return made
    shutil.rmtree(KEPT, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(KEPT)], check=True, timeout=PATIENCE)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(made)]
    done = subprocess.run(
        [*pip, "install", "--quiet", "--no-compile", "--only-binary", ":all:", NEEDED],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if "No matching distribution found" in done.stderr:
        pytest.skip(f"no Hyper for this system: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    mark.write_text(NEEDED, encoding="utf-8")
    return made


def ran(*call: str | Path) -> str:
    done = subprocess.run(list(map(str, call)), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_extract_of_all_that_is_published_holds_the_same_numbers(demo_home_once: Home, tmp_path: Path):
    hyper, extract = python(), tmp_path / "chat.hyper"
    ran(hyper, "-I", SCRIPT, demo_home_once.current, extract)
    counts, figures = json.loads(ran(hyper, "-I", "-c", READ, extract, json.dumps(FIGURES)))
    with duckdb.connect(str(demo_home_once.published), read_only=True) as con:
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'analytics')"
        ).fetchall()
        expected = {
            f"{schema}.{table}": con.execute(f"select count(*) from {schema}.{table}").fetchall()[0][0]
            for schema, table in tables
        }
        ours = [con.execute(sql).fetchall() for sql in FIGURES]
    assert counts == expected
    assert max(counts.values()) > 1000
    assert figures == json.loads(json.dumps(ours, default=str))
