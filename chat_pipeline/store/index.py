"""What this home knows of its places in object storage: which version of each object it holds, as which file.

Kept as `.store.json` in the home, not in `raw/`: a backup that is restored elsewhere knows nothing yet.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from chat_pipeline.home import Home

NAME = ".store.json"


@dataclass
class Known:
    """Of one place: [version there, size here, mtime in ns here] by name; what else was sent."""

    url: str
    objects: dict[str, list[Any]] = field(default_factory=dict)
    sent: str = ""

    def remember(self, name: str, version: str, stat: os.stat_result) -> None:
        self.objects[name] = [version, stat.st_size, stat.st_mtime_ns]

    def version(self, name: str) -> str | None:
        return self.objects[name][0] if name in self.objects else None

    def is_as_sent(self, name: str, stat: os.stat_result) -> bool:
        """Whether a file is what the place has under that name, as far as size and time tell."""
        return name in self.objects and self.objects[name][1:] == [stat.st_size, stat.st_mtime_ns]


def load(home: Home, part: str, url: str) -> Known:
    """What is known of the place that `part` ('exports', 'raw', 'parquet') has; nothing of another URL."""
    kept = _read(home).get(part, {})
    return Known(**kept) if kept.get("url") == url else Known(url)


def save(home: Home, part: str, known: Known) -> None:
    """The caller holds the home's lock."""
    everything = {**_read(home), part: vars(known)}
    aside = home.root / f"{NAME}.new"
    aside.write_text(json.dumps(everything), encoding="utf-8")
    aside.replace(home.root / NAME)


def _read(home: Home) -> dict[str, Any]:
    file = home.root / NAME
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
