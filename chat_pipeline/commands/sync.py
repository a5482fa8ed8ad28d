"""`chat-pipeline sync`: the night, by hand or by a timer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from chat_pipeline.commands import (
    BUSY,
    FAILED,
    NEEDS_A_LOOK,
    PUBLISHED,
    fail,
    home_of,
    settings_of,
    tell,
)
from chat_pipeline.home import Home
from chat_pipeline.layout import NewerLayout

if TYPE_CHECKING:
    from chat_pipeline.run import RunOutcome
    from chat_pipeline.settings import Settings


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

    home, settings = home_of(context), settings_of(context)
    try:
        check_own_suites(home)
        refuse_foreign_exports(home)
        # Dagster takes seconds to import: not before it is needed.
        from chat_pipeline.run import quiet_night, run_nightly

        quiet = None if full_refresh or reload else quiet_night(home, settings)
        outcome = quiet or run_nightly(
            home, settings, full_refresh=full_refresh, reload=tuple(reload or ()), progress=tell
        )
    except HomeBusy as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BUSY) from None
    except (ForeignExports, HomeNotWritable, NewerLayout, QualityError, StoreError) as error:
        fail(str(error))
    _notify(home, settings, outcome)
    told = _tell_quiet if quiet else _tell_outcome
    raise typer.Exit(told(home, settings, outcome))


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
