"""Backup of a home: what can't be made anew. Settings, own expectations and raw with what it remembers;
not the exports, which are the user's, nor warehouse, marts and Dagster's runs.

A `.tar` file or a folder, with a list of its files and their SHA-256; made and restored under the home's lock.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from chat_pipeline import __version__
from chat_pipeline.disk import flush
from chat_pipeline.home import DEMO_MARK, SETTINGS_NAME, Home
from chat_pipeline.layout import check_layout
from chat_pipeline.lock import home_lock

LIST_NAME = "backup.json"
STATE_NAME = "backups.json"
PARTS = ("raw", "expectations", DEMO_MARK, SETTINGS_NAME)


class BackupError(Exception):
    """A backup that can't be made or restored; the text says why and what to do."""


def make_backup(home: Home, target: Path) -> int:
    """Write a new backup; the number of its files. `target`: a file that ends in .tar, or a new folder."""
    target = target.expanduser().resolve()
    if target.exists():
        raise BackupError(f"{target} is there already: choose another name, or take it away first")
    if target.is_relative_to(home.raw):
        raise BackupError(f"{target} lies in what is to be backed up: choose a place outside of {home.raw}")
    if not home.raw.is_dir():
        raise BackupError(f"{home.root} holds no raw data yet: there is nothing to back up")
    aside = target.with_name(f".{target.name}.partial")
    with home_lock(home):
        files = _files(home)
        listed = {name: _digest(path) for name, path in files.items()}
        about = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "written_by": __version__}
        contents = json.dumps({**about, "files": listed}, indent=1)
        _remove(aside)
        write = _write_tar if target.suffix == ".tar" else _write_folder
        write(aside, files, contents)
        flush(aside)
        aside.rename(target)
        flush(target.parent)
        _remember(home, target)
    return len(files)


def restore_backup(home: Home, backup: Path) -> int:
    """Put a backup into a home without data; the number of its files. Its next sync makes the marts."""
    backup = backup.expanduser().resolve()
    taken = [name for name in PARTS if (home.root / name).exists()]
    if taken:
        raise BackupError(
            f"{home.root} is in use ({', '.join(taken)}): restore into a new folder with --home"
        )
    home.root.mkdir(parents=True, exist_ok=True)
    with unpacked(backup, beside=home.root) as kept:
        listed = _check(kept, backup)
        check_layout(kept)
        # `raw` last: a home with it is a whole one.
        for name in reversed(PARTS):
            if (kept.root / name).exists():
                _copy(kept.root / name, home.root / name)
    return len(listed)


@contextmanager
def unpacked(backup: Path, beside: Path | None = None) -> Iterator[Home]:
    """The backup as a home to look into; a tar file's contents for as long as the block runs."""
    if not backup.exists():
        raise BackupError(f"{backup} is not there")
    if backup.is_dir():
        yield Home(backup)
        return
    with tempfile.TemporaryDirectory(prefix=".unpacked-", dir=beside) as folder:
        try:
            with tarfile.open(backup) as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, OSError, EOFError) as error:
            raise BackupError(f"{backup} can't be unpacked ({error}): take another backup") from error
        yield Home(Path(folder))


def known_backups(home: Home) -> list[str]:
    """Where backups of this home were written to, oldest first."""
    file = home.state / STATE_NAME
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []


def _files(home: Home) -> dict[str, Path]:
    """Name in the backup -> file."""
    found = {}
    for name in PARTS:
        top = home.settings_file if name == SETTINGS_NAME else home.root / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            inside = Path(name) if path == top else Path(name) / path.relative_to(top)
            if path.is_file() and not path.is_relative_to(home.incoming):
                found[inside.as_posix()] = path
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_tar(aside: Path, files: dict[str, Path], contents: str) -> None:
    # Parquet is compressed already.
    with tarfile.open(aside, "w") as archive, tempfile.NamedTemporaryFile("w", suffix=".json") as listed:
        listed.write(contents)
        listed.flush()
        archive.add(listed.name, LIST_NAME)
        for name, path in files.items():
            archive.add(path, name)


def _write_folder(aside: Path, files: dict[str, Path], contents: str) -> None:
    for name, path in files.items():
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, aside / name)
    (aside / LIST_NAME).write_text(contents, encoding="utf-8")


def _check(kept: Home, backup: Path) -> dict[str, str]:
    listed_in = kept.root / LIST_NAME
    if not listed_in.is_file():
        raise BackupError(f"{backup} is no backup of chat-pipeline: it holds no {LIST_NAME}")
    listed = json.loads(listed_in.read_text(encoding="utf-8"))["files"]
    damaged = [
        name
        for name, digest in listed.items()
        if not (kept.root / name).is_file() or _digest(kept.root / name) != digest
    ]
    if damaged:
        raise BackupError(
            f"{backup} is damaged ({len(damaged)} of {len(listed)} files, such as {damaged[0]}): take another backup"
        )
    return listed


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remember(home: Home, target: Path) -> None:
    home.state.mkdir(parents=True, exist_ok=True)
    aside = home.state / f"{STATE_NAME}.new"
    aside.write_text(json.dumps([*known_backups(home), str(target)], indent=1), encoding="utf-8")
    aside.replace(home.state / STATE_NAME)
