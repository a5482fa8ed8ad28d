"""`chat-pipeline docs`: dbt's pages of the models and Great Expectations' of the checks, made on demand."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from chat_pipeline.commands import fail, home_of, settings_of


def docs(
    context: typer.Context,
    show: Annotated[bool, typer.Option("--open", help="Open them in the browser.")] = False,
) -> None:
    """Make the pages of models and checks in `reports/docs/`; print where they begin."""
    from chat_pipeline.dbt import DbtError
    from chat_pipeline.documentation import write_documentation
    from chat_pipeline.suites import QualityError

    try:
        path = write_documentation(home_of(context), settings_of(context))
    except (DbtError, QualityError, OSError) as error:
        fail(f"no documentation was made: {error}")
    typer.echo(path)
    if show:
        webbrowser.open(path.as_uri())
