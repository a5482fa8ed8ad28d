"""The pages of checks: what failed, and nothing of the data. The whole site: reporting/test_documentation_site.py."""

from __future__ import annotations

from chat_pipeline.documentation.checks import check_pages
from chat_pipeline.home import Home
from chat_pipeline.sources import discover
from chat_pipeline.standing import keep

HELD = {
    "table": "tickets",
    "name": "created_known",
    "severity": "critical",
    "description": "",
    "passed": False,
    "metadata": {
        "failed_rows": 12,
        "files": {"hubspot/<script>alert(1)</script>.csv": 12},
        "sample": [{"file": "hubspot/a.csv", "row": 3}],
        "values": [{"value": "ada@shop.test", "rows": 12}],
    },
}


def page_of(home: Home, name: str) -> str:
    return check_pages(home, "models.html")[name]


def test_a_failure_shows_rows_and_files_and_no_value(home: Home):
    keep(home, "raw/hubspot", {"checks": [HELD]})
    pages = check_pages(home, "models.html")
    page = pages["checks/hubspot.tickets.html"]
    assert "12 rows of 1 file: hubspot/&lt;script" in page
    assert "Expectation Validation Result" not in page
    assert "ada@shop.test" not in page
    assert "<script" not in page
    assert "not run yet" in page  # the others of the table
    assert "failed: created_known" in pages["index.html"]
    assert len(pages) == 1 + sum(page.startswith("checks/") for page in pages)
    assert all(f"checks/{name}." in str(list(pages)) for name in discover())


def test_without_any_run_nothing_is_said_to_have_passed(home: Home):
    assert ">passed<" not in page_of(home, "checks/hubspot.tickets.html")
    assert "As Great Expectations puts it" not in page_of(home, "checks/hubspot.tickets.html")
