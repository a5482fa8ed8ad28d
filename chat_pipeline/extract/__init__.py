"""Exports -> raw: changed files only, bad rows set aside, new rows audited before they enter.

`files` lists and opens, `rows` reads them into tables, `audit` decides what is held, `ledger` and
`loads` write it down. Nothing here knows a vendor.
"""

from chat_pipeline.extract.run import extract_source
from chat_pipeline.report import CheckReport, ExtractReport, FileReport
from chat_pipeline.suites import declared_checks

__all__ = ["CheckReport", "ExtractReport", "FileReport", "declared_checks", "extract_source"]
