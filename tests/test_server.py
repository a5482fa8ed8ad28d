"""A real webserver without a daemon: everything is listed, and one asset can be materialised."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from chat_pipeline.dagster_home import prepare_dagster_home
from chat_pipeline.home import Home
from chat_pipeline.sources import discover

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
LOCATION = "chat_pipeline.definitions"

ASSETS = """
{ assetNodes { isMaterializable assetKey { path }
    assetChecksOrError { ... on AssetChecks { checks { name } } } } }
"""
LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""
STATUS = "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


@pytest.fixture
def server(tmp_path):
    """A function that sends GraphQL to a webserver of its own, on a new home."""
    home = Home(tmp_path / "home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "CHAT_PIPELINE_HOME": str(home.root),
        "DAGSTER_HOME": str(prepare_dagster_home(home)),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "dagster_webserver", "-w", str(ROOT / "workspace.yaml")]
    log = (tmp_path / "server.log").open("w")
    process = subprocess.Popen(
        [*command, "-h", "127.0.0.1", "-p", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
    )
    try:
        yield lambda query, **variables: ask(f"http://127.0.0.1:{port}/graphql", query, variables)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def ask(url: str, query: str, variables: dict[str, object]) -> dict:
    """The answer's data; waits up to two minutes for the server to come up."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                found = json.load(answer)
            assert "errors" not in found, found
            return found["data"]
        except urllib.error.URLError:
            assert time.monotonic() < deadline, "the webserver did not come up"
            time.sleep(0.5)


def test_everything_is_listed_and_an_asset_is_materialised(server):
    from chat_pipeline.definitions import defs

    nodes = [node for node in server(ASSETS)["assetNodes"] if node["isMaterializable"]]
    graph = defs.resolve_asset_graph()
    listed = {tuple(node["assetKey"]["path"]) for node in nodes}
    assert listed == {tuple(key.path) for key in graph.materializable_asset_keys}
    checks = {
        (*node["assetKey"]["path"], check["name"])
        for node in nodes
        for check in node["assetChecksOrError"].get("checks", [])
    }
    assert checks == {(*key.asset_key.path, key.name) for key in graph.asset_check_keys}

    source = next(iter(discover().values()))
    selector = {
        "repositoryLocationName": LOCATION,
        "repositoryName": "__repository__",
        "pipelineName": "__ASSET_JOB",
    }
    selector |= {
        "assetSelection": [{"path": [source.name, source.tables[0].name]}],
        "assetCheckSelection": [],
    }
    launched = server(LAUNCH, params={"selector": selector, "runConfigData": {}, "mode": "default"})[
        "launchRun"
    ]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    assert wait_for(server, launched["run"]["runId"]) == "SUCCESS"


def wait_for(server, run_id: str) -> str:
    """The run's last status, within five minutes."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        status = server(STATUS, id=run_id)["runOrError"]["status"]
        if status in ("SUCCESS", "FAILURE", "CANCELED"):
            return status
        time.sleep(1)
    return status
