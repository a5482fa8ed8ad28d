"""`chat-pipeline report`: where the report is; made anew or opened on demand."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer


def report(
    context: typer.Context,
    again: Annotated[bool, typer.Option("--again", help="Make it anew from what is published.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Print where the report is."""
    from chat_pipeline.lock import HomeBusy, home_lock
    from chat_pipeline.reporting import NothingPublished, write_report
    from chat_pipeline.reporting.files import LATEST

    path = context.obj.home.reports / LATEST
    if again or not path.is_file():
        try:
            with home_lock(context.obj.home):
                written = write_report(context.obj.home, context.obj.settings())
        except HomeBusy as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(75) from None
        except NothingPublished as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        typer.echo(f"made in {written.seconds:.1f} s, {written.size / 1e6:.1f} MB", err=True)
    typer.echo(path)
    if show:
        webbrowser.open(path.as_uri())
