"""What changed in settings between two publications. Of texts and lists only that they changed: a command or
an address may hold a secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chat_pipeline.home import Home
    from chat_pipeline.settings import Settings

NAME = "report_settings.json"
Flat = dict[str, Any]


def changed_settings(home: Home, settings: Settings, version: int) -> list[str] | None:
    """A line per setting that differs from those of the publication before; None if there was none. Keeps
    the settings of this publication for the next."""
    now = flat(settings.model_dump(mode="json"))
    path = home.state / NAME
    kept: dict[str, Flat] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    before = max((int(number) for number in kept if int(number) < version), default=None)
    told = None if before is None else differences(kept[str(before)], now)
    keep = {str(number): kept[str(number)] for number in (before,) if number is not None}
    aside = path.with_suffix(".new")
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.write_text(json.dumps({**keep, str(version): now}, sort_keys=True), encoding="utf-8")
    aside.replace(path)
    return told


def flat(settings: Mapping[str, Any], under: str = "") -> Flat:
    """Dotted keys; numbers and switches as they are, all else as a hash."""
    found: Flat = {}
    for name, value in settings.items():
        key = f"{under}{name}"
        if isinstance(value, Mapping):
            found |= flat(value, f"{key}.")
        elif value is None or isinstance(value, bool | int | float):
            found[key] = value
        else:
            found[key] = sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
    return found


def differences(before: Flat, after: Flat) -> list[str]:
    told = []
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            told.append(f"{key} was added")
        elif key not in after:
            told.append(f"{key} was taken out")
        elif before[key] != after[key]:
            both = (before[key], after[key])
            shown = not any(isinstance(value, str) for value in both)
            told.append(
                f"{key}: {_said(before[key])} became {_said(after[key])}" if shown else f"{key} was changed"
            )
    return told


def _said(value: Any) -> str:
    return "unset" if value is None else str(value).lower() if isinstance(value, bool) else f"{value:g}"
