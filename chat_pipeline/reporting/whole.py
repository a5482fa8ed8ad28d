"""Everything that the page shows, from the published file: a function of the file, the settings and the stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat_pipeline.reporting.figures import figures
from chat_pipeline.reporting.head import Stand, head
from chat_pipeline.reporting.pages import pages
from chat_pipeline.reporting.parts import Scope, Section
from chat_pipeline.reporting.published import opened
from chat_pipeline.reporting.sections import sections

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


@dataclass(frozen=True)
class Report:
    """`head`: sentences; `sections`: in order; `figures`: the metrics' cells; `details`: pages by kind and key."""

    stand: Stand
    shop: Mapping[str, Any]
    head: Mapping[str, Any]
    sections: Sequence[Section]
    figures: Mapping[str, Any]
    details: Mapping[str, Mapping[str, Any]]

    @property
    def pages(self) -> int:
        return sum(len(kind) for kind in self.details.values())


def whole_report(published: Path, settings: Settings, stand: Stand) -> Report:
    """Reads the published file, read-only."""
    from chat_pipeline.engine import memory_limit

    with opened(published, memory_limit(settings)) as con:
        scope = Scope(con, settings)
        parts = sections(scope)
        return Report(
            stand=stand,
            shop={"time_zone": settings.shop.time_zone, "currency": settings.shop.currency},
            head=head(scope, stand),
            sections=parts,
            figures=figures(scope),
            details=pages(scope),
        )
