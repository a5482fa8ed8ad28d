"""The scripts of the page: Vega, Vega-Lite and Vega-Embed from the package vl-convert, and our own."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"
EMBED = "window.vegaEmbed = vegaEmbed;"
OWN = ("format.js", "state.js", "views.js", "charts.js", "tiles.js", "pages.js", "start.js")


def vega(kept: Path) -> str:
    """Vega with all that it needs, as one script. Putting it together takes seconds: it is kept in `kept`."""
    path = kept / f"vega-{version('vl-convert-python')}.js"
    if not path.is_file():
        kept.mkdir(parents=True, exist_ok=True)
        for old in kept.glob("vega-*.js"):
            old.unlink()
        aside = path.with_suffix(".new")
        aside.write_text(_bundled(), encoding="utf-8")
        aside.replace(path)
    return path.read_text(encoding="utf-8")


@cache
def _bundled() -> str:
    import altair
    import vl_convert

    # The Vega-Lite that Altair writes for.
    written_for = ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return vl_convert.javascript_bundle(EMBED, written_for)


def own() -> str:
    """Our scripts as one, none of whose names is seen from outside."""
    parts = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in OWN)
    return f"(() => {{\n'use strict';\n{parts}\n}})();"


def style() -> str:
    return (STATIC / "report.css").read_text(encoding="utf-8")
