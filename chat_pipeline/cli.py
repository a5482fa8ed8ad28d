"""The `chat-pipeline` command. Reads options, prints, sets the exit code; the work is elsewhere.

Exit codes: 0 published or nothing new; 3 published, but something is held, unreadable or stale;
1 not published, the old marts stand; 75 another sync holds the home.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chat_pipeline.collecting import collect_rarely
from chat_pipeline.commands import fail
from chat_pipeline.commands.backup import backup, restore
from chat_pipeline.commands.decide import accept_command, compact_command, forget_command
from chat_pipeline.commands.docs import docs
from chat_pipeline.commands.health import health
from chat_pipeline.commands.home import demo, env, init, ui
from chat_pipeline.commands.look import (
    explain_command,
    held_command,
    inspect_command,
    signals_command,
    status_command,
)
from chat_pipeline.commands.privacy import privacy
from chat_pipeline.commands.report import report
from chat_pipeline.commands.sync import sync
from chat_pipeline.home import Home, find_home, unusable
from chat_pipeline.layout import NewerLayout, check_layout

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Chatbot exports in, checked and joined marts out."
)


@dataclass
class Chosen:
    """The home in use. Settings are read when a command needs them."""

    home: Home

    def settings(self) -> Settings:
        from chat_pipeline.settings import load_settings

        return load_settings(self.home.settings_to_read)


@app.callback()
def choose(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="Folder that holds everything.")] = None,
    settings: Annotated[Path | None, typer.Option(help="Settings file, if not in the home.")] = None,
    exports: Annotated[Path | None, typer.Option(help="Folder of exports, if not in the home.")] = None,
) -> None:
    chosen = Chosen(find_home(home, exports=exports, settings=settings))
    if reason := unusable(chosen.home):
        fail(reason)
    try:
        check_layout(chosen.home)
    except NewerLayout as error:
        fail(str(error))
    # What is started from here, Dagster among it, works on the same home.
    os.environ.update(chosen.home.environment())
    context.obj = chosen
    if context.invoked_subcommand != "env":
        typer.echo(f"home: {chosen.home.root}", err=True)


for command in (
    init,
    demo,
    sync,
    status_command,
    inspect_command,
    held_command,
    accept_command,
    forget_command,
    compact_command,
    signals_command,
    explain_command,
    ui,
    env,
    health,
    backup,
    restore,
    report,
    docs,
):
    app.command(command.__name__.removesuffix("_command"))(command)
app.add_typer(privacy, name="privacy")


def main() -> None:
    if sys.platform == "win32":
        sys.exit("chat-pipeline runs on Linux, macOS and WSL2, not on native Windows")
    collect_rarely()
    app()


if __name__ == "__main__":
    main()
