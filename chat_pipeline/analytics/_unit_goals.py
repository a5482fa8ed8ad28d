"""How the goals are measured: which conversations, from when on, by the data of which sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import cutoff_of
from chat_pipeline.analytics._unit_rows import unit_row
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# The window of a goal that settings don't know.
DEFAULT_SECONDS = 24 * 3600
# Signals of goals that lie outside the chat: the kind of source that must have come as far.
OUTSIDE = {"order": "order", "ga4": "web"}


@dataclass(frozen=True)
class Goal:
    """A goal as it is measured: `unit` tells what its rate is over; `reads` and `after` are kinds of sources
    beside the chat, that it needs at all and that complete it."""

    name: str
    has_entry: bool
    seconds: int
    reads: frozenset[str]
    after: frozenset[str]

    @property
    def metric(self) -> str:
        return f"goal_completion_rate:{self.name}"

    @property
    def unit(self) -> str:
        return "conversations that entered" if self.has_entry else "engaged conversations"


def goals_of(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Goal]:
    """The goals of the settings, and those that only the data know: GA4's completions that name none."""
    found = []
    for name, goal in settings.goals.items():
        entered, completed = (
            frozenset(OUTSIDE[match.kind] for match in matches if match.kind in OUTSIDE)
            for matches in (goal.entered, goal.completed)
        )
        seconds = int(goal.window.total_seconds())
        found.append(Goal(name, bool(goal.entered), seconds, entered | completed, completed))
    names = con.execute("select distinct goal from marts.fct_conversation_goals order by goal").fetchall()
    web = frozenset({"web"})
    return found + [
        Goal(name, False, DEFAULT_SECONDS, web, web) for (name,) in names if name not in settings.goals
    ]


def goal_units(goal: Goal) -> str:
    """Conversations that entered a goal; without any entry signal the engaged ones (`unit` says which)."""
    # The earliest of all that is read: orders that end before the chat say nothing of those who did not buy.
    cutoff = f"least({', '.join(['cutoff_at', *(known_cutoff(kind) for kind in sorted(goal.reads))])})"
    row = unit_row(
        sql_text(goal.metric),
        goal.unit,
        "case when completed_at is not null then 1 else 0 end",
        "1",
        f"(matures_at > {cutoff})",
        # What comes after the chat is only seen for those who can be recognised again.
        "(person_key is null and web_session_key is null)" if goal.after else "false",
    )
    return f"""
    select {row}
    from (
        select
            chats.*, goals.completed_at,
            coalesce(goals.matures_at, chats.ended_at + to_seconds({goal.seconds})) as matures_at
        from chats
        left join marts.fct_conversation_goals as goals
            on goals.conversation_key = chats.conversation_key and goals.goal = {sql_text(goal.name)}
        where goals.conversation_key is not null {"" if goal.has_entry else "or chats.is_chat_engaged"}
    ) as entries"""


def goal_person_units(goal: Goal) -> str:
    """Persons who completed a goal / persons with an engaged conversation; old enough for its window after the end."""
    kinds = sorted(goal.reads)
    cutoff = f"least({', '.join(['cutoff_at', *(known_cutoff(kind) for kind in kinds)])})"
    row = unit_row(
        sql_text(f"goal_completion_rate_by_person:{goal.name}"),
        "persons with an engaged conversation",
        "case when completed_at is not null then 1 else 0 end",
        "1",
        f"(greatest(goal_matures_at, ended_at + to_seconds({goal.seconds})) > {cutoff})",
        "(person_key is null)",
        shape="persons_rate",
    )
    return f"""
    select {row}
    from (
        select chats.*, goals.completed_at, goals.matures_at as goal_matures_at
        from chats
        left join marts.fct_conversation_goals as goals
            on goals.conversation_key = chats.conversation_key and goals.goal = {sql_text(goal.name)}
        where chats.is_chat_engaged
    ) as entries"""


def known_cutoff(kind: str) -> str:
    """Cut-off of a kind of source as a date that `least` can't skip: long ago where there is no such source."""
    return f"coalesce({cutoff_of(kind)}, timestamp '1900-01-01 00:00:00')"
