"""Commands of `chat-pipeline`, in modules by what they are for; `cli.py` hooks them in.

They read options, print and set the exit code; the work is elsewhere.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from chat_pipeline.home import Home
    from chat_pipeline.settings import Settings

# dbt's line about a model that it built.
PASSING = re.compile(r"(?P<done>(?P<number>\d+) of (?P<total>\d+) OK .*?)\s*\.* \[")
PUBLISHED, FAILED, NEEDS_A_LOOK, BUSY = 0, 1, 3, 75


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


def tell(text: str) -> None:
    """Progress, on standard error. Hundreds of models pass by: on a screen in one line, else unsaid."""
    passing = PASSING.match(text)
    if not passing:
        typer.echo(text, err=True)
    elif sys.stderr.isatty():
        typer.echo(f"\r{passing['done']}\033[K", err=True, nl=passing["number"] == passing["total"])
