"""Makes a Tableau extract of what is published: python extract.py HOME/marts/current chat.hyper

Needs `pip install tableauhyperapi` (Tableau's engine; Linux, macOS, Windows). Each table of `marts` and `analytics` becomes one
of the extract, a folder of months one table. The extract is written aside and replaced as a whole.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tableauhyperapi import (
    Connection,
    CreateMode,
    HyperProcess,
    TableName,
    Telemetry,
    escape_string_literal,
)


def main(published: Path, extract: Path) -> None:
    aside = extract.with_name(f".new-{extract.name}")
    # Without a log file beside the script.
    with (
        HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}) as hyper,
        Connection(hyper.endpoint, aside, CreateMode.CREATE_AND_REPLACE) as con,
    ):
        # One publication, whatever is swapped in meanwhile.
        for schema in sorted((published.resolve() / "parquet").iterdir()):
            con.catalog.create_schema_if_not_exists(schema.name)
            for table in sorted(schema.iterdir()):
                files = sorted(table.glob("*.parquet")) if table.is_dir() else [table]
                paths = ", ".join(escape_string_literal(str(file)) for file in files)
                con.execute_command(
                    f"create table {TableName(schema.name, table.stem)} as"
                    f" (select * from external(array[{paths}], format => 'parquet'))"
                )
    aside.replace(extract)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
