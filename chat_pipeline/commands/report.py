"""`chat-pipeline report`: where the report is; made anew or opened on demand."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from chat_pipeline.commands import BUSY, fail, home_of, settings_of


def report(
    context: typer.Context,
    again: Annotated[bool, typer.Option("--again", help="Make it anew from what is published.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Print where the report is."""
    from chat_pipeline.lock import HomeBusy, home_lock
    from chat_pipeline.reporting import NothingPublished, write_report
    from chat_pipeline.reporting.files import LATEST

    home, settings = home_of(context), settings_of(context)
    path = home.reports / LATEST
    if again or not path.is_file():
        try:
            with home_lock(home):
                written = write_report(home, settings)
        except HomeBusy as error:
            fail(str(error), BUSY)
        except NothingPublished as error:
            fail(str(error))
        typer.echo(f"made in {written.seconds:.1f} s, {written.size / 1e6:.1f} MB", err=True)
    typer.echo(path)
    if show:
        webbrowser.open(path.as_uri())
