"""The parts of the pages that follow from the code: run by `make docs`, compared by tests/test_docs.py.

Between their markers: the list of metrics in metrics.md; every published table and column in tables.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from chat_pipeline.analytics import discover
from chat_pipeline.analytics.metric_definitions import definitions
from chat_pipeline.home import project_folder

DOCS = Path(__file__).parent


def parts() -> dict[tuple[str, str], str]:
    """{(page, name of the part): text}."""
    return {("metrics.md", "all metrics"): metrics(), ("tables.md", "all tables"): tables()}


def metrics() -> str:
    rows = [
        (
            f"`{row['metric']}`",
            row["title"],
            row["numerator"],
            row["denominator"] or "",
            row["value_unit"],
            row["waits_for"],
        )
        for row in definitions()
    ]
    return table(("metric", "in words", "what is counted", "of what", "unit", "waits for"), rows)


def tables() -> str:
    sections = [
        *(section(f"marts.{name}", *described) for name, described in marts().items()),
        *(
            section(
                f"analytics.{name}",
                found.description,
                [(c.name, c.type, c.description) for c in found.columns],
            )
            for name, found in sorted(discover().items())
        ),
    ]
    return "\n\n".join(sections)


def marts() -> dict[str, tuple[str, list[tuple[str, str, str]]]]:
    """{mart: (description, [(column, type, description)])} from the files beside the models."""
    found = {}
    for file in sorted((project_folder() / "models" / "marts").glob("*.yml")):
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
            columns = [(c["name"], c["data_type"], c["description"]) for c in model["columns"]]
            found[model["name"]] = (model["description"], columns)
    return found


def section(name: str, description: str, columns: Iterable[Sequence[str]]) -> str:
    return f"### `{name}`\n\n{description}\n\n{table(('column', 'type', 'meaning'), columns)}"


def table(header: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join((cell or '').replace('|', '/') for cell in line)} |" for line in lines)


def with_part(page: str, name: str, text: str) -> str:
    """The page with `text` between the markers of a part."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, rest = page.split(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}"


if __name__ == "__main__":
    for (page, name), text in parts().items():
        path = DOCS / page
        path.write_text(with_part(path.read_text(encoding="utf-8"), name, text), encoding="utf-8")
