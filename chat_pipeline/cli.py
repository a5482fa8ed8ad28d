"""The `chat-pipeline` command. Reads options, prints, sets the exit code; the work is elsewhere.

Exit codes: 0 published or nothing new; 3 published, but something is held, unreadable or stale;
1 not published, the old marts stand; 75 another sync holds the home.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from chat_pipeline.commands.backup import backup, restore
from chat_pipeline.commands.docs import docs
from chat_pipeline.commands.health import health
from chat_pipeline.commands.privacy import privacy
from chat_pipeline.commands.report import report
from chat_pipeline.home import Home, find_home, unusable
from chat_pipeline.layout import NewerLayout, check_layout

if TYPE_CHECKING:
    from chat_pipeline.run import RunOutcome
    from chat_pipeline.settings import Settings

T = TypeVar("T")
# dbt's line about a model that it built.
PASSING = re.compile(r"(?P<done>(?P<number>\d+) of (?P<total>\d+) OK .*?)\s*\.* \[")
PUBLISHED, FAILED, NEEDS_A_LOOK, BUSY = 0, 1, 3, 75

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
        _fail(reason)
    try:
        check_layout(chosen.home)
    except NewerLayout as error:
        _fail(str(error))
    # What is started from here, Dagster among it, works on the same home.
    os.environ.update(chosen.home.environment())
    context.obj = chosen
    if context.invoked_subcommand != "env":
        typer.echo(f"home: {chosen.home.root}", err=True)


@app.command()
def init(context: typer.Context) -> None:
    """Make a home: settings file with every key and its default, a folder for each source's exports."""
    from chat_pipeline.settings import write_template
    from chat_pipeline.sources import discover

    home: Home = context.obj.home
    for source in discover():
        (home.exports / source).mkdir(parents=True, exist_ok=True)
    if home.settings_file.exists():
        typer.echo(f"{home.settings_file} is there already and was left as it is")
    else:
        write_template(home.settings_file)
        typer.echo(f"wrote {home.settings_file}")
    typer.echo(f"put exports into {home.exports}/<source>/ and run `chat-pipeline sync`")


@app.command()
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

    home: Home = context.obj.home
    if not home.demo_mark.is_file() and (list_exports(home.exports) or home.settings_file.is_file()):
        _fail(f"{home.root} is in use: choose another folder for the demo with --home")
    home.exports.mkdir(parents=True, exist_ok=True)
    days = days or (30 if small else 120)
    summary = generate(
        home.root,
        conversations=conversations or (300 if small else 20_000),
        days=days,
        seed=seed,
        progress=_tell,
    )
    write_demo_settings(home.settings_file, days=days)
    write_mark(home)
    typer.echo(str(summary))


@app.command()
def sync(
    context: typer.Context,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Build every table anew.")] = False,
    reload: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Read files matching GLOB again; may be repeated."),
    ] = None,
) -> None:
    """Bring in what is new, rebuild the marts, publish them."""
    from chat_pipeline.demo_mark import ForeignExports, refuse_foreign_exports
    from chat_pipeline.lock import HomeBusy, HomeNotWritable
    from chat_pipeline.store.place import StoreError
    from chat_pipeline.suites import QualityError, check_own_suites

    chosen: Chosen = context.obj
    settings = _settings(chosen)
    try:
        check_own_suites(chosen.home)
        refuse_foreign_exports(chosen.home)
        # Dagster takes seconds to import: not before it is needed.
        from chat_pipeline.run import quiet_night, run_nightly

        quiet = None if full_refresh or reload else quiet_night(chosen.home, settings)
        outcome = quiet or run_nightly(
            chosen.home, settings, full_refresh=full_refresh, reload=tuple(reload or ()), progress=_tell
        )
    except HomeBusy as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BUSY) from None
    except (ForeignExports, HomeNotWritable, NewerLayout, QualityError, StoreError) as error:
        _fail(str(error))
    _notify(chosen.home, settings, outcome)
    told = _tell_quiet if quiet else _tell_outcome
    raise typer.Exit(told(chosen.home, settings, outcome))


def _notify(home: Home, settings: Settings, outcome: RunOutcome) -> None:
    from chat_pipeline.notices import tell

    failures, checks = outcome.failures, outcome.failed_checks
    for undelivered in tell(home, settings, failures=failures, failed_checks=checks, run_id=outcome.run_id):
        typer.echo(undelivered, err=True)


def _tell_quiet(home: Home, settings: Settings, outcome: RunOutcome) -> int:
    from chat_pipeline.news import still_needs_a_look
    from chat_pipeline.summary import files_to_look_at

    files = still_needs_a_look(home)
    typer.echo(files_to_look_at(files) + "nothing new: the marts stand")
    return _exit_code(home, settings, outcome, bool(files))


def _tell_outcome(home: Home, settings: Settings, outcome: RunOutcome) -> int:
    from chat_pipeline.status import needs_a_look, status
    from chat_pipeline.summary import summary

    if not outcome.success:
        for failure in outcome.failures:
            typer.echo(failure, err=True)
        typer.echo("not published: the marts of before stand", err=True)
        return FAILED
    found = status(home, settings)
    typer.echo(summary(home, found))
    typer.echo(
        f"published version {outcome.version}" if outcome.published else "nothing new: the marts stand"
    )
    return _exit_code(home, settings, outcome, bool(needs_a_look(found)))


def _exit_code(home: Home, settings: Settings, outcome: RunOutcome, has_files_to_look_at: bool) -> int:
    """Also tells what is stale and what failed without keeping the marts from being published."""
    from chat_pipeline.status import stale_sources

    late = stale_sources(home, settings, datetime.now(UTC).replace(tzinfo=None))
    for source in late:
        typer.echo(f"stale: {source}")
    stations_failed = [
        name for name in outcome.failed_checks if name.endswith((": extracted", ": scored", ": written"))
    ]
    for name in stations_failed:
        typer.echo(f"failed: {name}")
    return NEEDS_A_LOOK if has_files_to_look_at or late or stations_failed else PUBLISHED


