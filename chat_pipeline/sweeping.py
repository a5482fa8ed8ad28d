"""What is swept at the end of each run, under its lock: old logs and old publications.

Old runs are Dagster's (`resources.py`); the rows of raw are kept and thinned by `extract/`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chat_pipeline.home import Home
from chat_pipeline.publish import sweep_versions

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


def sweep(home: Home, settings: Settings, at: datetime) -> None:
    """Remove what settings no longer keep at `at` (UTC). Raises OSError where a file can't be removed."""
    sweep_logs(home, at - settings.retention.logs)
    if home.current.exists():
        sweep_versions(home, settings.publish.keep)


def sweep_logs(home: Home, before: datetime) -> list[str]:
    """Remove files of `logs/` that were last written to before; returns their names."""
    gone = []
    for file in sorted(home.logs.rglob("*")) if home.logs.is_dir() else []:
        if file.is_file() and not file.is_symlink() and _written(file.stat().st_mtime) < before:
            file.unlink()
            gone.append(file.relative_to(home.logs).as_posix())
    return gone


def _written(seconds: float) -> datetime:
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)
