"""`chat-pipeline health`: for service managers, containers and monitoring."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from chat_pipeline.commands import NEEDS_A_LOOK, home_of, settings_of


def health(context: typer.Context) -> None:
    """What needs a look now: held, unreadable, stale. Ends with 3 if anything does, else with 0."""
    from chat_pipeline.notices import problems_of

    problems = problems_of(home_of(context), settings_of(context), datetime.now(UTC).replace(tzinfo=None))
    for line in problems:
        typer.echo(line)
    if problems:
        raise typer.Exit(NEEDS_A_LOOK)
    typer.echo("nothing needs a look")
