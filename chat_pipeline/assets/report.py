"""The report as an asset, and its check: marts that stand published are no failure because a page could not be made."""

import traceback
from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    MaterializeResult,
    asset,
)

from chat_pipeline.publish import current_publication
from chat_pipeline.reporting import PART, write_report
from chat_pipeline.resources import Sync
from chat_pipeline.standing import keep, standing

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
        _make(sync)
        found = standing(sync.home, PART)
        sync.tell(f"report: {found['problem'] or found['path']}")
    told = {name: value for name, value in found.items() if name != "problem"}
    if stands:
        told["repeated"] = "nothing new since this version"
    yield MaterializeResult(metadata=told)
    yield AssetCheckResult(
        asset_key=KEY,
        check_name=WRITTEN,
        passed=not found["problem"],
        severity=AssetCheckSeverity.ERROR,
        description=found["problem"] or None,
    )


def _make(sync: Sync) -> None:
    """Writes the report; of what goes wrong only the kind and place are kept: its text may quote a value of the data."""
    try:
        write_report(sync.home, sync.settings)
    except Exception as error:  # the marts are published: their run must not end as failed
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {last.name}, line {last.lineno}"
        keep(sync.home, PART, {"problem": f"the report could not be made: {where}; the one of before stands"})
