"""Readers' rows, typed and checked: each either good, and written as a part, or set aside with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from chat_pipeline.extract.parts import NewRows
from chat_pipeline.reading import sql_path, sql_text
from chat_pipeline.source import READER_COLUMNS, Table, UnreadableFile

EARLIEST = datetime(1990, 1, 1)
LATEST_AHEAD = timedelta(days=1)
# What a counted key ends with; the second row of it has "#2".
FIRST = "#1"
# So many rows with a problem are no longer sought by their numbers.
MANY_ROWS = 1000


class Disappointed(Exception):
    """What a reader hoped for did not hold (see `Batch.hopes`)."""


def write_rows(new: NewRows, table: Table, select: str, *, is_hoped: bool) -> None:
    """Write a reader's rows as a part, with the files of `batch_files`; those that have a problem go to `set_aside`.

    They are written too, without a key, and are taken out if there are any: to leave them out at once DuckDB would
    work out twice all that the problem is made of. Raises Disappointed if there are any and `is_hoped`.
    """
    given = {row[0]: row[1] for row in new.con.execute(f"describe {select}").fetchall()}
    if "_record_key" not in given:
        raise UnreadableFile(f"the reader of {table.name} gives no _record_key")
    problem = f"coalesce({', '.join(_problems(table, given, new.loaded_at))})"
    key = "cast(_record_key as varchar)"
    if "_is_counted" in given:
        key += f" || case when _is_counted then '{FIRST}' else '' end"
    columns = {
        **{f'"{column.name}"': _typed(column.name, column.type, given) for column in table.columns},
        **{
            name: _typed(name, kind, given)
            for name, kind in READER_COLUMNS
            if name not in ("_path", "_is_counted", "_problem", "_original")
        },
        "_record_key": f"case when {problem} is null then {key} end",
    }
    part = new.add(
        table,
        f"""
        with read_rows as ({select})
        select {", ".join(f"{sql} as {name}" for name, sql in columns.items())},
            batch_files._source_file, batch_files.instance, batch_files._delivered_at,
            timestamp '{new.loaded_at}' as _loaded_at
        from read_rows join batch_files using (_path)
        """,
    )
    if not part:
        return
    rows = f"read_parquet({sql_path(part)})"
    if is_hoped and new.con.execute(f"select 1 from {rows} where _record_key is null limit 1").fetchone():
        raise Disappointed
    is_aside = not is_hoped and _set_aside(
        new, table, rows, select, problem, "_original" if "_original" in given else "null"
    )
    if "_is_counted" in given and _count_alike(new, rows, select):
        keys = f"""case when place > 1 then left(_record_key, -{len(FIRST)}) || '#' || place else _record_key end"""
        rows = f"""(select part.* replace ({keys} as _record_key)
            from {rows} as part left join placed on part.file_row_number = placed.row_id)"""
    elif not is_aside:
        return
    new.replace(table, part, f"select * from {rows} where _record_key is not null")


def _set_aside(new: NewRows, table: Table, rows: str, select: str, problem: str, original: str) -> bool:
    """Set the reader's rows that have a problem aside, if `rows`, as written, tell of any.

    Originals are asked for now, and of few rows by their numbers: carried along for all they would cost more than
    the rest.
    """
    found = new.con.execute(f"""
        select _path, _source_row from {rows} join batch_files using (_source_file)
        where _record_key is null limit {MANY_ROWS}
    """).fetchall()
    if not found:
        return False
    only = ["true"]
    if len(found) < MANY_ROWS and all(row is not None for _, row in found):
        only = [f"_source_row in ({', '.join(str(row) for _, row in found)})"]
        only += [f"_path in ({', '.join(sql_text(path) for path in {path for path, _ in found})})"]
    new.con.execute(f"""
        insert into set_aside
        with read_rows as (select * from ({select}) where {" and ".join(only)})
        select '{table.name}', batch_files.instance, batch_files._source_file, _source_row, {problem},
            {original}, timestamp '{new.loaded_at}'
        from read_rows join batch_files using (_path)
        where {problem} is not null
    """)
    return True


def _count_alike(new: NewRows, rows: str, select: str) -> bool:
    """Make the table `placed` of rows that share a counted key within their file; whether there are any.

    There are few of them, most often none, so they are sought in what is written: numbering all rows while they are
    read would sort them with all their columns. By hashes, as others that share one are told apart all the same.
    """
    alike = "hash(_source_file, _record_key)"
    shared = f"select {alike} from {rows} where suffix(_record_key, '{FIRST}') group by 1 having count(*) > 1"
    if not new.con.execute(f"{shared} limit 1").fetchone():
        return False
    new.con.execute(f"""
        create or replace temp table placed as
        with read_rows as ({select})
        select file_row_number as row_id,
            row_number() over (partition by _source_file, _record_key order by _source_row) as place
        from {rows} where {alike} in ({shared}) and (_source_file, _source_row) in (
            select (_source_file, _source_row) from read_rows join batch_files using (_path) where _is_counted
        )
    """)
    return True


def _typed(name: str, kind: str, given: dict[str, str]) -> str:
    return f'try_cast("{name}" as {kind})' if name in given else f"cast(null as {kind})"


def _problems(table: Table, given: dict[str, str], loaded_at: datetime) -> list[str]:
    """SQL expressions, each why a row can't be used, or null."""
    found = ["_problem"] if "_problem" in given else []
    for column in table.columns:
        kind = column.type.lower()
        if kind != "varchar" and column.name in given and given[column.name].lower() != kind:
            found.append(
                f'case when "{column.name}" is not null and try_cast("{column.name}" as {column.type}) is null'
                f" then {sql_text(f'{column.name} is no {column.type}')} end"
            )
    found.append("case when _record_key is null then 'no key' end")
    if table.event_at in given:
        at = f'try_cast("{table.event_at}" as timestamp)'
        found.append(f"""
            case when {at} < timestamp '{EARLIEST}' then '{table.event_at} is before 1990'
                when {at} > timestamp '{loaded_at + LATEST_AHEAD}'
                then '{table.event_at} is more than a day after the load' end
        """)
    return found
