"""The published file through the drivers that BI tools use: SQLAlchemy and ADBC, read-only and pooled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from chat_pipeline.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with two publications of one table, the link on the first."""
    made = Home(tmp_path / "a home")
    for version in (1, 2):
        folder = made.marts / "versions" / str(version)
        folder.mkdir(parents=True)
        with duckdb.connect() as con:
            con.execute(f"attach '{folder / 'chat.duckdb'}' as chat (storage_version 'v1.0.0')")
            con.execute("create schema chat.marts")
            con.execute(f"create table chat.marts.publication as select {version} as version")
        (folder / "chat.duckdb").chmod(0o444)
    link(made, 1)
    return made


def link(home: Home, version: int) -> None:
    aside = home.marts / "current.new"
    aside.symlink_to(f"versions/{version}")
    aside.replace(home.current)


def engine(home: Home, **options: object) -> sqlalchemy.Engine:
    """As docs/bi.md says."""
    return sqlalchemy.create_engine(f"duckdb:///{home.published}?access_mode=READ_ONLY", **options)


def version(made: sqlalchemy.Engine) -> int:
    with made.connect() as con:
        return con.execute(sqlalchemy.text("select version from marts.publication")).scalar_one()


def test_sqlalchemy_without_a_pool_sees_the_new_day(home: Home):
    made = engine(home, poolclass=NullPool)
    assert version(made) == 1
    link(home, 2)
    assert version(made) == 2
    assert sqlalchemy.inspect(made).get_table_names("marts") == ["publication"]


def test_sqlalchemy_cannot_write(home: Home):
    made = engine(home, poolclass=NullPool)
    with made.connect() as con, pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"):
        con.execute(sqlalchemy.text("create table marts.mine (a integer)"))


def test_a_pool_keeps_its_day_until_it_is_disposed_of(home: Home):
    """Why docs/bi.md asks for no pool."""
    made = engine(home, poolclass=sqlalchemy.pool.QueuePool)
    assert version(made) == 1
    link(home, 2)
    assert version(made) == 1
    made.dispose()
    assert version(made) == 2


@contextmanager
def adbc(home: Home) -> Iterator[object]:
    """A connection through the C interface that ODBC-like clients share, by DuckDB's own library."""
    import adbc_driver_duckdb
    import adbc_driver_manager
    from adbc_driver_manager.dbapi import Connection

    database = adbc_driver_manager.AdbcDatabase(
        driver=adbc_driver_duckdb.driver_path(),
        entrypoint="duckdb_adbc_init",
        path=str(home.published),
        access_mode="read_only",
    )
    with Connection(database, adbc_driver_manager.AdbcConnection(database)) as con:
        yield con


def test_adbc_reads_and_cannot_write(home: Home):
    with adbc(home) as con, con.cursor() as cursor:
        cursor.execute("select version from marts.publication")
        assert cursor.fetch_arrow_table().to_pylist() == [{"version": 1}]
        with pytest.raises(Exception, match="read-only"):
            cursor.execute("create table marts.mine (a integer)")
