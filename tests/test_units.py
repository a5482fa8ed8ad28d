"""Every published number says in what it is counted. Pure: descriptions alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml

from chat_pipeline.analytics import discover
from chat_pipeline.home import project_folder

NUMBERS = ("bigint", "integer", "double")
# What something is counted or measured in; a name in the plural counts itself.
UNITS = (
    *("unit", "share", "0 to 1", "-1 to 1", "-2 to 2", "probability", "odds", "standard deviation", "points", "score"),
    *("second", "minute", "hour", "day", "week", "month", "year", "period", "cents", "currency", "rate", "1,000"),
    *("number", "count", "place", "from 1", "1 is", "1 to", "index", "ISO", "Holm", "corrected"),
    *("conversation", "message", "turn", "rating", "event", "customer", "person", "visitor", "buyer", "session", "order"),
    *("purchase", "entr", "chat", "transaction", "ticket", "pieces", "row", "file", "identifier", "goal", "pair", "hit"),
)  # fmt: skip
NAMES_IT = re.compile("|".join(UNITS), re.IGNORECASE)


def numbers() -> Iterator[tuple[str, str, str]]:
    """Table, column and description of each published number but bounds, which are in the unit of what they bound."""
    for table in discover().values():
        for column in table.columns:
            if column.type in NUMBERS and not column.name.endswith(("_low", "_high")):
                yield table.name, column.name, column.description
    for path in sorted((project_folder() / "models" / "marts").glob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            for column in model["columns"]:
                if column.get("data_type") in NUMBERS:
                    yield model["name"], column["name"], column["description"]


def test_every_number_tells_its_unit() -> None:
    found = list(numbers())
    assert len(found) > 250
    silent = [(table, name, text) for table, name, text in found if not NAMES_IT.search(text)]
    assert not silent


@pytest.mark.parametrize("text", ["How many.", "The figure.", "Value of this arm.", "Ours minus the other."])
def test_a_description_without_a_unit_is_none(text: str) -> None:
    assert not NAMES_IT.search(text)
