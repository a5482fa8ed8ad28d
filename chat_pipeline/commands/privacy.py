"""`chat-pipeline privacy find`: where a person appears. What to do then is in docs/privacy.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chat_pipeline.commands import FAILED, fail, home_of, settings_of

if TYPE_CHECKING:
    from chat_pipeline.privacy import Report

privacy = typer.Typer(no_args_is_help=True, help="Requests of persons for access or erasure.")


@privacy.command("find")
def find_command(
    context: typer.Context,
    identifier: Annotated[str, typer.Argument(help="E-mail, phone number or any id, as you have it.")],
) -> None:
    """Where a person appears: exports, raw, marts, publications, caches, logs, backups. Ends with 1 if nowhere."""
    from chat_pipeline.privacy import find
    from chat_pipeline.privacy.person import NotSearchable

    try:
        report = find(home_of(context), settings_of(context), identifier)
    except NotSearchable as error:
        fail(str(error))
    typer.echo(_text(report, identifier))
    if not report.found:
        raise typer.Exit(FAILED)


def _text(report: Report, identifier: str) -> str:
    from chat_pipeline.tables import table

    person = report.person
    kinds: dict[str, int] = {}
    for linked in person.linked:
        kinds[linked.kind] = kinds.get(linked.kind, 0) + 1
    listed = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    parts = [
        f"customers who have {identifier}: {', '.join(person.keys)}"
        if person.is_known
        else f"the marts know no customer by {identifier}: linked identifiers were not searched",
        f"linked identifiers, searched too: {listed}" if listed else "",
    ]
    if report.found:
        rows = [(found.place, found.what, found.given, found.linked) for found in report.found]
        parts.append(table("found", ("place", "file or table", "given", "linked"), rows))
    else:
        parts.append(f"{identifier} appears nowhere")
    parts += [f"not searched: {line}" for line in report.unsearched]
    return "\n".join(part for part in parts if part)