@app.command("status")
def status_command(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Plain JSON.")] = False
) -> None:
    """What is loaded, held or refused, and how far the data reach."""
    from chat_pipeline.listings import file_table
    from chat_pipeline.status import status

    found = status(context.obj.home, _settings(context.obj))
    typer.echo(json.dumps(found, indent=1, ensure_ascii=False) if as_json else file_table(found))


@app.command("inspect")
def inspect_command(
    context: typer.Context, files: Annotated[list[Path], typer.Argument(help="Files, wherever they lie.")]
) -> None:
    """Say what files are, without loading them."""
    from chat_pipeline.inspection import inspect_file
    from chat_pipeline.listings import inspection_text

    settings = _settings(context.obj)
    missing = [str(path) for path in files if not path.is_file()]
    for path in files:
        if path.is_file():
            for found in inspect_file(settings, path):
                typer.echo(inspection_text(found))
    if missing:
        _fail(f"no such file: {', '.join(missing)}")


@app.command("held")
def held_command(context: typer.Context) -> None:
    """Files that failed a critical expectation and wait outside."""
    from chat_pipeline.decisions import held_files
    from chat_pipeline.listings import held_text

    typer.echo(held_text(context.obj.home, held_files(context.obj.home)))


@app.command("accept")
def accept_command(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="As `held` shows it.")],
    file: Annotated[str, typer.Argument(help="As `held` shows it.")],
    because: Annotated[str, typer.Option(help="Why it may load; kept with the load.")],
) -> None:
    """Let a held file in with the next sync."""
    from chat_pipeline.decisions import accept
    from chat_pipeline.sources import discover

    sources = discover()
    if source not in sources:
        _fail(f"no source {source}: there are {', '.join(sources)}")
    settings = _settings(context.obj)
    _decide(lambda: accept(context.obj.home, sources[source], file, because, settings=settings))
    typer.echo(f"{source}/{file} loads with the next `chat-pipeline sync`")


@app.command("forget")
def forget_command(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="As `status` shows it; SOURCE/FILE where two have the name.")],
    because: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "asked to",
) -> None:
    """Take a file's rows out again."""
    from chat_pipeline.decisions import forget

    settings = _settings(context.obj)
    source = _decide(lambda: forget(context.obj.home, file, because, settings=settings))
    typer.echo(f"{file} of {source.name} is out with the next `chat-pipeline sync`")


@app.command("compact")
def compact_command(context: typer.Context) -> None:
    """Make one load of each source's many small ones in raw; what they tell stays the same."""
    from chat_pipeline.extract.merge import merge
    from chat_pipeline.sources import discover
    from chat_pipeline.store import hold

    home, settings = context.obj.home, _settings(context.obj)

    def compact() -> dict[str, int]:
        with hold(home, settings) as store:
            merged = {name: merge(home, settings, source) for name, source in discover().items()}
            store.send_raw()
            return merged

    merged = {name: count for name, count in _decide(compact).items() if count}
    for name, count in merged.items():
        typer.echo(f"{name}: {count} loads are one now")
    if not merged:
        typer.echo("no source has two loads to merge")


def _decide(decide: Callable[[], T]) -> T:
    from chat_pipeline.decisions import NoDecision
    from chat_pipeline.lock import HomeBusy
    from chat_pipeline.store import StoreError

    try:
        return decide()
    except (NoDecision, StoreError) as error:
        _fail(str(error))
    except HomeBusy as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BUSY) from None


@app.command("signals")
def signals_command(
    context: typer.Context,
    as_toml: Annotated[bool, typer.Option("--toml", help="Lines for the settings file.")] = False,
) -> None:
    """What the bots' data hold that settings could map: intents, slots, actions, parameters."""
    from chat_pipeline.listings import signals_text

    home: Home = context.obj.home
    if not home.published.is_file():
        _fail("nothing is published yet: run `chat-pipeline sync` first")
    typer.echo(signals_text(home, _settings(context.obj), as_toml=as_toml))


@app.command()
def ui(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Dagster's web interface and the daemon that runs the schedule, on this machine only."""
    from chat_pipeline.ui import serve

    home: Home = context.obj.home
    typer.echo(f"http://127.0.0.1:{port} (Ctrl-C ends it)")
    raise typer.Exit(serve(home, port))


@app.command()
def env(context: typer.Context) -> None:
    """Shell lines that point Dagster and dbt to this home."""
    from chat_pipeline.ui import environment_lines

    typer.echo(environment_lines(context.obj.home, _settings(context.obj)))


def _settings(chosen: Chosen) -> Settings:
    from chat_pipeline.settings import SettingsError

    try:
        return chosen.settings()
    except SettingsError as error:
        _fail(str(error))


def _tell(text: str) -> None:
    """Progress, on standard error. Hundreds of models pass by: on a screen in one line, else unsaid."""
    passing = PASSING.match(text)
    if not passing:
        typer.echo(text, err=True)
    elif sys.stderr.isatty():
        typer.echo(f"\r{passing['done']}\033[K", err=True, nl=passing["number"] == passing["total"])


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(FAILED)


for _command in (health, backup, restore, report, docs):
    app.command()(_command)
app.add_typer(privacy, name="privacy")


def main() -> None:
    if sys.platform == "win32":
        sys.exit("chat-pipeline runs on Linux, macOS and WSL2, not on native Windows")
    app()


if __name__ == "__main__":
    main()
