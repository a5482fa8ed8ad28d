"""GA4's reports and Intercom's conversations: forms whose rows lie deep inside, written and read bare."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import files
from bench import records_chat as chat
from bench.bare import json_select, paths
from bench.words import moment


def write_report(folder: Path, size: int) -> list[Path]:
    lines = ["# ----------------------------------------", "# Pages and screens", "# Account: Shop", "# Property: shop.example",
             "# ----------------------------------------", "#", "# All Users", "# Start date: 20261001", "# End date: 20261007",
             "Page path,Views,Active users,Event count,Total revenue"]  # fmt: skip
    filled = number = 0
    while filled < size:
        lines.append(
            f"/shop/articles/mug-{number},{number % 900},{number % 300},{number % 4000},{number % 77}.5"
        )
        filled += len(lines[-1])
        number += 1
    (folder / "report.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [folder / "report.csv"]


def bare_report(given: Sequence[Path]) -> list[str]:
    return [f"select * from read_csv({paths(given)}, skip = 9, header = true, all_varchar = true)"]


def write_data_api(folder: Path, size: int) -> list[Path]:
    rows: list[Any] = []
    while len(rows) * 90 < size:
        day = f"{moment(len(rows)):%Y%m%d}"
        rows.append(
            {
                "dimensionValues": [{"value": day}, {"value": "purchase"}],
                "metricValues": [{"value": str(len(rows) % 70)}],
            }
        )
    answer = {"dimensionHeaders": [{"name": "date"}, {"name": "eventName"}],
              "metricHeaders": [{"name": "eventCount", "type": "TYPE_INTEGER"}], "rows": rows}  # fmt: skip
    (folder / "run_report.json").write_text(json.dumps(answer), encoding="utf-8")
    return [folder / "run_report.json"]


def bare_data_api(given: Sequence[Path]) -> list[str]:
    return [json_select(given, [json.loads(given[0].read_text(encoding="utf-8"))], "unstructured", ["rows"])]


def write_intercom(folder: Path, size: int) -> list[Path]:
    return files.write_lines(folder, chat.intercom_conversation, size)


def write_intercom_pages(folder: Path, size: int) -> list[Path]:
    around = ('{"type": "conversation.list", "conversations": [', "]}")
    return files.write_pages(folder, chat.intercom_conversation, size, 1 << 20, around)


def _bare_intercom(form: str, given: Sequence[Path]) -> list[str]:
    """One copy of the conversations without their parts, one of the parts."""
    text = given[0].read_text(encoding="utf-8")
    page = form == "unstructured"
    documents = (
        [json.loads(text)] if page else [json.loads(line) for line in text.split("\n", 20)[:20] if line]
    )
    keys = ["conversations"] if page else []
    flat = json_select(given, documents, form, keys)
    inner = f"""
        select id as conversation_id, unnest(from_json(json_extract(conversation_parts, '$.conversation_parts'),
            '[{{"type":"VARCHAR","id":"VARCHAR","part_type":"VARCHAR","body":"VARCHAR","created_at":"BIGINT",
            "updated_at":"BIGINT","assigned_to":"JSON","author":"JSON","attachments":"JSON","redacted":"BOOLEAN"}}]'), recursive := true)
        from ({flat})
    """
    return [f"select * exclude (conversation_parts) from ({flat})", inner]


def bare_intercom_lines(given: Sequence[Path]) -> list[str]:
    return _bare_intercom("newline_delimited", given)


def bare_intercom_pages(given: Sequence[Path]) -> list[str]:
    return _bare_intercom("unstructured", given)
