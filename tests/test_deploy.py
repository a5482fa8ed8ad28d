"""What stands in deploy/: units that systemd accepts, commands and files that are there, Dagster's runs in PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from chat_pipeline import resources
from chat_pipeline.cli import app
from chat_pipeline.dagster_home import prepare_dagster_home
from chat_pipeline.home import Home

ROOT = Path(__file__).resolve().parents[1]
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
DOCKER = ROOT / "deploy" / "docker"
PROGRAM = "/opt/chat_pipeline/.venv/bin/chat-pipeline"


def commands() -> set[str]:
    return set(typer.main.get_command(app).commands)


@pytest.mark.slow
def test_systemd_accepts_the_units(tmp_path: Path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
    for unit in UNITS:
        # Verified is also that the program is there; which is not where it will be.
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / unit.name) for unit in UNITS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name
)
def test_units_start_commands_that_exist(unit: Path):
    (call,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    program, option, home, command = call.split()
    assert (program, option) == (PROGRAM, "--home")
    assert command in commands()
    assert f"ReadWritePaths={home}" in unit.read_text()


def test_compose_and_dockerfile_name_what_is_there():
    compose = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    for service in compose["services"].values():
        build = service["build"]
        context = DOCKER / build["context"]
        assert context.resolve() == ROOT
        assert (context / build["dockerfile"]).is_file()
        assert service["command"][0] in commands()
    copied = [
        name
        for line in re.findall(r"^COPY (.*) \S+$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
        for name in line.split()
    ]
    kept = set(re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert set(copied) == kept
    assert [name for name in copied if not (ROOT / name).exists()] == []


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    """The address of a PostgreSQL of its own, with an empty database `dagster`."""
    pytest.importorskip("dagster_postgres", reason="needs pip install 'chat-pipeline[postgres]'")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if not found:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    folder = Path("/tmp") / f"chat-pipeline-postgres-{os.getpid()}"  # sockets need a short path
    folder.mkdir()
    # The server refuses to be root.
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *arguments: str) -> None:
        command = [*as_user, str(found[-1] / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd=folder)

    data = str(folder / "data")
    run("initdb", "-D", data, "-A", "trust", "-U", "chat", "--no-sync")
    run(
        "pg_ctl",
        "-D",
        data,
        "-w",
        "-l",
        str(folder / "log"),
        "-o",
        f"-c listen_addresses= -k {folder}",
        "start",
    )
    try:
        run("createdb", "-h", str(folder), "-U", "chat", "dagster")
        yield f"postgresql+psycopg2://chat@/dagster?host={folder}"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.mark.slow
def test_runs_are_kept_told_and_swept_in_postgres(home: Home, postgres: str, monkeypatch: pytest.MonkeyPatch):
    from datetime import UTC, datetime, timedelta

    from dagster import job, op

    from chat_pipeline.schedules import run_problems

    @op
    def fails():
        raise ValueError("on purpose")

    @job
    def small():
        fails()

    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("CHAT_PIPELINE_POSTGRES", postgres)
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (documented,) = re.findall(r"```yaml\n(storage:.*?)```", page, re.DOTALL)
    file = prepare_dagster_home(home) / "dagster.yaml"
    file.write_text(file.read_text() + documented)
    with resources.home_instance(home) as instance:
        dead = instance.create_run_for_job(small)
        instance.report_run_canceling(dead)
        run_id = small.execute_in_process(instance=instance, raise_on_error=False).run_id
        resources.end_dead_runs(instance, home, run_id)
    with resources.home_instance(home) as instance:
        assert instance.get_run_by_id(dead.run_id).status.value == "FAILURE"
        assert "on purpose" in str(run_problems(instance, run_id))
        assert not list(home.dagster.rglob("*.db"))
        later = datetime.now(UTC) + timedelta(days=1)
        assert set(resources.sweep_runs(instance, home, later)) == {dead.run_id, run_id}
        assert instance.get_run_by_id(run_id) is None
