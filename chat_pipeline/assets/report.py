"""The report as an asset, and its check: marts that stand published are no failure because a page could not be made."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    MaterializeResult,
    asset,
)

from chat_pipeline.publish import current_publication
from chat_pipeline.reporting import write_report
from chat_pipeline.resources import Sync
from chat_pipeline.standing import keep, standing

PART = "report"
KEY = ["publish", PART]
WRITTEN = "written"
Events = Iterator[MaterializeResult | AssetCheckResult]


@asset(
    name=PART,
    key_prefix=["publish"],
    group_name="publish",
    deps=[["publish", "marts"]],
    check_specs=[
        AssetCheckSpec(
            name=WRITTEN, asset=KEY, description="The report of the published marts could be made."
        )
    ],
    required_resource_keys={"sync"},
    kinds={"html"},
    description="reports/latest.html: the published marts to look at, one page that needs no server; dated ones beside it.",
)
def report_asset(context: AssetExecutionContext) -> Events:
    sync: Sync = context.resources.sync
    publication = current_publication(sync.home)
    found = standing(sync.home, PART)
    stands = (
        publication
        and found.get("version") == publication.version
        and (sync.home.reports / "latest.html").is_file()
    )
    if not stands:
        found = _made(sync)
        keep(sync.home, PART, found)
        sync.tell(f"report: {found['problem']}" if found["problem"] else f"report: {found['path']}")
    told = {name: value for name, value in found.items() if name != "problem"}
    yield MaterializeResult(
        metadata={**told, **({"repeated": "nothing new since this version"} if stands else {})}
    )
    yield AssetCheckResult(
        asset_key=KEY,
        check_name=WRITTEN,
        passed=not found["problem"],
        severity=AssetCheckSeverity.ERROR,
        description=found["problem"] or None,
    )


def _made(sync: Sync) -> dict[str, Any]:
    """What was written, or the problem; its kind alone, for its text may quote a value of the data."""
    try:
        written = write_report(sync.home, sync.settings)
    except Exception as error:  # the marts are published: their run must not end as failed
        where = error.__traceback__
        while where and where.tb_next:
            where = where.tb_next
        place = f" in {where.tb_frame.f_code.co_name}, line {where.tb_lineno}" if where else ""
        return {
            "problem": f"the report could not be made: {type(error).__name__}{place}; the one of before stands"
        }
    told = {**asdict(written), "path": str(written.path), "seconds": round(written.seconds, 3)}
    return {**told, "problem": ""}
