"""The sources, found by listing this folder: each module or package here offers one `SOURCE`.

Nothing is registered anywhere: a new platform is a new module.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from chat_pipeline.source import Source


class NoSource(Exception):
    """A module in this folder that offers no `SOURCE`."""


@cache
def discover() -> dict[str, Source]:
    """Every source by name, in alphabetical order."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        source = getattr(loaded, "SOURCE", None)
        if not isinstance(source, Source) or source.name != module.name:
            raise NoSource(
                f"chat_pipeline/sources/{module.name} must define SOURCE = Source(name={module.name!r}, ...)"
            )
        found[source.name] = source
    return dict(sorted(found.items()))
