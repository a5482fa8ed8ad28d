"""Whose an identifier is: the customers who have it, and everything else by which they are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from chat_pipeline.home import Home, project_folder
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

LEAST_LENGTH = 3


class NotSearchable(Exception):
    """An identifier that can't be searched for; the text says why."""


@dataclass(frozen=True)
class Identifier:
    """`kind` as in marts.customer_identities; '' for what nobody has told the kind of."""

    kind: str
    platform: str
    value: str


@dataclass(frozen=True)
class Person:
    """`given`: the identifier in each form in which it is compared; `linked`: the customers' others;
    `keys`: of customers, old ones included; `is_known`: the marts tell whose it is."""

    given: tuple[Identifier, ...]
    linked: tuple[Identifier, ...] = ()
    keys: tuple[str, ...] = ()
    is_known: bool = False


def find_person(home: Home, settings: Settings, typed: str) -> Person:
    """The person behind an identifier as somebody typed it, by the last build."""
    import duckdb

    if len(typed.strip()) < LEAST_LENGTH:
        raise NotSearchable(f"an identifier has at least {LEAST_LENGTH} characters")
    with duckdb.connect() as con:
        given = _forms(con, settings, typed)
    if not home.build.is_file():
        return Person(given)
    with duckdb.connect(str(home.build), read_only=True) as con:
        normal = normal_identifier("identifier_type", "$typed", settings)
        keys = _column(
            con,
            f"select distinct customer_key from marts.customer_identities where identifier_value = {normal}"
            " order by all",
            {"typed": typed},
        )
        rows = con.execute(
            "select distinct identifier_type, platform, identifier_value from marts.customer_identities"
            " where customer_key in (select unnest($keys)) order by all",
            {"keys": keys},
        ).fetchall()
        old = _column(
            con,
            "select distinct old_customer_key from marts.customer_merges"
            " where new_customer_key in (select unnest($keys)) order by all",
            {"keys": keys},
        )
    values = {identifier.value for identifier in given}
    linked = tuple(Identifier(*row) for row in rows if row[2] not in values)
    return Person(given, linked, (*keys, *old), is_known=bool(keys))


def _forms(con: Any, settings: Settings, typed: str) -> tuple[Identifier, ...]:
    """The identifier as it is written, and as an e-mail, phone number or client id if it may be one."""
    found = [Identifier("", "", typed.strip())]
    for kind in ("email", "phone", "ga_client_id"):
        # Letters make no phone number, though the rule would take the digits between them.
        if kind == "phone" and any(sign.isalpha() for sign in typed):
            continue
        form = normal_identifier(sql_text(kind), "$typed", settings)
        row = con.execute(f"select {form}", {"typed": typed}).fetchone()
        if row and row[0] and (kind != "ga_client_id" or row[0] != typed.strip()):
            found.append(Identifier(kind, "", row[0]))
    return tuple(found)


def _column(con: Any, query: str, values: dict[str, Any]) -> list[str]:
    return [row[0] for row in con.execute(query, values).fetchall()]


def normal_identifier(kind: str, expression: str, settings: Settings) -> str:
    """SQL of the models' own macro: an identifier in the form in which its kind is compared."""
    return _macro(settings.shop.dial_code).normal_identifier(kind, expression)


@cache
def _macro(dial_code: str) -> Any:
    """dbt's macros of engine.sql as dbt would render them for DuckDB."""
    import jinja2

    text = (project_folder() / "macros" / "engine.sql").read_text(encoding="utf-8")
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    # dbt's own context: `dispatch` finds the default of a macro, `return` is its value.
    environment.globals.update(
        {
            "adapter": _Adapter(),
            "return": lambda value: value,
            "var": lambda name, default=None: dial_code if name == "dial_code" else default,
        }
    )
    module = environment.from_string(text).module
    _Adapter.macros = module
    return module


class _Adapter:
    macros: Any = None

    def dispatch(self, name: str, _: str) -> Any:
        return getattr(self.macros, f"default__{name}")
