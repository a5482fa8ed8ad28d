"""dbt's tests asked again from their kept SQL: judged as dbt judges, and left alone where they can only say the same again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from chat_pipeline import kept_tests
from chat_pipeline.home import Home
from chat_pipeline.kept_tests import keep_tests, run_tests, still_standing
from chat_pipeline.manifest import project_manifest
from chat_pipeline.settings import Settings
from chat_pipeline.sources import discover


def compiled(sql: str, **config: Any) -> Any:
    """A dbt test, compiled."""
    rules = {
        "severity": "error",
        "fail_calc": "count(*)",
        "warn_if": "!= 0",
        "error_if": "!= 0",
        "limit": None,
    }
    return SimpleNamespace(compiled_code=sql, config=SimpleNamespace(**{**rules, **config}))


@pytest.fixture
def built(home: Home) -> Home:
    home.root.mkdir(exist_ok=True)
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create table numbers as from range(5) as r (n)")
    duckdb.connect(str(home.build)).close()
    return home


@pytest.mark.parametrize(
    ("test", "status", "failures", "message"),
    [
        (compiled("select * from numbers where n > 4"), "pass", 0, ""),
        (compiled("select * from numbers where n > 2 -- two"), "fail", 2, "Got 2 results, configured to fail if != 0"),
        (compiled("select * from numbers where n > 3", severity="warn"), "warn", 1, "Got 1 result, configured to warn if != 0"),
        (compiled("select * from numbers", error_if="> 5"), "warn", 5, "Got 5 results, configured to warn if != 0"),
        (compiled("select * from numbers", limit=3), "fail", 3, "Got 3 results, configured to fail if != 0"),
        (compiled("select * from nowhere"), "error", None, "Catalog Error"),
    ],
)  # fmt: skip
def test_a_test_is_judged_as_dbt_does(built, settings: Settings, test, status, failures, message):
    result = run_tests(built, settings, {"test": test})["test"]
    assert (result["status"], result["failures"]) == (status, failures)
    assert result["message"].startswith(message)


def test_the_sql_is_kept_for_the_next_night(built):
    assert kept_tests.kept_tests(built) == {}
    keep_tests(built, {"b": "select 2", "a": "select 1"})
    keep_tests(built, {"a": "select 'it''s'"})
    assert kept_tests.kept_tests(built) == {"a": "select 'it''s'"}


def test_only_what_reads_no_source_with_news_stands(monkeypatch: pytest.MonkeyPatch, home: Home):
    """A test of what several sources say is asked again if one of them brought something, and of the ledger always."""

    def node(*upstream: str) -> Any:
        return SimpleNamespace(depends_on_nodes=list(upstream))

    sources = {f"source.{name}": SimpleNamespace(source_name=name) for name in ("rasa", "hubspot", "ledger")}
    nodes = {
        "chats": node("source.rasa", "source.ledger"),
        "people": node("source.hubspot", "source.ledger"),
        "all": node("chats", "people"),
        "loads": node("source.ledger"),
        **{f"test.{name}": node(name) for name in ("chats", "people", "all", "loads")},
    }
    monkeypatch.setattr(kept_tests, "without_news", lambda home: {"hubspot", "shopify"})
    manifest: Any = SimpleNamespace(sources=sources, nodes=nodes)
    assert still_standing(home, manifest, [name for name in nodes if name.startswith("test.")]) == {
        "test.people"
    }


def test_no_view_says_what_a_run_recomputes():
    """Views stand as they are on a night that takes in what is new: only tables may depend on what that is."""
    manifest = project_manifest()
    macros = manifest["macros"]

    def called(names: list[str], seen: set[str]) -> set[str]:
        for name in names:
            if name.startswith("macro.chat_pipeline.") and name not in seen:
                seen.add(name)
                called(macros[name]["depends_on"]["macros"], seen)
        return seen

    partial = {
        f"macro.chat_pipeline.{name}" for name in ("is_partial", "sources_in_mode", "if_partial", "delivered")
    }
    in_parts = {name for name, source in discover().items() if source.kind in ("chat", "web")}
    tables_beside_days = {"stg_ga4__reports"}
    views = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["config"]["materialized"] == "view" and node["name"] not in tables_beside_days
        # A view of a source that is always recomputed as a whole says the same every night.
        and (node["fqn"][1] != "staging" or node["fqn"][2] in in_parts)
        and called(node["depends_on"]["macros"], set()) & partial
    }  # fmt: skip
    assert views == set()
