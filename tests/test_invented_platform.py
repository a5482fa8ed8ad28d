"""A platform dropped into the four places arrives in the marts, and the contract suite says what it lacks.

`invented/` holds the four places as they lie in a checkout: a new platform is these files and no edit.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from homes import PATIENCE, ROOT, environment, version

from chat_pipeline.home import Home

pytestmark = pytest.mark.slow

INVENTED = Path(__file__).parent / "invented"
PLACES = (
    "chat_pipeline/sources/acme.py",
    "dbt_project/models/staging/acme",
    "expectations/acme",
    "tests/sources/acme",
)
PARTS = ("chat_pipeline", "dbt_project", "expectations", "tests", "pyproject.toml")
MADE_AGAIN = shutil.ignore_patterns("target", "logs", "__pycache__", "invented", ".*")
FAILING_TEST = "select 1 as row_that_must_not_be from {{ ref('fct_messages') }}\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with the invented platform in it."""
    folder = tmp_path_factory.mktemp("invented") / "checkout"
    folder.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=MADE_AGAIN)
        else:
            shutil.copy2(ROOT / part, folder / part)
    assert not any((folder / place).exists() for place in PLACES)
    shutil.copytree(INVENTED, folder, dirs_exist_ok=True, ignore=MADE_AGAIN)
    assert all((folder / place).exists() for place in PLACES)
    return folder


def python(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=checkout,
        env=environment(PYTHONPATH=str(checkout)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def contract(checkout: Path, select: str) -> subprocess.CompletedProcess[str]:
    return python(checkout, "pytest", "tests/test_source_contract.py", "-p", "no:cacheprovider", "-k", select)


def test_it_arrives_and_a_failed_test_of_dbt_keeps_it(checkout: Path, tmp_path: Path):
    home = Home(tmp_path / "home")
    shutil.copytree(checkout / "tests" / "sources" / "acme" / "export", home.exports / "acme")
    sync = ("chat_pipeline.cli", "--home", str(home.root), "sync")
    done = python(checkout, *sync)
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(home.published), read_only=True) as con:
        rows = con.execute(
            "select thread_id, author, text from marts.fct_messages where platform = 'acme' order by sent_at"
        ).fetchall()
        source = con.execute("select source from marts.publication where source <> ''").fetchall()
    assert rows == [
        ("t-1", "bot", "Hello!"),
        ("t-1", "user", "Where is my order?"),
        ("t-2", "user", 'It\'s "late"'),
    ]
    assert ("acme",) in source

    failing = checkout / "dbt_project" / "tests" / "assert_there_are_no_messages.sql"
    failing.write_text(FAILING_TEST)
    try:
        done = python(checkout, *sync)
    finally:
        failing.unlink()
    assert (done.returncode, version(home)) == (1, 1)
    assert "assert_there_are_no_messages" in done.stderr
    assert "the marts of before stand" in done.stderr


def test_the_contract_suite_knows_it(checkout: Path):
    done = contract(checkout, "acme")
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_what_is_absent_is_told_in_one_message(checkout: Path, tmp_path: Path):
    told: dict[str, str] = {}
    for place in PLACES:
        (checkout / place).rename(tmp_path / "aside")
        done = contract(checkout, "(four_places and acme) or no_place")
        (tmp_path / "aside").rename(checkout / place)
        assert done.returncode == 1, done.stdout
        assert "1 failed" in done.stdout
        told[place] = done.stdout
    module, staging, expectations, fixtures = told.values()
    for place in PLACES[1:]:
        assert f"{checkout / place}: there is no chat_pipeline/sources/acme" in module
    assert "models/staging/acme/_acme.yml" in staging
    assert "stg_acme__messages.sql" in staging
    assert "expectations/acme/talks.json" in expectations
    for part in ("export", "expected", "broken/talks"):
        assert f"tests/sources/acme/{part}" in fixtures
