"""Great Expectations on new rows, in DuckDB, before they enter raw.

The only module that knows private names of Great Expectations (hence the exact pin); what it says is
shown by `documentation/checks.py`.
Where the suites stand, and what they must have, is in `suites.py`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from chat_pipeline.report import CheckReport
from chat_pipeline.source import Source, Table
from chat_pipeline.suites import QualityError, load_suite

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

SAMPLE_ROWS = 10
SAMPLE_FIRST = 3
FAILING = ["_source_file", "_source_row"]


@dataclass
class Failure:
    """A failed expectation: per file how many rows failed it and the first of their numbers; no file at
    all if it is about the table."""

    name: str
    severity: str
    rows_by_file: dict[str, int] = field(default_factory=dict)
    first_rows: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class Audit:
    """Result of one suite over new rows."""

    checks: list[CheckReport]
    failures: list[Failure]


def audit(
    con: duckdb.DuckDBPyConnection, source: Source, table: Table, relation: str, own: Path | None = None
) -> Audit | None:
    """Validate the rows of `relation` (a table or view of `con`) with the table's suite, to which the
    folder `own` of a home may add."""
    suite = load_suite(source, table, own)
    if suite is None:
        return None
    result = _validate(con, suite, relation)
    checks, failures = [], []
    personal = {column.name for column in table.columns if column.personal}
    for expectation in result.results:
        config = expectation.expectation_config
        name, severity = config.meta["name"], config.severity.value
        if expectation.exception_info and _raised(expectation.exception_info):
            raise QualityError(
                f"{source.name}.{table.name}: {name} could not be evaluated: {expectation.exception_info}"
            )
        check = CheckReport(table.name, name, severity, config.meta["why"], bool(expectation.success))
        if not expectation.success:
            query = _failing_query(expectation, config, relation)
            counts, first = _failing_rows(con, query) if query else ({}, {})
            failure = Failure(name, severity, counts, first)
            failures.append(failure)
            check.metadata = _metadata(con, query, failure, config.kwargs.get("column"), personal)
        checks.append(check)
    return Audit(checks, failures)


def _raised(info: dict[str, Any]) -> bool:
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(isinstance(value, dict) and value.get("raised_exception") for value in info.values())


def _failing_query(expectation: Any, config: Any, relation: str) -> str | None:
    """SQL for the failing rows, where the expectation is about rows."""
    if config.type == "unexpected_rows_expectation":
        return config.kwargs["unexpected_rows_query"].replace("{batch}", relation).rstrip("; \n")
    query = expectation.result.get("unexpected_index_query")
    return query.rstrip("; \n") if query else None


def _failing_rows(con: duckdb.DuckDBPyConnection, query: str) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Failing rows per file: how many, and the first of their numbers."""
    rows = con.execute(
        f"select _source_file, count(*), list(_source_row order by _source_row)[:{SAMPLE_FIRST}]"
        f" from ({query}) group by _source_file order by _source_file"
    ).fetchall()
    return {file: count for file, count, _ in rows}, {file: first for file, _, first in rows}


def _metadata(
    con, query: str | None, failure: Failure, column: str | None, personal: set[str]
) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "failed_rows": sum(failure.rows_by_file.values()),
        "files": failure.rows_by_file,
    }
    if column:
        metadata["column"] = column
    if query:
        sample = con.execute(
            f"select _source_file, _source_row from ({query}) order by all limit {SAMPLE_ROWS}"
        ).fetchall()
        metadata["sample"] = [{"file": file, "row": row} for file, row in sample]
        if column and column not in personal:
            values = con.execute(
                f'select cast("{column}" as varchar), count(*) from ({query}) group by all'
                f" order by 2 desc, 1 limit {SAMPLE_ROWS}"
            ).fetchall()
            metadata["values"] = [{"value": value, "rows": count} for value, count in values]
    return metadata


def _validate(con: duckdb.DuckDBPyConnection, suite: dict[str, Any], relation: str) -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context = _context()
    datasource = _datasource(con, context)
    asset = datasource.add_table_asset(relation, table_name=relation)
    batch = asset.add_batch_definition_whole_table("new rows")
    validation = gx.ValidationDefinition(
        name=relation, data=batch, suite=context.suites.add(gx.ExpectationSuite(**suite))
    )
    context.validation_definitions.add(validation)
    try:
        return validation.run(
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": FAILING,
                "return_unexpected_index_query": True,
                "partial_unexpected_count": 0,
            }
        )
    finally:
        datasource.release()


def _context() -> Any:
    """A context of this process alone: nothing on disk, no progress bars, no log lines about itself."""
    import logging

    import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # pyright: ignore
    return context


@cache
def _datasource_class() -> Any:
    """A SQL datasource on a DuckDB connection of ours.

    The stock one opens a connection of its own and closes it before fetching, which DuckDB's driver
    does not survive; this one keeps a cursor of ours open. Made once: Great Expectations registers
    the class by its `type`.
    """
    from contextlib import contextmanager
    from typing import Literal

    import sqlalchemy
    from duckdb_engine import ConnectionWrapper
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
    from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine

    class KeptOpenEngine(SqlAlchemyExecutionEngine):
        @contextmanager
        def get_connection(self):
            if not self._connection:
                self._connection = self.engine.connect()
            yield self._connection

    class DuckDBDatasource(SQLDatasource):
        type: Literal["duckdb"] = "duckdb"  # pyright: ignore[reportIncompatibleVariableOverride]

        def use(self, con: duckdb.DuckDBPyConnection) -> None:
            self._engine = sqlalchemy.create_engine(
                "duckdb:///:memory:",
                poolclass=sqlalchemy.pool.StaticPool,
                creator=lambda: ConnectionWrapper(con.cursor()),
            )
            self._execution_engine = KeptOpenEngine(
                engine=self._engine, create_temp_table=self.create_temp_table
            )

        def release(self) -> None:
            # Else the pool resets the cursor when it is collected, which may be after `con` was closed.
            used: Any = self._execution_engine
            if used._connection:
                used._connection.close()
            used.engine.dispose()

        def get_engine(self):
            return self._engine

        def get_execution_engine(self):
            return self._execution_engine

    return DuckDBDatasource


def _datasource(con: duckdb.DuckDBPyConnection, context: Any) -> Any:
    # Not a temporary table of all rows first: the expectations read ours.
    datasource = _datasource_class()(
        name="new_rows", connection_string="duckdb:///:memory:", create_temp_table=False
    )
    added = context._add_fluent_datasource(datasource=datasource)
    added.use(con)
    return added
