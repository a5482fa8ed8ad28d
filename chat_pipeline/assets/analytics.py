"""Each analytics table as an asset, downstream of the marts it is computed from.

Before them the messages are scored, which may need a service outside; what came of it is the check `scored`.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from chat_pipeline.analytics import AnalyticsTable, build_table, discover
from chat_pipeline.assets.warehouse import NIGHTLY
from chat_pipeline.engine import memory_limit
from chat_pipeline.previews import previews
from chat_pipeline.reading import sql_text
from chat_pipeline.resources import RETRY, Sync
from chat_pipeline.sentiment.scoring import CACHE, SCORING, score_messages
from chat_pipeline.standing import keep, standing

if TYPE_CHECKING:
    import duckdb

Events = Iterator[MaterializeResult | AssetCheckResult]
PART = "analytics"
# The table that reads the scores of messages, and its check.
SCORED_TABLE, SCORED = "message_sentiment", "scored"


def analytics_assets(marts: list[AssetKey]) -> AssetsDefinition:
    """All analytics tables; a night on which nothing changed repeats what stands."""

    @multi_asset(
        name="analytics",
        group_name="analytics",
        specs=[_spec(table, marts) for table in discover().values()],
        check_specs=[
            AssetCheckSpec(
                name=SCORED,
                asset=[PART, SCORED_TABLE],
                description="The engine of settings could score the messages.",
            )
        ],
        required_resource_keys={"sync"},
        can_subset=True,
        retry_policy=RETRY,
    )
    def analytics(context: AssetExecutionContext) -> Events:
        sync: Sync = context.resources.sync
        selected = {key.path[-1] for key in context.selected_asset_keys}
        if context.job_name == NIGHTLY and sync.is_quiet:
            yield from analytics_events(standing(sync.home, PART)["tables"], selected, repeated=True)
            yield from scored_event(context, sync)
            return
        built, failed = build_tables(sync, selected)
        yield from analytics_events(built, selected)
        yield from scored_event(context, sync)
        if failed:
            text = "; ".join(f"{name}: {error}" for name, error in failed.items())
            raise Failure(
                description=f"analytics could not be computed: {text}",
                allow_retries="IOException" in failed.values(),
            )

    return analytics


def build_tables(sync: Sync, selected: set[str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Rows, seconds and previews per table built, and what went wrong with the others; keeps them as standing."""
    import duckdb

    built: dict[str, dict[str, Any]] = {}
    failed: dict[str, str] = {}
    keep(sync.home, PART, {**standing(sync.home, PART), "fingerprint": ""})
    with duckdb.connect(str(sync.home.build), config={"memory_limit": memory_limit(sync.settings)}) as con:
        con.execute("set TimeZone = 'UTC'")
        # Names of GA4 parameters and CRM fields, for `signals`, are in no mart.
        con.execute(f"attach {sql_text(str(sync.home.warehouse))} as warehouse (read_only)")
        if SCORED_TABLE in selected:
            _score(con, sync)
        for name, table in discover().items():
            if name not in selected:
                continue
            if lacking := [needed for needed in table.needs if needed in failed]:
                failed[name] = f"needs {', '.join(lacking)}"
                continue
            begun = time.perf_counter()
            try:
                rows = build_table(con, table, sync.settings)
                shown = previews(con, table)
            except duckdb.Error as error:
                # Its text may quote a value of the data.
                failed[name] = type(error).__name__
                continue
            seconds = round(time.perf_counter() - begun, 3)
            built[name] = {"rows": rows, "seconds": seconds, "shown": shown}
            sync.tell(f"analytics.{name}: {rows:,} rows")
    _keep(sync, built)
    return built, failed


def analytics_events(
    tables: Mapping[str, Mapping[str, Any]], selected: set[str], repeated: bool = False
) -> Iterator[MaterializeResult]:
    for name in discover():
        if name not in selected or name not in tables:
            continue
        metadata: dict[str, Any] = {
            "dagster/row_count": tables[name]["rows"],
            "seconds": tables[name]["seconds"],
        }
        metadata |= {title: MetadataValue.md(text) for title, text in tables[name].get("shown", {}).items()}
        if repeated:
            metadata["repeated"] = "nothing new since the run that found this"
        yield MaterializeResult(asset_key=[PART, name], metadata=metadata)


def scored_event(context: AssetExecutionContext, sync: Sync) -> Iterator[AssetCheckResult]:
    """How the last scoring went, if the run selected its check."""
    if not context.selected_asset_check_keys:
        return
    found = standing(sync.home, SCORING)
    yield AssetCheckResult(
        asset_key=[PART, SCORED_TABLE],
        check_name=SCORED,
        passed=not found.get("problem"),
        severity=AssetCheckSeverity.ERROR,
        description=found.get("problem") or None,
        metadata={name: value for name, value in found.items() if name != "problem"},
    )


def _score(con: "duckdb.DuckDBPyConnection", sync: Sync) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    outcome = score_messages(con, sync.settings, sync.home.state / CACHE, now, sync.tell)
    sync.tell(outcome.text())
    keep(sync.home, SCORING, asdict(outcome))


def _keep(sync: Sync, built: dict[str, dict[str, Any]]) -> None:
    """The tables are of one piece with the build only if all were made from it."""
    build = standing(sync.home, "dbt").get("fingerprint", "")
    tables = {name: {**result, "of": build} for name, result in built.items()}
    tables = {**standing(sync.home, PART).get("tables", {}), **tables}
    whole = all(tables.get(name, {}).get("of") == build for name in discover())
    keep(sync.home, PART, {"fingerprint": build if whole else "", "tables": tables})


def _spec(table: AnalyticsTable, marts: list[AssetKey]) -> AssetSpec:
    needed = [AssetKey([PART, name]) for name in table.needs]
    return AssetSpec(
        key=[PART, table.name],
        deps=[*marts, *needed],
        description=table.description,
        kinds={"python", "duckdb"},
    )
