"""The one `Definitions`, merged from what the folders hold. Needs no home, network or warehouse."""

from dagster import AssetKey, DagsterRunStatus, Definitions, in_process_executor

from chat_pipeline.assets.analytics import analytics_assets
from chat_pipeline.assets.publish import publish_asset
from chat_pipeline.assets.raw import raw_assets
from chat_pipeline.assets.report import report_assets
from chat_pipeline.assets.warehouse import warehouse_assets
from chat_pipeline.manifest import project_manifest
from chat_pipeline.resources import found_home, sync_resource
from chat_pipeline.schedules import (
    new_exports,
    nightly_schedule,
    nightly_sync,
    notice_of_stale_marts,
    notice_sensor,
)


def definitions() -> Definitions:
    warehouse = warehouse_assets(project_manifest())
    marts = sorted(key for key in warehouse.keys if key.path[0] == "marts")
    analytics = analytics_assets(marts)
    published: list[AssetKey] = [*marts, *sorted(analytics.keys)]
    made = [publish_asset(published), *report_assets()]
    home, settings = found_home()
    return Definitions(
        assets=[*raw_assets(home.expectations), warehouse, analytics, *made],
        resources={"sync": sync_resource(found_home)},
        jobs=[nightly_sync],
        schedules=[nightly_schedule(settings)],
        sensors=[
            new_exports,
            notice_of_stale_marts,
            notice_sensor(DagsterRunStatus.SUCCESS),
            notice_sensor(DagsterRunStatus.FAILURE),
        ],
        executor=in_process_executor,
    )


defs = definitions()
