"""What single cells of Salesforce's exports mean, as SQL: ids, flags, numbers, moments."""

from __future__ import annotations

from chat_pipeline.reading import sql_text
from chat_pipeline.source import Batch
from chat_pipeline.sources.salesforce.columns import Field
from chat_pipeline.times import utc

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
ID_PATTERN = "^[0-9A-Za-z]{15}([0-9A-Za-z]{3})?$"
NO_ID = "^0+(AAA)?$"
FLAGS = (
    ("true", "false"),
    ("1", "0"),
    ("yes", "no"),
    ("wahr", "falsch"),
    ("vrai", "faux"),
    ("verdadero", "falso"),
)
SLASHED = "^([0-9]{1,2})([./-])([0-9]{1,2})[./-][0-9]{2,4}"
SHORT_YEAR = "^[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}([^0-9]|$)"
CLOCKS = (("",), (" %I:%M %p", " %I:%M:%S %p"), (" %H:%M", " %H:%M:%S"))


def field_id(text: str) -> str:
    """SQL: an id in its form of 18 characters; the weekly export's id of zeros is null.

    The last three characters say which of the 15 before them are capitals, five at a time.
    """
    checks = "".join(f" || {_check(text, start)}" for start in (1, 6, 11))
    # Patterns cost more than all else here: only a text that may be of zeros meets one.
    return f"""case
            when (starts_with({text}, '0000') or length({text}) < 15) and regexp_matches({text}, '{NO_ID}') then null
            when length({text}) = 15 and regexp_matches({text}, '{ID_PATTERN}') then {text}{checks}
            else nullif({text}, '')
        end"""


def _check(text: str, start: int) -> str:
    capitals = " + ".join(
        f"case when substr({text}, {start + i}, 1) between 'A' and 'Z' then {1 << i} else 0 end"
        for i in range(5)
    )
    return f"substr('{ALPHABET}', 1 + {capitals}, 1)"


def typed(field: Field, order: str, present: set[str]) -> str:
    """SQL: the cell "<API name>" as the field's type; null if it does not fit (see `misfits`)."""
    text = f'"{field.api}"'
    if field.type == "id":
        return field_id(text)
    if field.type == "boolean":
        # Not `in`: of that many words DuckDB makes a join.
        words = [
            f"when '{word}' then {value}"
            for pair in FLAGS
            for word, value in zip(pair, ("true", "false"), strict=True)
        ]
        flag = f"case lower({text}) {' '.join(words)} end"
        # A checkbox is ticked or not: an empty cell is how some tools write that it is not.
        return f"case when {text} is null then false else {flag} end" if field.api in present else flag
    if field.type == "double":
        thousands = f"regexp_matches({text}, '^-?[0-9]{{1,3}}(,[0-9]{{3}})+([.][0-9]+)?$')"
        return f"try_cast(case when {thousands} then replace({text}, ',', '') else {text} end as double)"
    if field.type == "timestamp":
        return _moment(text, order)
    if field.type == "date":
        return f"cast({_moment(text, order)} as date)"
    return f"lower({text})" if field.api in ("Email", "PersonEmail") else text


def _moment(text: str, order: str) -> str:
    iso = utc(text, "UTC")
    if order == "iso":
        return iso
    # Dots stand between day and month only where days come first.
    return f"""case
            when not regexp_matches({text}, '{SLASHED}') then {iso}
            when substr({text}, 2, 1) = '.' or substr({text}, 3, 1) = '.' then {_slashed(text, "dmy")}
            else {_slashed(text, order) if order else "null"}
        end"""


def _slashed(text: str, order: str) -> str:
    """SQL: a moment whose day stands before or behind its month; each kind of clock and of year has formats of its
    own, because every format that does not fit takes six times as long as one that does."""
    day = "%d/%m/" if order == "dmy" else "%m/%d/"
    plain = f"case when contains({text}, '.') or contains({text}, '-') then translate({text}, '.-', '//') else {text} end"

    def read(year: str, clocks: tuple[str, ...]) -> str:
        return f"try_strptime({plain}, [{', '.join(sql_text(day + year + clock) for clock in clocks)}])"

    date, half_day, whole_day = (
        # A format that reads four digits takes 26 for the year 26.
        f"case when regexp_matches({text}, '{SHORT_YEAR}') then {read('%y', clocks)} else {read('%Y', clocks)} end"
        for clocks in CLOCKS
    )
    return f"case when not contains({text}, ':') then {date} when upper(right({text}, 1)) = 'M' then {half_day} else {whole_day} end"


def date_order(batch: Batch, rows: str, names: list[str]) -> str:
    """Which comes first in a spreadsheet's dates, dmy or mdy, told by those that only one order allows; or empty."""
    cells = " union all ".join(f'select trim("{name}") as cell from rows_given' for name in names)
    days, months = batch.con.execute(f"""
        with rows_given as ({rows}), cells as ({cells}),
        told as (select regexp_extract(cell, '{SLASHED}', ['first', 'sign', 'second']) as part from cells)
        select coalesce(bool_or(try_cast(part.first as integer) > 12), false),
            coalesce(bool_or(try_cast(part.second as integer) > 12), false)
        from told where part.sign <> '.'
    """).fetchall()[0]
    return "" if days == months else "dmy" if days else "mdy"


def misfits(fields: tuple[Field, ...], order: str) -> str:
    """SQL: why a row's cells do not fit their fields, or null. Reads id, the typed columns and given_<name>."""
    cases = [
        "when given_id is null then 'no Id'",
        f"when not regexp_matches(given_id, '{ID_PATTERN}') then 'an Id that is none of Salesforce'",
    ]
    for field in fields:
        if field.type in ("varchar", "id"):
            continue
        missing = f"given_{field.name} is not null and {field.name} is null"
        if field.type in ("date", "timestamp") and order == "":
            cases.append(
                f"when {missing} and regexp_matches(given_{field.name}, '{SLASHED}') then "
                f"'day and month of {field.api} can not be told apart: set options.date_order to dmy or mdy'"
            )
        cases.append(f"when {missing} then '{field.api} is no {field.type}'")
    return f"case {' '.join(cases)} end"
