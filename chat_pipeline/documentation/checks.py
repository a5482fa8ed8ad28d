"""Great Expectations' Data Docs: a page per raw table, with what its last run said about each expectation.

Rendered from the suites and the standing results, so nothing is evaluated again. Of a failure the page
tells how many rows of which files, and no value, be the column personal or not. The pages' frame is ours:
that of Great Expectations fetches styles and scripts from half a dozen hosts.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chat_pipeline.sources import discover
from chat_pipeline.standing import standing
from chat_pipeline.suites import load_suite

if TYPE_CHECKING:
    from chat_pipeline.home import Home

INDEX = "index.html"
TEMPLATES = Path(__file__).resolve().parent / "templates"
# Of the files whose rows failed.
SHOWN_FILES = 10

Checks = dict[str, dict[str, Any]]


def check_pages(home: Home, models: str) -> dict[str, str]:
    """{path: page}: the first page, which links to the page `models` too, and one per raw table with a suite."""
    pages, tables = {}, []
    for source in discover().values():
        results = standing(home, f"raw/{source.name}").get("checks", [])
        for table in source.tables:
            suite = load_suite(source, table, home.expectations)
            if suite is None:
                continue
            name, path = f"{source.name}.{table.name}", f"checks/{source.name}.{table.name}.html"
            told = {check["name"]: check for check in results if check["table"] == table.name}
            reasons = [_reason(expectation, told) for expectation in suite["expectations"]]
            pages[path] = _table_page(name, suite["expectations"], told, reasons)
            tables.append({"path": path, "name": name, "count": len(reasons), "state": _summary(reasons)})
    pages[INDEX] = _first_page(tables, models)
    return pages


def _reason(expectation: dict[str, Any], told: Checks) -> dict[str, str]:
    """What Great Expectations' tables have no column for."""
    meta = expectation["meta"]
    check = told.get(meta["name"])
    state = "not run yet" if check is None else "passed" if check["passed"] else "failed"
    rows = _rows(check) if check else ""
    return {
        "name": meta["name"],
        "severity": expectation["severity"],
        "state": state,
        "rows": rows,
        "why": meta["why"],
    }


def _summary(reasons: list[dict[str, str]]) -> str:
    failed = [reason["name"] for reason in reasons if reason["state"] == "failed"]
    if failed:
        return f"failed: {', '.join(failed)}"
    return "passed" if any(reason["state"] == "passed" for reason in reasons) else "not run yet"


def _table_page(
    name: str, expectations: list[dict[str, Any]], told: Checks, reasons: list[dict[str, str]]
) -> str:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView

    document = ValidationResultsPageRenderer().render(_results(name, expectations, told))
    view = DefaultJinjaPageView(custom_views_directory=str(TEMPLATES))
    return view.render(document, template="table.html", title=name, index=INDEX, reasons=reasons)


def _results(name: str, expectations: list[dict[str, Any]], told: Checks) -> Any:
    """The standing results in the form in which Great Expectations gives those of a run."""
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult

    results = []
    for expectation in ExpectationSuite(name=name, expectations=expectations).expectations:
        config = expectation.configuration
        check = told.get(config.meta["name"])
        if check is None:  # has not run: neither passed nor failed
            continue
        results.append(
            ExpectationValidationResult(
                success=check["passed"],
                expectation_config=config,
                # What was observed has its column in our table, where no value can get into it.
                result={},
                exception_info={
                    "raised_exception": False,
                    "exception_message": "",
                    "exception_traceback": "",
                },
            )
        )
    return ExpectationSuiteValidationResult(
        success=all(result.success for result in results),
        results=results,
        suite_name=name,
        # Of the overview, which the page leaves out.
        statistics=dict.fromkeys(
            (
                "evaluated_expectations",
                "successful_expectations",
                "unsuccessful_expectations",
                "success_percent",
            ),
            0,
        ),
        meta={"run_id": {"run_name": "standing", "run_time": "1970-01-01T00:00:00+00:00"}},
    )


def _rows(check: dict[str, Any]) -> str:
    """Which rows failed, without a value of the data."""
    told = check["metadata"]
    failed, held = told.get("failed_rows"), told.get("held_files", {})
    lines = [f"{failed:,} rows of {_files(told.get('files', {}))}"] if failed else []
    return "; ".join([*lines, f"held: {_files(held)}"] if held else lines)


def _files(rows: dict[str, int]) -> str:
    shown = [f"{file} ({count:,})" for file, count in sorted(rows.items())[:SHOWN_FILES]]
    more = ", ..." if len(rows) > SHOWN_FILES else ""
    return f"{len(rows):,} file{'' if len(rows) == 1 else 's'}: {', '.join(shown)}{more}"


def _first_page(tables: list[dict[str, Any]], models: str) -> str:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    return environment.get_template("index.html").render(title="Documentation", tables=tables, models=models)
