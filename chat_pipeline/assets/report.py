"""What is made to look at from the published marts, as assets with a check each: marts that stand published are no
failure because a page could not be made or a mail not be sent."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    MaterializeResult,
    asset,
)

from chat_pipeline.digest import write_and_send
from chat_pipeline.publish import current_publication
from chat_pipeline.reporting import write_report
from chat_pipeline.resources import Sync
from chat_pipeline.standing import keep, standing
from chat_pipeline.workbook import write_workbook

WRITTEN = "written"
Events = Iterator[MaterializeResult | AssetCheckResult]
# What is written, as a dataclass with `path`, `version` and `seconds`; its `problem`, if it has one, is told.
Make = Callable[[Sync], Any]


def report_assets() -> list[AssetsDefinition]:
    """`[publish, report]`, `[publish, workbook]`, `[publish, digest]`."""
    return [
        _asset(
            "report",
            "latest.html",
            "html",
            "reports/latest.html: the published marts to look at, one page that needs no server; dated ones beside it.",
            lambda sync: write_report(sync.home, sync.settings),
        ),
        _asset(
            "workbook",
            "latest.xlsx",
            "excel",
            "reports/latest.xlsx: the headline tables with charts, for Excel; reports/csv/: each analytics table.",
            lambda sync: write_workbook(sync.home, sync.settings),
        ),
        _asset(
            "digest",
            "digest.html",
            "html",
            "reports/digest.txt and digest.html: what changed, what needs a look, what was held; sent as settings say.",
            lambda sync: write_and_send(sync.home, sync.settings),
        ),
    ]


def _asset(part: str, file: str, kind: str, description: str, make: Make) -> AssetsDefinition:
    key = ["publish", part]

    @asset(
        name=part,
        key_prefix=key[:1],
        group_name="publish",
        deps=[["publish", "marts"]],
        check_specs=[
            AssetCheckSpec(
                name=WRITTEN, asset=key, description=f"The {part} of the published marts could be made."
            )
        ],
        required_resource_keys={"sync"},
        kinds={kind},
        description=description,
    )
    def made(context: AssetExecutionContext) -> Events:
        sync: Sync = context.resources.sync
        found = standing(sync.home, part)
        repeated = _stands(sync, found, file)
        if not repeated:
            found = _made(sync, part, make)
            keep(sync.home, part, found)
            sync.tell(f"{part}: {found['problem'] or found['path']}")
        told = {name: value for name, value in found.items() if name != "problem"}
        again = {"repeated": "nothing new since this version"} if repeated else {}
        yield MaterializeResult(metadata={**told, **again})
        yield AssetCheckResult(
            asset_key=key,
            check_name=WRITTEN,
            passed=not found["problem"],
            severity=AssetCheckSeverity.ERROR,
            description=found["problem"] or None,
        )

    return made


def _stands(sync: Sync, found: dict[str, Any], file: str) -> bool:
    """Whether it was made, without a problem, of what is published now."""
    publication = current_publication(sync.home)
    is_of_it = publication is not None and found.get("version") == publication.version
    return is_of_it and not found["problem"] and (sync.home.reports / file).is_file()


def _made(sync: Sync, part: str, make: Make) -> dict[str, Any]:
    """What was written, or the problem; its kind alone, for its text may quote a value of the data."""
    try:
        written = asdict(make(sync))
    except Exception as error:  # the marts are published: their run must not end as failed
        where = error.__traceback__
        while where and where.tb_next:
            where = where.tb_next
        place = f" in {where.tb_frame.f_code.co_name}, line {where.tb_lineno}" if where else ""
        return {
            "problem": f"the {part} could not be made: {type(error).__name__}{place}; the one of before stands"
        }
    plain = {name: str(value) if isinstance(value, Path) else value for name, value in written.items()}
    return {"problem": "", **plain, "seconds": round(written["seconds"], 3)}
