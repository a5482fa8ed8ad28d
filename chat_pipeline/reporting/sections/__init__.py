"""The sections of the report, in the order in which they stand on the page. Each module here offers
`section(scope) -> Section`; it reads aggregates, never all facts, so that its cost does not grow with history."""

from __future__ import annotations

from importlib import import_module

from chat_pipeline.reporting.parts import Scope, Section

ORDER = (
    *("insights", "numbers", "volume", "outcomes", "understanding", "funnels", "segments", "retention"),
    *("sentiment", "experiments", "objectives", "staffing", "quality"),
)


def sections(scope: Scope) -> list[Section]:
    return [import_module(f"{__name__}.{name}").section(scope) for name in ORDER]
