"""dbt's parse of the project, kept beside the project for every home with the same settings.

A parse from scratch takes 6 s of processor time, one that finds dbt's own cache under 1 s. That cache
holds only if no variable changed, and two variables are folders of the home: so a home of no one is
parsed, and the folders are put in afterwards, in the sources' locations, the one place that names them.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat_pipeline.cache import cache_folder
from chat_pipeline.home import Home, in_checkout, project_folder
from chat_pipeline.reading import glob_text

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

NOBODY = Home(Path("/home-of-no-one"))
KEPT = 8


def location_text(folder: Path) -> str:
    """A folder as it stands inside `external_location`: a glob in a SQL literal in a format string."""
    return glob_text(folder).replace("'", "''").replace("{", "{{").replace("}", "}}")


@contextmanager
def parse_folder(variables: dict[str, Any]) -> Iterator[Path]:
    """The target folder of the parse with these variables; this process's alone for the time."""
    wanted = json.dumps([str(project_folder()), variables], sort_keys=True)
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:16]
    parses = cache_folder(project_folder() / "target" if in_checkout() else None) / "parses"
    folder = parses / digest
    folder.mkdir(parents=True, exist_ok=True)
    with (parses / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(exist_ok=True)  # another process may have seen it as one too many
        folder.touch()
        newest = sorted(
            (path for path in parses.iterdir() if path.is_dir()), key=lambda path: -path.stat().st_mtime_ns
        )
        for stale in newest[KEPT:]:
            shutil.rmtree(stale)
        yield folder


def put_in_home(manifest: Manifest, home: Home) -> Manifest:
    """The parse of `NOBODY`, changed into that of `home`."""
    folders = [(NOBODY.raw, home.raw), (NOBODY.settings_tables, home.settings_tables)]
    pairs = [(location_text(nobody), location_text(own)) for nobody, own in folders]
    for source in manifest.sources.values():
        for values in (source.config.extra, source.unrendered_config):
            for nobody, own in pairs:
                if "external_location" in values:
                    values["external_location"] = values["external_location"].replace(nobody, own)
        for nobody, own in pairs:
            formatted = own.replace("{{", "{").replace("}}", "}")
            source.relation_name = (source.relation_name or "").replace(nobody, formatted)
    return manifest
