"""Each analytics table as an asset, downstream of the marts it is computed from."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
    multi_asset,
)

from chat_pipeline.analytics import AnalyticsTable, build_table, discover
from chat_pipeline.assets.warehouse import NIGHTLY, nothing_new
from chat_pipeline.engine import memory_limit
from chat_pipeline.reading import sql_text
from chat_pipeline.resources import Sync
from chat_pipeline.standing import keep, standing

PART = "analytics"


def analytics_assets(marts: list[AssetKey]) -> AssetsDefinition:
    """All analytics tables; a night on which nothing changed repeats what stands."""

    @multi_asset(
        name="analytics",
        group_name="analytics",
        specs=[_spec(table, marts) for table in discover().values()],
        required_resource_keys={"sync"},
        can_subset=True,
    )
    def analytics(context: AssetExecutionContext) -> Iterator[MaterializeResult]:
        sync: Sync = context.resources.sync
        selected = {key.path[-1] for key in context.selected_asset_keys}
        if context.job_name == NIGHTLY and nothing_new(sync):
            yield from analytics_events(standing(sync.home, PART)["tables"], selected, repeated=True)
            return
        built, failed = build_tables(sync, selected)
        yield from analytics_events(built, selected)
        if failed:
            text = "; ".join(f"{name}: {error}" for name, error in failed.items())
            raise Failure(description=f"analytics could not be computed: {text}", allow_retries=False)

    return analytics


def build_tables(sync: Sync, selected: set[str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Rows and seconds per table built, and what went wrong with the others; keeps them as standing."""
    import duckdb

    built: dict[str, dict[str, Any]] = {}
    failed: dict[str, str] = {}
    keep(sync.home, PART, {**standing(sync.home, PART), "fingerprint": ""})
    with duckdb.connect(str(sync.home.build), config={"memory_limit": memory_limit(sync.settings)}) as con:
        con.execute("set TimeZone = 'UTC'")
        # Names of GA4 parameters and CRM fields, for `signals`, are in no mart.
        con.execute(f"attach {sql_text(str(sync.home.warehouse))} as warehouse (read_only)")
        for name, table in discover().items():
            if name not in selected:
                continue
            if lacking := [needed for needed in table.needs if needed in failed]:
                failed[name] = f"needs {', '.join(lacking)}"
                continue
            begun = time.perf_counter()
            try:
                rows = build_table(con, table, sync.settings)
            except duckdb.Error as error:
                # Its text may quote a value of the data.
                failed[name] = type(error).__name__
                continue
            built[name] = {"rows": rows, "seconds": round(time.perf_counter() - begun, 3)}
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
        if repeated:
            metadata["repeated"] = "nothing new since the run that found this"
        yield MaterializeResult(asset_key=[PART, name], metadata=metadata)


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
