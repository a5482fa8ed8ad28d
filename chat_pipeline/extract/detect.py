"""Which shape a file is: by content, with a reason where it is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chat_pipeline.landings import LANDINGS
from chat_pipeline.sniff import Sniff
from chat_pipeline.source import Shape, Source

SHOWN_COLUMNS = 8
KIND_WORDS = {
    "json": "JSON",
    "csv": "a table",
    "xlsx": "an Excel sheet",
    "sqlite": "a SQLite file",
    "parquet": "a Parquet file",
    "avro": "an Avro file",
}


@dataclass(frozen=True)
class Verdict:
    """The shape, or the name of a known kind that is refused and why."""

    shape: Shape | None
    name: str = ""
    reason: str = ""


def detect(source: Source, sniff: Sniff, mapping: Mapping[str, str]) -> Verdict:
    """The first shape of the source that the content matches; `mapping` is the settings' `columns`."""
    sniff = replace(sniff, mapping=mapping)
    if sniff.kind == "empty":
        return Verdict(None, reason="the file is empty")
    for refusal in (*LANDINGS, *source.refusals):
        if refusal.matches(sniff):
            return Verdict(None, refusal.name, refusal.remedy)
    for shape in source.shapes:
        if shape.matches(sniff):
            return Verdict(shape, shape.name)
    expected = source.expected or ", ".join(shape.name for shape in source.shapes)
    return Verdict(None, reason=f"{_found(sniff)}; expected from {source.name}: {expected}")


def _found(sniff: Sniff) -> str:
    names = sniff.columns or sorted(sniff.keys) or sorted(sniff.tables)
    listed = ", ".join(names[:SHOWN_COLUMNS]) + (", ..." if len(names) > SHOWN_COLUMNS else "")
    found = KIND_WORDS.get(sniff.kind, "a file")
    return (
        f"{found} with {listed}"
        if listed
        else f"{found} of unknown content{f' ({sniff.trouble})' if sniff.trouble else ''}"
    )
