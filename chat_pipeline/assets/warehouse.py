"""The dbt models as assets and the dbt tests as their checks, from one dbt run inside this process."""

from collections.abc import Iterator, Mapping, Set
from graphlib import TopologicalSorter
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
)
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from chat_pipeline.dbt import BUILT, DbtOutcome, build_models
from chat_pipeline.fingerprint import fingerprint
from chat_pipeline.publish import next_version
from chat_pipeline.resources import RETRY, Sync
from chat_pipeline.standing import keep, standing

Events = Iterator[MaterializeResult | AssetCheckResult]
NIGHTLY = "nightly_sync"
UNIQUE_ID = "dagster_dbt/unique_id"
# Results of tests that may be said again; one that could not be run is run.
TOLD = ("pass", "warn", "fail")


class Translator(DagsterDbtTranslator):
    """Dagster's own translation, but tests don't block (publish judges them all together) and each
    test is a check: one that reads several models belongs to the first of them, marts first. Models
    are grouped by layer."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer: staging, intermediate, marts."""
        return dbt_resource_props["fqn"][1]

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> AssetCheckSpec | None:
        test = manifest["nodes"][unique_id]
        if home_of_test(manifest, test) != asset_spec.metadata[UNIQUE_ID]:
            return None
        return AssetCheckSpec(
            name=test["name"],
            asset=asset_spec.key,
            description=test.get("description") or None,
            metadata={UNIQUE_ID: unique_id},
            blocking=False,
        )


def home_of_test(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> str | None:
    """The unique id of the model that a test belongs to."""
    named = [
        name for name in test["depends_on"]["nodes"] if name.startswith(("model.", "seed.", "snapshot."))
    ]
    named.sort(key=lambda name: (manifest["nodes"][name]["schema"] != "marts", name))
    return test.get("attached_node") or (named[0] if named else None)


def warehouse_assets(manifest: Mapping[str, Any]) -> AssetsDefinition:
    """All dbt models. A night on which nothing changed repeats what stands, without starting dbt."""

    @dbt_assets(
        manifest=manifest,
        name="warehouse",
        dagster_dbt_translator=Translator(),
        required_resource_keys={"sync"},
        retry_policy=RETRY,
    )
    def warehouse(context: AssetExecutionContext) -> Events:
        sync: Sync = context.resources.sync
        if context.job_name == NIGHTLY and sync.is_quiet:
            sync.tell("nothing new: the marts stand")
            yield from dbt_events(context, standing(sync.home, "dbt")["nodes"], told=frozenset())
            return
        outcome = run_dbt(context, sync)
        is_whole = not outcome.error and not outcome.broken_models()
        nodes = standing(sync.home, "dbt")["nodes"] if is_whole else outcome.nodes
        yield from dbt_events(context, nodes, told=outcome.nodes.keys())
        fail_if_broken(outcome)

    return warehouse


def run_dbt(context: AssetExecutionContext, sync: Sync) -> DbtOutcome:
    """Builds and tests what the run selected, and keeps the results as the standing ones."""
    whole = not _is_subset(context)
    before = standing(sync.home, "dbt")
    stood = before.get("nodes", {})
    now = fingerprint(sync.home, sync.settings)
    # Until dbt has ended, the build is of nothing: a killed run must not look like a finished one.
    keep(sync.home, "dbt", {**before, "fingerprint": ""})
    outcome = build_models(
        sync.home,
        sync.settings,
        select=None if whole else _selected(context, tests=False),
        test=None if whole else _selected(context, tests=True),
        full_refresh=sync.full_refresh,
        publication_version=str(next_version(sync.home)),
        run_id=sync.run_id,
        standing={name for name, node in stood.items() if node["status"] in TOLD},
        tell=sync.tell,
    )
    nodes = {**stood, **outcome.nodes} if outcome.is_partial or not whole else outcome.nodes
    sound = not outcome.error and not outcome.broken_models()
    of_one_piece = sound and (whole or before.get("fingerprint") == now)
    keep(sync.home, "dbt", {"fingerprint": now if of_one_piece else "", "nodes": nodes})
    return outcome


def dbt_events(
    context: AssetExecutionContext, nodes: Mapping[str, Mapping[str, Any]], told: Set[str]
) -> Events:
    """A materialisation per model built and a result per test run, of those the run selected; what is not among `told`
    (by dbt's unique id) is repeated from an earlier run."""
    definition = context.assets_def
    order = TopologicalSorter(definition.asset_deps).static_order()
    for key in (key for key in order if key in context.selected_asset_keys):
        name = definition.get_asset_spec(key).metadata[UNIQUE_ID]
        node = nodes.get(name)
        if node and node["status"] in BUILT:
            yield MaterializeResult(asset_key=key, metadata=_metadata(node, name not in told))
    for check_key in sorted(context.selected_asset_check_keys):
        spec = definition.get_spec_for_check_key(check_key)
        name = (spec.metadata or {})[UNIQUE_ID]
        node = nodes.get(name)
        if node and node["status"] != "skipped":
            warned = node["status"] == "warn"
            yield AssetCheckResult(
                asset_key=check_key.asset_key,
                check_name=check_key.name,
                passed=node["status"] == "pass",
                severity=AssetCheckSeverity.WARN if warned else AssetCheckSeverity.ERROR,
                metadata=_metadata(node, name not in told),
            )


def fail_if_broken(outcome: DbtOutcome) -> None:
    """Ends the step as failed, naming the models; the old marts stand."""
    broken = [f"{name.split('.')[-1]}: {outcome.nodes[name]['message']}" for name in outcome.broken_models()]
    if outcome.error and not broken:
        broken = [outcome.error]
    if broken:
        skipped = [n.split(".")[-1] for n, node in outcome.nodes.items() if node["status"] == "skipped"]
        raise Failure(
            description="dbt could not build " + "; ".join(broken),
            metadata={"not built after that": skipped},
            # DuckDB's word for a file that is locked or can't be written; a model's fault stays one.
            allow_retries=any("IO Error" in text for text in broken),
        )


def _metadata(node: Mapping[str, Any], repeated: bool) -> dict[str, Any]:
    found = {"seconds": node["seconds"], "status": node["status"], "failures": node["failures"]}
    if node["status"] not in (*BUILT, "pass"):
        found["message"] = node["message"]
    if node.get("keys"):
        found["keys of failing rows"] = "; ".join(node["keys"])
    if repeated:
        found["repeated"] = "nothing new since the run that found this"
    return {name: value for name, value in found.items() if value is not None}


def _is_subset(context: AssetExecutionContext) -> bool:
    definition = context.assets_def
    every_check = {spec.key for spec in definition.node_check_specs_by_output_name.values()}
    return (
        definition.keys_by_output_name != definition.node_keys_by_output_name
        or context.selected_asset_check_keys != every_check
    )


def _selected(context: AssetExecutionContext, *, tests: bool) -> list[str]:
    """The selected models, or tests, as dbt names them."""
    definition = context.assets_def
    if tests:
        specs = [definition.get_spec_for_check_key(key) for key in sorted(context.selected_asset_check_keys)]
    else:
        specs = [definition.get_asset_spec(key) for key in sorted(context.selected_asset_keys)]
    return [str((spec.metadata or {})[UNIQUE_ID]).split(".")[2] for spec in specs]
