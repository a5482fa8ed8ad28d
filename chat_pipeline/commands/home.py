"""`chat-pipeline init`, `demo`, `ui` and `env`: a home, what is in it and what works on it."""

from __future__ import annotations

from typing import Annotated

import typer

from chat_pipeline.commands import fail, home_of, settings_of, tell


def init(context: typer.Context) -> None:
    """Make a home: settings file with every key and its default, a folder for each source's exports."""
    from chat_pipeline.settings import write_template
    from chat_pipeline.sources import discover

    home = home_of(context)
    for source in discover():
        (home.exports / source).mkdir(parents=True, exist_ok=True)
    if home.settings_file.exists():
        typer.echo(f"{home.settings_file} is there already and was left as it is")
    else:
        write_template(home.settings_file)
        typer.echo(f"wrote {home.settings_file}")
    typer.echo(f"put exports into {home.exports}/<source>/ and run `chat-pipeline sync`")


def demo(
    context: typer.Context,
    small: Annotated[bool, typer.Option("--small", help="300 conversations in 30 days.")] = False,
    conversations: Annotated[int | None, typer.Option(min=50, help="How many; 20,000 if not said.")] = None,
    days: Annotated[int | None, typer.Option(min=20, help="Over how many days; 120 if not said.")] = None,
    seed: Annotated[int, typer.Option(help="Another number, another shop.")] = 7,
) -> None:
    """Write a made-up shop's exports and settings into the home."""
    from chat_pipeline.demo import generate, write_demo_settings
    from chat_pipeline.demo_mark import write_mark
    from chat_pipeline.extract.files import list_exports

    home = home_of(context)
    if not home.demo_mark.is_file() and (list_exports(home.exports) or home.settings_file.is_file()):
        fail(f"{home.root} is in use: choose another folder for the demo with --home")
    home.exports.mkdir(parents=True, exist_ok=True)
    days = days or (30 if small else 120)
    summary = generate(
        home.root,
        conversations=conversations or (300 if small else 20_000),
        days=days,
        seed=seed,
        progress=tell,
    )
    write_demo_settings(home.settings_file, days=days)
    write_mark(home)
    typer.echo(str(summary))


def ui(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Dagster's web interface and the daemon that runs the schedule, on this machine only."""
    from chat_pipeline.ui import serve

    home = home_of(context)
    typer.echo(f"http://127.0.0.1:{port} (Ctrl-C ends it)")
    raise typer.Exit(serve(home, port))


def env(context: typer.Context) -> None:
    """Shell lines that point Dagster and dbt to this home."""
    from chat_pipeline.ui import environment_lines

    typer.echo(environment_lines(home_of(context), settings_of(context)))
