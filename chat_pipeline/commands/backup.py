"""`chat-pipeline backup` and `chat-pipeline restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chat_pipeline.commands import BUSY, fail, home_of


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(help="A new file that ends in .tar, or a new folder.")],
) -> None:
    """Keep what can't be made anew: settings, own expectations, raw. Not the exports."""
    from chat_pipeline.backup import BackupError, make_backup
    from chat_pipeline.lock import HomeBusy

    try:
        files = make_backup(home_of(context), target)
    except HomeBusy as error:
        fail(str(error), BUSY)
    except (BackupError, OSError) as error:
        fail(f"no backup was made: {error}")
    typer.echo(f"{files:,} files in {target}")


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="What `backup` wrote.")],
) -> None:
    """Put a backup into a new home; the next sync makes warehouse and marts from it."""
    from chat_pipeline.backup import BackupError, restore_backup
    from chat_pipeline.layout import NewerLayout

    home = home_of(context)
    try:
        files = restore_backup(home, source)
    except (BackupError, NewerLayout, OSError) as error:
        fail(f"not restored: {error}")
    typer.echo(f"{files:,} files restored: run `chat-pipeline --home {home.root} sync`")
