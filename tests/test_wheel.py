"""The wheel, outside any checkout and without the lock: what is in it, and a sync with the newest DuckDB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from homes import PATIENCE, ROOT

pytestmark = pytest.mark.slow

PROJECT = "chat_pipeline/_project/"


def run(*arguments: str | Path, cwd: Path, expected: int = 0, **more: str) -> str:
    """Standard output of a command that ends as expected."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("CHAT_PIPELINE_HOME", "DAGSTER_HOME", "PYTHONPATH", "VIRTUAL_ENV")
    }
    done = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env={**kept, **more},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ".", cwd=ROOT)
    return next(folder.glob("chat_pipeline-*.whl"))


def below(folder: str, pattern: str) -> set[str]:
    """Files of the checkout as the wheel should name them."""
    return {PROJECT + path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob(pattern)}


def test_it_carries_the_project_and_no_tests(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    models = below("dbt_project/models", "*.sql") | below("dbt_project/models", "*.yml")
    models |= below("dbt_project/models", "*.py") | below("dbt_project/macros", "*.sql")
    assert models | below("dbt_project/tests", "*.sql") <= names
    assert below("expectations", "*.json") <= names
    assert {PROJECT + "dbt_project/dbt_project.yml", PROJECT + "dbt_project/profiles.yml"} <= names
    package = {path.relative_to(ROOT).as_posix() for path in (ROOT / "chat_pipeline").rglob("*.py")}
    assert package <= names
    others = {name for name in names if not name.startswith("chat_pipeline/") and ".dist-info/" not in name}
    assert others == set()
    inside = {name.removeprefix(PROJECT + "dbt_project/tests") for name in names}
    assert not [name for name in inside if "tests/" in name or "/target/" in name or name.endswith(".duckdb")]


def test_it_syncs_outside_a_checkout_with_the_newest_duckdb(wheel: Path, tmp_path: Path):
    bin_ = tmp_path / "environment" / "bin"
    run(sys.executable, "-m", "venv", "--without-pip", bin_.parent, cwd=tmp_path)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", bin_ / "python")
    run(*pip, "install", "--quiet", "--no-compile", wheel, cwd=tmp_path)
    duckdb_version = run(bin_ / "python", "-c", "import duckdb; print(duckdb.__version__)", cwd=tmp_path)
    assert duckdb_version.startswith("2.")

    def chat_pipeline(home: str, *arguments: str, expected: int = 0) -> str:
        at_home = {"HOME": str(tmp_path)}  # where what belongs to no home is kept
        command = (bin_ / "chat-pipeline", "--home", tmp_path / home, *arguments)
        return run(*command, cwd=tmp_path, expected=expected, **at_home)

    chat_pipeline("empty", "init")
    template = (tmp_path / "empty" / "chat_pipeline.toml").read_text(encoding="utf-8")
    assert "[shop]" in template
    assert sorted(folder.name for folder in (tmp_path / "empty" / "exports").iterdir()) == sources()

    chat_pipeline("demo", "demo", "--small")
    # 3: the demo holds a file that is broken on purpose.
    chat_pipeline("demo", "sync", expected=3)
    status = json.loads(chat_pipeline("demo", "status", "--json"))
    assert status["publication"]["version"] == 1
    assert status["publication"]["rows"]["marts.fct_messages"] > 0
    assert {source["name"] for source in status["sources"]} == set(sources_of_the_demo(tmp_path))
    report = (tmp_path / "demo" / "reports" / "latest.html").read_text(encoding="utf-8")
    assert "The numbers" in report


def sources() -> list[str]:
    from chat_pipeline.sources import discover

    return list(discover())


def sources_of_the_demo(folder: Path) -> list[str]:
    return [found.name for found in (folder / "demo" / "exports").iterdir()]
