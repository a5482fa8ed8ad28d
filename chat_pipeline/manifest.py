"""dbt's manifest for the definitions: parsed without a home, kept until the project's files change.

What runs uses a manifest of its own (dbt.py), with the home's paths in it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chat_pipeline.cache import cache_folder
from chat_pipeline.dbt import parse_project, staged
from chat_pipeline.home import Home, in_checkout, project_folder
from chat_pipeline.settings import load_settings

PROJECT_FILES = {".sql", ".yml", ".py", ".csv", ".md"}


def project_manifest() -> dict[str, Any]:
    """The manifest of the project as its files are now; parsed (some seconds) only if they changed."""
    return json.loads(parse_manifest().read_text(encoding="utf-8"))


def parse_manifest() -> Path:
    folder = cache_folder(project_folder() / "target" if in_checkout() else None)
    wanted = folder / f"manifest-{project_digest()}.json"
    if not wanted.is_file():
        with tempfile.TemporaryDirectory(dir=folder, prefix="parse-") as scratch:
            home = Home(Path(scratch))
            parse_project(home, load_settings(None))
            (home.dbt_target / "manifest.json").replace(wanted)
        for stale in folder.glob("manifest-*.json"):
            if stale != wanted:
                stale.unlink(missing_ok=True)
    return wanted


def project_digest() -> str:
    """A hash of everything that the manifest depends on."""
    digest = hashlib.sha256()
    project = project_folder()
    for file in sorted(project.rglob("*")):
        inside = file.relative_to(project)
        if file.suffix in PROJECT_FILES and inside.parts[0] not in ("target", "logs") and file.is_file():
            digest.update(f"{inside.as_posix()}\0".encode())
            digest.update(file.read_bytes())
    digest.update(json.dumps(staged(), sort_keys=True).encode())
    digest.update(f"{version('dbt-core')} {version('dbt-duckdb')}".encode())
    return digest.hexdigest()[:20]
