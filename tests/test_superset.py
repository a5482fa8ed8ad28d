"""Superset, started anew: takes the shipped dashboard in and draws every chart of it from the published file."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import requests
from homes import PATIENCE, ROOT

from chat_pipeline.home import Home

pytestmark = pytest.mark.slow

# It needs older packages than ours, hence an environment of its own, which is kept. The three last are those that it
# needs and does not ask for, or asks for too new.
KEPT = ROOT / "data" / "superset"
NEEDED = (
    "apache-superset==6.1.0",
    "duckdb-engine==0.17.0",
    "duckdb==1.5.5",
    "flask-caching<2.4",
    "cachetools",
    "rich",
)
SHIPPED = ROOT / "deploy" / "superset"
SHIPPED_HOME = "/home/shop/chat"
PORT = 8098
ADDRESS = f"http://127.0.0.1:{PORT}"
USER = {"username": "admin", "password": "only-for-this-test"}
CONFIG = """
SECRET_KEY = "only-for-this-test-which-ends-soon-42"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
WTF_CSRF_ENABLED = False
"""


def installed() -> Path:
    """Superset's command; installs it unless an earlier run did."""
    mark, wanted = KEPT / "installed", "\n".join(NEEDED)
    if not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(KEPT, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(KEPT)], check=True, timeout=PATIENCE)
        pip = [
            str(KEPT / "bin" / "pip"),
            "--disable-pip-version-check",
            "install",
            "--quiet",
            "--no-compile",
            *NEEDED,
        ]
        done = subprocess.run(pip, capture_output=True, text=True, timeout=PATIENCE, check=False)
        if "No matching distribution found" in done.stderr:
            pytest.skip(f"no Superset for Python {sys.version.split()[0]}: {done.stderr[-300:]}")
        assert done.returncode == 0, done.stderr
        mark.write_text(wanted, encoding="utf-8")
    return KEPT / "bin" / "superset"


@contextmanager
def superset(program: Path, folder: Path) -> Iterator[requests.Session]:
    """A Superset of its own and a session of its administrator."""
    config = folder / "superset_config.py"
    config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
    told = {"SUPERSET_CONFIG_PATH": str(config), "SUPERSET_HOME": str(folder), "FLASK_APP": "superset"}
    environment = {**os.environ, **told}
    admin = ["--username", USER["username"], "--password", USER["password"]]
    admin += ["--firstname", "A", "--lastname", "B", "--email", "a@example.com"]
    for step in (["db", "upgrade"], ["fab", "create-admin", *admin], ["init"]):
        subprocess.run([str(program), *step], env=environment, check=True, capture_output=True, timeout=300)
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [str(program), "run", "-p", str(PORT)], env=environment, stdout=log, stderr=log
        )
    try:
        yield session()
    finally:
        server.terminate()
        server.wait(30)


def session() -> requests.Session:
    made = requests.Session()
    for _ in range(120):
        try:
            requests.get(f"{ADDRESS}/health", timeout=2)
            break
        except requests.ConnectionError:
            time.sleep(1)
    answer = made.post(f"{ADDRESS}/api/v1/security/login", json={**USER, "provider": "db"}, timeout=60)
    made.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return made


def bundle(home: Home) -> io.BytesIO:
    """What is shipped as the archive that Superset takes, with the path of this home."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(SHIPPED.rglob("*.yaml")):
            text = file.read_text(encoding="utf-8").replace(SHIPPED_HOME, str(home.root))
            archive.writestr(f"superset/{file.relative_to(SHIPPED)}", text)
    packed.seek(0)
    return packed


def drawn(home: Home, program: Path, folder: Path) -> dict[str, list[dict[str, object]]]:
    """{chart of the dashboard: rows} of a Superset that has imported it."""
    with superset(program, folder) as api:
        done = api.post(
            f"{ADDRESS}/api/v1/dashboard/import/", files={"formData": ("d.zip", bundle(home))}, timeout=120
        )
        assert done.status_code == 200, done.text
        charts = api.get(f"{ADDRESS}/api/v1/dashboard/chatbot/charts", timeout=60).json()["result"]
        rows = {}
        for chart in charts:
            answer = api.get(f"{ADDRESS}/api/v1/chart/{chart['id']}/data/", timeout=60)
            assert answer.status_code == 200, (chart["slice_name"], answer.text)
            rows[chart["slice_name"]] = answer.json()["result"][0]["data"]
        return rows


def judge(home: Home, charts: dict[str, list[dict[str, object]]]) -> None:
    assert len(charts) == len(list((SHIPPED / "charts").glob("*.yaml")))
    assert all(charts.values())
    with duckdb.connect(str(home.published), read_only=True) as con:
        ended = con.execute(
            "select outcome, count(*) from analytics.conversation_outcomes"
            " where state = 'judged' and not is_test group by outcome"
        ).fetchall()
    assert {(row["outcome"], row["conversations"]) for row in charts["How conversations ended"]} == set(ended)


def test_the_shipped_dashboard_draws_the_published_file(demo_home_once: Home, tmp_path: Path):
    judge(demo_home_once, drawn(demo_home_once, installed(), tmp_path))
