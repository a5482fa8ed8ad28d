"""How a funnel is followed: entries and the steps that each of them reached, as SQL over what fits its steps.

What fits (which message, event or order means which step) is found in `_funnel_fits.py`. The rules: an entry
begins with the first fit of step 1; each later step is the first fit after the one before, within the window from
step 1 and the step's own limit from the last required step; an optional step lies between its neighbours and
holds nobody up; the next entry begins in a later second than the one in which the last converted or expired.
Order is by whole seconds, then by the sequence within a stream; what no stream orders counts as in order. One event
serves one step. Of several that fit in one second: the one that fits the fewest later steps, then sequence, then key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    import duckdb

# Later than any second of the data.
NEVER = 9223372036854775807
CHOICE = "last_step, sequence, event_key"


@dataclass(frozen=True)
class PlannedStep:
    """A step of a funnel by its number from 1; `within`: seconds allowed after the last required step."""

    number: int
    name: str
    is_optional: bool = False
    within: int | None = None
    is_seen: bool = True


@dataclass(frozen=True)
class Plan:
    """A funnel as it can be followed: `reads` are the kinds of sources (chat, web, order) that show its steps."""

    name: str
    unit: str
    window: int
    steps: tuple[PlannedStep, ...]
    reads: frozenset[str] = frozenset()

    @property
    def required(self) -> tuple[PlannedStep, ...]:
        return tuple(step for step in self.steps if step.is_seen and not step.is_optional)

    @property
    def optional(self) -> tuple[PlannedStep, ...]:
        return tuple(step for step in self.steps if step.is_seen and step.is_optional)


def follow(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Add to `funnel_followed` the steps reached in each entry of a funnel.

    Reads the temporary table `funnel_fits` (funnel, step, last_step, unit_key, second, stream, sequence,
    event_key); adds rows (funnel, entry, step, unit_key, second, event_key, entry_second, end_second).
    """
    con.execute(f"create or replace temp table funnel_chains as {_chains(plan)}")
    _take(con)
    for step in plan.optional:
        con.execute(f"create or replace temp table funnel_chains as {_with_optional(plan, step)}")
    con.execute(f"insert into funnel_followed {_reached(plan)}")


def create_followed(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "create or replace temp table funnel_followed (funnel varchar, entry bigint, step integer,"
        " unit_key varchar, second bigint, event_key varchar, entry_second bigint, end_second bigint)"
    )


def _fits(plan: Plan) -> str:
    return f"""
    fits as materialized (
        select
            *, {{'second': second, 'stream': stream, 'sequence': sequence, 'event_key': event_key}} as event
        from funnel_fits where funnel = {sql_text(plan.name)}
    )"""


def _chains(plan: Plan) -> str:
    """SELECT of what would follow from each second in which step 1 fits: id, unit_key, e_<step>, end_second."""
    first, *rest = plan.required
    steps = [
        _fits(plan),
        f"""
    best as materialized (
        select * from (
            select *, row_number() over (partition by unit_key, step, second order by {CHOICE}) as place from fits
        ) as placed
        where place = 1
    )""",
        f"""
    chain_{first.number} as materialized (
        select row_number() over (order by unit_key, second) as id, unit_key, event as e_{first.number}
        from best where step = {first.number}
    )""",
    ]
    known = [first.number]
    for step in rest:
        steps.append(_next_step(plan, step, known))
        known.append(step.number)
    return f"with {', '.join(steps)} select *, {_end(plan)} as end_second from chain_{known[-1]}"


def _next_step(plan: Plan, step: PlannedStep, known: list[int]) -> str:
    """Steps that find a required step: in the same second what may still follow, else the first second after."""
    n, before = step.number, known[-1]
    limits = [f"e_{known[0]}.second + {plan.window}"]
    if step.within is not None:
        limits.append(f"e_{before}.second + {step.within}")
    return f"""
    same_{n} as materialized (
        select * from (
            select c.id, f.event, row_number() over (partition by c.id order by {CHOICE}) as place
            from chain_{before} as c
            inner join fits as f on f.unit_key = c.unit_key and f.second = c.e_{before}.second
            where f.step = {n} and {_may_follow(known)}
        ) as placed
        where place = 1
    ),
    best_{n} as materialized (select unit_key, second, event from best where step = {n}),
    found_{n} as materialized (
        select c.*, coalesce(s.event, l.event) as found
        from chain_{before} as c
        left join same_{n} as s on s.id = c.id
        -- DuckDB's asof join takes a null as smaller than all: who has stopped must be after all.
        asof left join best_{n} as l
            on l.unit_key = c.unit_key and coalesce(c.e_{before}.second, {NEVER}) < l.second
    ),
    chain_{n} as materialized (
        select * exclude (found), case when found.second <= least({", ".join(limits)}) then found end as e_{n}
        from found_{n}
    )"""


