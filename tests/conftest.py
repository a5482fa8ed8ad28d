"""Fixtures shared by the suites: empty homes, and one small home synced once and copied."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from homes import SHARED_REAL

from chat_pipeline.collecting import collect_rarely
from chat_pipeline.home import Home
from chat_pipeline.settings import Settings, load_settings

# As the command does: the same tests in less time.
collect_rarely()
# Homes of tests keep their runs in themselves, wherever a developer's shell points.
os.environ.pop("DAGSTER_HOME", None)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The default settings."""
    return load_settings(None)


@pytest.fixture(scope="session")
def real_files() -> Path:
    """Vendors' own files, kept beside the project because of their licences."""
    if not SHARED_REAL.is_dir():
        pytest.skip("the folder of vendors' files (shared/real) is not beside the checkout")
    return SHARED_REAL.resolve()


@pytest.fixture(scope="session")
def synced_demo() -> Callable[[Path, int, int], Home]:
    """Makes a home with a demo shop of so many conversations and days, and syncs it."""

    def make(root: Path, conversations: int, days: int) -> Home:
        from chat_pipeline.demo import generate, write_demo_settings
        from chat_pipeline.demo_mark import write_mark
        from chat_pipeline.run import run_nightly

        made = Home(root)
        made.exports.mkdir(parents=True)
        generate(made.root, conversations=conversations, days=days)
        write_demo_settings(made.settings_file, days=days)
        write_mark(made)
        outcome = run_nightly(made, load_settings(made.settings_file))
        assert outcome.success, outcome.failures
        return made

    return make


@pytest.fixture(scope="session")
def shared_demo(
    synced_demo: Callable[[Path, int, int], Home], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, int, int], Home]:
    """A demo home by name, made by the first worker of the session that asks for it."""
    base = tmp_path_factory.getbasetemp()

    def make(name: str, conversations: int, days: int) -> Home:
        folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made = Home(folder / "home")
            return made if made.current.exists() else synced_demo(made.root, conversations, days)

    return make


@pytest.fixture(scope="session")
def demo_home_once(shared_demo: Callable[[str, int, int], Home]) -> Home:
    """The small demo shop, synced once for the whole session. Not to be changed: take `demo_home`."""
    return shared_demo("small-demo", 300, 30)


@pytest.fixture(scope="session")
def larger_demo_once(shared_demo: Callable[[str, int, int], Home]) -> Home:
    """A larger demo shop for the slow tests, synced once. Not to be changed."""
    return shared_demo("larger-demo", 2000, 60)


@pytest.fixture
def demo_home(demo_home_once: Home, tmp_path: Path) -> Home:
    """A copy of the synced small demo shop."""
    copied = tmp_path / "demo"
    shutil.copytree(demo_home_once.root, copied, symlinks=True)
    return Home(copied)
