"""The published marts as one asset: only what dbt's tests found sound is published."""

from collections.abc import Mapping
from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, Failure, MaterializeResult, asset

from chat_pipeline.assets.warehouse import NIGHTLY
from chat_pipeline.dbt import failed_tests
from chat_pipeline.fingerprint import fingerprint
from chat_pipeline.news import remember_exports
from chat_pipeline.publish import AfterPublishFailed, Publication, current_publication, mark_synced, publish
from chat_pipeline.resources import RETRY, Sync
from chat_pipeline.standing import standing
from chat_pipeline.status import needs_a_look, status
from chat_pipeline.store import StoreError

REPEATED = {"repeated": "nothing new since this version"}


def publish_asset(upstream: list[AssetKey]) -> AssetsDefinition:
    """`[publish, marts]`: a new version of `marts/current/`, or what stands where nothing changed."""

    @asset(
        name="marts",
        key_prefix=["publish"],
        group_name="publish",
        deps=upstream,
        required_resource_keys={"sync"},
        kinds={"duckdb", "parquet"},
        retry_policy=RETRY,
        description="The marts and analytics as published: marts/current/, read-only, for BI.",
    )
    def marts(context: AssetExecutionContext) -> MaterializeResult:
        sync: Sync = context.resources.sync
        # What is published must be made of loads that count.
        _commit(sync)
        if context.job_name == NIGHTLY and sync.is_quiet:
            _send(sync)
            _remember(sync)
            mark_synced(sync.home)
            return MaterializeResult(metadata={**_metadata(current_publication(sync.home)), **REPEATED})
        reason = refusal(sync)
        if reason:
            raise Failure(description=f"not published, the old marts stand: {reason}", allow_retries=False)
        try:
            publication = publish(sync.home, sync.settings, sync.run_id, lambda: _send(sync))
            if context.job_name == NIGHTLY:
                _remember(sync)
        except AfterPublishFailed as error:
            raise Failure(description=str(error), allow_retries=False) from error
        sync.tell(f"published version {publication.version}")
        return MaterializeResult(metadata=_metadata(publication))

    return marts


def _commit(sync: Sync) -> None:
    try:
        if sync.store:
            sync.store.send_raw()
    except StoreError as error:
        raise Failure(
            description=f"not published, the old marts stand: {error}", allow_retries=False
        ) from error


def _send(sync: Sync) -> None:
    try:
        if sync.store:
            sync.store.send_parquet()
    except StoreError as error:
        told = f"published in the home, but not in object storage: {error}"
        raise Failure(description=told, allow_retries=False) from error


def refusal(sync: Sync) -> str:
    """Why the build must not be published; empty if it may."""
    dbt, analytics = standing(sync.home, "dbt"), standing(sync.home, "analytics")
    failed = failed_tests(dbt.get("nodes", {}))
    if failed:
        return "dbt's tests failed: " + "; ".join(_told(name, dbt["nodes"][name]) for name in sorted(failed))
    now = fingerprint(sync.home, sync.settings)
    if dbt.get("fingerprint") != now or analytics.get("fingerprint") != now:
        return "the build is not made of the raw data and settings as they are now; run `chat-pipeline sync`"
    return ""


def _remember(sync: Sync) -> None:
    """Until other exports come, `chat-pipeline sync` needs no run; unless a source is to be tried again."""
    if not sync.failed_sources:
        files = needs_a_look(status(sync.home, sync.settings))
        remember_exports(sync.home, sync.exports, files)


def _metadata(publication: Publication | None) -> dict[str, Any]:
    if publication is None:
        return {}
    return {
        "version": publication.version,
        "rows": dict(publication.rows),
        "dagster/row_count": sum(publication.rows.values()),
    }


def _told(name: str, node: Mapping[str, Any]) -> str:
    return f"{name.split('.')[2]} ({node['message'] or node['status']})"
