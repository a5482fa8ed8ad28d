"""Commands of `chat-pipeline` that stand beside the nightly way, one module each; `cli.py` hooks them in.

They read options, print and set the exit code; the work is elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from chat_pipeline.home import Home
    from chat_pipeline.settings import Settings

FAILED, NEEDS_A_LOOK, BUSY = 1, 3, 75


def home_of(context: typer.Context) -> Home:
    return context.obj.home


def settings_of(context: typer.Context) -> Settings:
    """The home's settings; ends with 1 and what is wrong with them."""
    from chat_pipeline.settings import SettingsError

    try:
        return context.obj.settings()
    except SettingsError as error:
        fail(str(error))


def fail(text: str, code: int = FAILED) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
