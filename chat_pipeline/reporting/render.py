"""The page: sentences and tables by Jinja, escaped; data as JSON; scripts named by their hashes.

Two walls against what customers write. Text is escaped wherever it goes, and the page's own policy lets no
script or style run but those whose hashes it names, and nothing be fetched from anywhere.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict
from gzip import compress
from hashlib import sha256
from pathlib import Path
from typing import Any

from chat_pipeline.reporting import script
from chat_pipeline.reporting.parts import Chart
from chat_pipeline.reporting.whole import Report
from chat_pipeline.reporting.words import day

TEMPLATES = Path(__file__).resolve().parent / "templates"
# In a script element these would end it, or the line.
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(report: Report, kept: Path) -> str:
    """The whole page as text. `kept`: folder in which the charts' script is kept."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = cell
    environment.tests["chart"] = lambda block: isinstance(block, Chart)
    scripts, styles = [script.vega(kept), script.own()], [script.style()]
    return environment.get_template("report.html.j2").render(
        report=report,
        published=day(report.stand.published_at[:10]),
        policy=policy(scripts, styles),
        # Our own text and the package's, no data.
        scripts=[Markup(text) for text in scripts],
        styles=[Markup(text) for text in styles],
        data=Markup(embedded(data(report))),
    )


def data(report: Report) -> dict[str, Any]:
    """What the page's script reads. The many numbers are packed: the browser unpacks them, those of a platform and a
    segment at once (`both`) when both are chosen."""
    charts = [block for section in report.sections for block in section.blocks if isinstance(block, Chart)]
    own = {
        name: _plain(value)
        for section in report.sections
        if section.extra
        for name, value in [(section.id, section.extra)]
        if section.id not in TOLD
    }
    both = {section.id: section.both for section in report.sections if section.both}
    return {
        **report.figures,
        "cells": packed(report.figures["cells"]),
        "both": packed({"numbers": report.figures["both"], **both}),
        "own": packed(own),
        "charts": {chart.id: _plain({**vars(chart)}) for chart in charts},
        "pages": report.details,
        "shop": report.shop,
    }


# Sections whose own part is in the page's text already.
TOLD = ("insights", "retention")


def packed(value: Any) -> str:
    """JSON by gzip and base64: a third of its size and less."""
    return b64encode(compress(_json(value).encode(), 6, mtime=0)).decode()


def embedded(value: Any) -> str:
    """JSON that can't leave its script element."""
    text = _json(value)
    for sign, escaped in UNSAFE.items():
        text = text.replace(sign, escaped)
    return text


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """The page's content security policy: just these scripts and styles, and nothing from outside."""
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def cell(value: Any, kind: str) -> str:
    """A value of a table as it is shown."""
    if value is None:
        return ""
    if kind == "count":
        return f"{value:,.0f}"
    if kind == "number":
        return f"{value:.2f}"
    if kind == "date":
        number, month, year = day(value).split()
        return f"{number} {month[:3]} {year}"
    return str(value).replace("T", " ")[:16] if kind == "time" else str(value)


def _hashes(texts: Sequence[str]) -> str:
    return " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts)


def _plain(value: Any) -> Any:
    """Dataclasses as dicts, tuples as lists, all the way down."""
    if hasattr(value, "__dataclass_fields__"):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else value
