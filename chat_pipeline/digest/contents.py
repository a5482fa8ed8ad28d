"""What the digest says, from the published file. Names from outside (intents, files) are masked, no text of a
message is read, and no reason of a held file is told: it may quote a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from chat_pipeline.digest.changes import changes
from chat_pipeline.digest.due import period_start
from chat_pipeline.masking import mask_contacts
from chat_pipeline.reporting.words import counted, day, listed, readable

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

MOST_LINES = 8
SPANS = {"nightly": 1, "weekly": 7, "two-weekly": 14}


@dataclass(frozen=True)
class Part:
    """A heading and its lines; `empty` stands where there are none."""

    title: str
    lines: Sequence[str]
    empty: str


@dataclass(frozen=True)
class Digest:
    """`cutoff`: day of the shop up to which data are loaded; None: there are none."""

    subject: str
    covered: str
    cutoff: date | None
    parts: Sequence[Part]


def digest(con: duckdb.DuckDBPyConnection, settings: Settings) -> Digest:
    cutoff = _cutoff(con, settings)
    if cutoff is None:
        return Digest("Chatbot digest: no data yet", "No data are loaded yet.", None, ())
    every = settings.report.digest
    since = period_start(every, cutoff) - timedelta(days=SPANS[every])
    look = [*_findings(con), *_objectives(con), *_unusual_days(con, since)]
    parts = (
        Part(
            "What changed",
            [*changes(con, every), *_remarks(con, since)],
            "No complete week to tell of.",
        ),
        Part("What needs a look", look, "Nothing stands out."),
        Part("What was held", _held(con), "Every file is loaded, no row was set aside."),
    )
    masked = [Part(part.title, [_fit(line) for line in _cut(part.lines)], part.empty) for part in parts]
    to_look_at = f"{len(look)} to look at" if look else "nothing stands out"
    return Digest(
        f"Chatbot digest to {day(cutoff)}: {to_look_at}", f"Data up to {day(cutoff)}.", cutoff, masked
    )


def _fit(line: str) -> str:
    """Masked; a number stays with its sign."""
    return mask_contacts(line).replace(" %", "\u00a0%")


def _cut(lines: Sequence[str]) -> list[str]:
    more = len(lines) - 2 * MOST_LINES
    return list(lines) if more <= 0 else [*lines[: 2 * MOST_LINES], f"and {more} more: see the report"]


def _cutoff(con: duckdb.DuckDBPyConnection, settings: Settings) -> date | None:
    found = con.execute("select max(cutoff_at) from marts.publication where source = ''").fetchone()
    if not found or found[0] is None:
        return None
    return found[0].replace(tzinfo=UTC).astimezone(ZoneInfo(settings.shop.time_zone)).date()


def _remarks(con: duckdb.DuckDBPyConnection, since: date) -> list[str]:
    """What settings or the exports note of these days: campaigns, new bot versions."""
    found = con.execute(
        'select from_date, "text" from analytics.annotations where from_date >= ? order by from_date, "text"',
        [since],
    ).fetchall()
    return [f"{day(when)}: {text}" for when, text in found]


def _findings(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "select title, advice from analytics.insights where severity in ('problem', 'warning')"
        " order by rank, insight_key limit ?",
        [MOST_LINES],
    ).fetchall()
    return [f"{title}. {advice or ''}".strip() for title, advice in found]


def _objectives(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "select objective, status, by_date from analytics.objectives where status in ('missed', 'off_track')"
        " order by objective"
    ).fetchall()
    return [f"Objective {name}, by {day(by)}: {readable(status).lower()}." for name, status, by in found]


def _unusual_days(con: duckdb.DuckDBPyConnection, since: date) -> list[str]:
    found = con.execute(
        """
        select period_start, conversations, expected, flag from analytics.volume_flags
        where metric = 'conversation_volume' and dimension = 'all' and grain = 'day' and flag in ('high', 'low')
            and period_start >= ? order by period_start
        """,
        [since],
    ).fetchall()
    return [
        f"{day(when)}: {counted(count, 'conversation')}, unusually {'many' if flag == 'high' else 'few'}"
        f" (about {expected:,.0f} were to be expected)."
        for when, count, expected, flag in found
    ]


def _held(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Files that wait outside, rows set aside, sources that are late."""
    files = con.execute(
        "select distinct state, source, path from marts.source_files where state in ('held', 'unreadable')"
        " order by state, source, path"
    ).fetchall()
    aside = con.execute(
        "select source, sum(quarantined_rows) from analytics.source_freshness group by source"
        " having sum(quarantined_rows) > 0 order by source"
    ).fetchall()
    late = con.execute(
        "select distinct source from analytics.source_freshness where is_stale order by source"
    ).fetchall()
    lines = [f"{state}: {source}/{path}" for state, source, path in files]
    lines += [f"{source}: {counted(int(rows), 'row')} set aside" for source, rows in aside]
    return lines + ([f"late: {listed([source for (source,) in late])}"] if late else [])
