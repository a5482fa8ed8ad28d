"""`chat-pipeline status`, `inspect`, `held`, `signals` and `explain`: what is there, told and left as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from chat_pipeline.commands import fail, home_of, settings_of


def status_command(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Plain JSON.")] = False
) -> None:
    """What is loaded, held or refused, and how far the data reach."""
    from chat_pipeline.listings import file_table
    from chat_pipeline.status import status

    found = status(home_of(context), settings_of(context))
    typer.echo(json.dumps(found, indent=1, ensure_ascii=False) if as_json else file_table(found))


def inspect_command(
    context: typer.Context, files: Annotated[list[Path], typer.Argument(help="Files, wherever they lie.")]
) -> None:
    """Say what files are, without loading them."""
    from chat_pipeline.inspection import inspect_file
    from chat_pipeline.listings import inspection_text

    settings = settings_of(context)
    missing = [str(path) for path in files if not path.is_file()]
    for path in files:
        if path.is_file():
            for found in inspect_file(settings, path):
                typer.echo(inspection_text(found))
    if missing:
        fail(f"no such file: {', '.join(missing)}")


def held_command(context: typer.Context) -> None:
    """Files that failed a critical expectation and wait outside."""
    from chat_pipeline.decisions import held_files
    from chat_pipeline.listings import held_text

    typer.echo(held_text(home_of(context), held_files(home_of(context))))


def signals_command(
    context: typer.Context,
    as_toml: Annotated[bool, typer.Option("--toml", help="Lines for the settings file.")] = False,
) -> None:
    """What the bots' data hold that settings could map: intents, slots, actions, parameters."""
    from chat_pipeline.listings import signals_text

    home = home_of(context)
    if not home.published.is_file():
        fail("nothing is published yet: run `chat-pipeline sync` first")
    typer.echo(signals_text(home, settings_of(context), as_toml=as_toml))


def explain_command(
    context: typer.Context, customer_key: Annotated[str, typer.Argument(help="As in marts.dim_customers.")]
) -> None:
    """Why a customer is one person: each identifier's rule, score and proof, with file and row. No values."""
    from chat_pipeline.identity_proofs import proofs
    from chat_pipeline.tables import table

    home = home_of(context)
    if not home.published.is_file():
        fail("nothing is published yet: run `chat-pipeline sync` first")
    found = proofs(home, settings_of(context), customer_key)
    if not found:
        fail(f"no customer {customer_key} in the published tables; old keys are in marts.customer_merges")
    rows = [
        (
            f"{one.identifier_type}, {one.platform}/{one.instance}",
            one.rule if one.score is None else f"{one.rule} {one.score:.3f}",
            one.since_at and f"{one.since_at:%Y-%m-%d}",
            f"{one.record_kind} with {one.identifiers}: "
            + (f"{one.file}, row {one.row}" if one.file else "not in raw under its id"),
        )
        for one in found
    ]
    typer.echo(table("identifiers", ("identifier", "rule", "since", "proof"), rows))
