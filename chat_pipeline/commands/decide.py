"""`chat-pipeline accept`, `forget` and `compact`: what somebody decides about files and loads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from chat_pipeline.commands import BUSY, fail, home_of, settings_of

T = TypeVar("T")


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
        fail(f"no source {source}: there are {', '.join(sources)}")
    settings = settings_of(context)
    _decide(lambda: accept(home_of(context), sources[source], file, because, settings=settings))
    typer.echo(f"{source}/{file} loads with the next `chat-pipeline sync`")


def forget_command(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="As `status` shows it; SOURCE/FILE where two have the name.")],
    because: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "asked to",
) -> None:
    """Take a file's rows out again."""
    from chat_pipeline.decisions import forget

    settings = settings_of(context)
    source = _decide(lambda: forget(home_of(context), file, because, settings=settings))
    typer.echo(f"{file} of {source.name} is out with the next `chat-pipeline sync`")


def compact_command(context: typer.Context) -> None:
    """Make one load of each source's many small ones in raw; what they tell stays the same."""
    from chat_pipeline.extract.merge import merge
    from chat_pipeline.sources import discover
    from chat_pipeline.store import hold

    home, settings = home_of(context), settings_of(context)

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
        fail(str(error))
    except HomeBusy as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(BUSY) from None
