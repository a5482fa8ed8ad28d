"""Whether anything is new: one hash over loads, code and settings.

Equal to the published one, a build would give the marts that stand.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from chat_pipeline.home import PACKAGE, Home, expectations_folder, load_number, project_folder

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

PUBLICATION_FILE = "publication.json"


def fingerprint(home: Home, settings: Settings) -> str:
    """The newest load of each source (raw is append-only, so its number says it all), this code, these settings,
    own expectations."""
    newest: dict[str, int] = {}
    for folder in home.raw.glob("[!_]*/load-*"):
        newest[folder.parent.name] = max(newest.get(folder.parent.name, 0), load_number(folder))
    own = [
        hashlib.sha256(_entry(home.root, path)).hexdigest()
        for path in sorted(home.expectations.rglob("*.json"))
    ]
    loads = (f"{name} {newest[name]}" for name in sorted(newest))
    parts = [code_digest(), settings.digest(), *own, *loads]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def code_digest() -> str:
    """Hash over the package, the dbt project and the expectations."""
    digest = hashlib.sha256()
    for folder, patterns in (
        (PACKAGE, ("*.py",)),
        (project_folder(), ("models/**/*", "macros/**/*", "seeds/**/*", "tests/**/*", "*.yml")),
        (expectations_folder(), ("*/*.json",)),
    ):
        for path in sorted({found for pattern in patterns for found in folder.rglob(pattern)}):
            if path.is_file():
                digest.update(_entry(folder, path))
    return digest.hexdigest()


def _entry(folder: Path, path: Path) -> bytes:
    return path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0"


def published_fingerprint(home: Home) -> str | None:
    """The fingerprint that the standing publication was built from."""
    path = home.current / PUBLICATION_FILE
    return json.loads(path.read_text(encoding="utf-8"))["fingerprint"] if path.is_file() else None
