"""A folder for what can always be made again and belongs to no home."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def cache_folder(preferred: Path | None = None) -> Path:
    """`preferred`, else `~/.cache/chat_pipeline`, else one of the user's own under the temporary
    folder: the first that can be written."""
    own = Path(tempfile.gettempdir()) / f"chat_pipeline-{os.getuid()}"
    for folder in (preferred, Path.home() / ".cache" / "chat_pipeline"):
        if folder is not None and _is_writable(folder):
            return folder
    own.mkdir(mode=0o700, exist_ok=True)
    return own


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