def _may_follow(known: list[int]) -> str:
    """Whether fit f may come after the entry's events c.e_<n>: its own stream doesn't say otherwise."""
    return " and ".join(_not_beyond(number, "<=") for number in known)


def _not_beyond(number: int, sign: str) -> str:
    e = f"c.e_{number}"
    return f"not coalesce(f.second = {e}.second and f.stream = {e}.stream and f.sequence {sign} {e}.sequence, false)"


def _end(plan: Plan) -> str:
    """The second of the conversion, else the last one in which the next step would still have counted."""
    first, last = plan.required[0].number, plan.required[-1].number
    cases = [f"when e_{last} is not null then e_{last}.second"]
    for before, step in reversed(list(zip(plan.required, plan.required[1:], strict=False))):
        limit = f"e_{first}.second + {plan.window}"
        if step.within is not None:
            limit = f"least({limit}, e_{before.number}.second + {step.within})"
        cases.append(f"when e_{before.number} is not null then {limit}")
    return f"case {' '.join(cases)} end"


def _take(con: duckdb.DuckDBPyConnection) -> None:
    """Keep of `funnel_chains` the entries: a unit's first, and from each the first that begins after its end.

    Who comes after whom is known for every row; jumps of doubled length reach all in a few rounds, however
    often a unit enters.
    """
    con.execute("""
        create or replace temp table funnel_jumps as
        with begins as (select id, unit_key, e_1.second as second, end_second from funnel_chains)
        select c.id, n.id as next_id
        from begins as c
        asof left join begins as n on n.unit_key = c.unit_key and c.end_second < n.second
    """)
    con.execute(
        "create or replace temp table funnel_taken as select min(id) as id from funnel_chains group by unit_key"
    )
    most = con.execute(
        "select coalesce(max(n), 0) from (select count(*) as n from funnel_chains group by unit_key) as counted"
    ).fetchall()[0][0]
    for _ in range(int(most).bit_length()):
        con.execute("""
            insert into funnel_taken
            select j.next_id from funnel_taken as t inner join funnel_jumps as j on j.id = t.id
            where j.next_id is not null
        """)
        con.execute("""
            create or replace temp table funnel_jumps as
            select a.id, b.next_id from funnel_jumps as a inner join funnel_jumps as b on b.id = a.next_id
        """)
    con.execute(
        "create or replace temp table funnel_chains as"
        " select c.* from funnel_chains as c semi join funnel_taken as t on t.id = c.id"
    )


def _with_optional(plan: Plan, step: PlannedStep) -> str:
    """SELECT of the entries with an optional step: the first fit between its neighbours that nothing else uses."""
    n = step.number
    required = [s.number for s in plan.required]
    before, after = max(r for r in required if r < n), min(r for r in required if r > n)
    # Optional steps come in order too: the one before it, where it was taken, is its neighbour.
    earlier = [s.number for s in plan.steps if s.is_seen and s.number < n]
    neighbours = [number for number in reversed(earlier) if number >= before]
    last = f"coalesce({', '.join(f'c.e_{number}.second' for number in neighbours)})"
    limits = [f"coalesce(c.e_{after}.second, c.end_second)"]
    if step.within is not None:
        limits.append(f"c.e_{before}.second + {step.within}")
    allowed = [_not_beyond(number, "<=") for number in earlier]
    allowed += [_not_beyond(number, ">=") for number in required if number > n]
    return f"""
    with {_fits(plan)},
    begins as (select *, e_1.second as entry_second from funnel_chains),
    chosen as (
        select * from (
            select c.id, f.event, row_number() over (partition by c.id order by f.second, {CHOICE}) as place
            -- Entries of a unit don't overlap: what fits belongs to the last one begun.
            from (select * from fits where step = {n}) as f
            asof inner join begins as c on c.unit_key = f.unit_key and f.second >= c.entry_second
            where c.e_{before} is not null and f.second >= {last} and f.second <= least({", ".join(limits)})
                and {" and ".join(allowed)}
        ) as placed
        where place = 1
    )
    select c.*, o.event as e_{n}
    from funnel_chains as c
    left join chosen as o on o.id = c.id"""


def _reached(plan: Plan) -> str:
    """SELECT of a row per entry and step reached."""
    return " union all ".join(
        f"select {sql_text(plan.name)}, id, {step.number}, unit_key, e_{step.number}.second,"
        f" e_{step.number}.event_key, e_1.second, end_second from funnel_chains where e_{step.number} is not null"
        for step in plan.steps
        if step.is_seen
    )
