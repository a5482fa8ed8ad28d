"""Funnels are followed as a plain Python reading of the rules follows them, whatever the events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat_pipeline.analytics._funnel_chain import Plan, PlannedStep, create_followed, follow


@dataclass(frozen=True)
class Event:
    second: int
    steps: frozenset[int]
    stream: str
    sequence: int
    key: str


Entry = dict[int, str]


def by_sql(plan: Plan, units: dict[str, list[Event]]) -> dict[str, list[Entry]]:
    with duckdb.connect() as con:
        # Few rows would be joined by another operator than many are.
        con.execute("set asof_loop_join_threshold = 0")
        con.execute(
            "create temp table funnel_fits (funnel varchar, step integer, last_step integer, unit_key varchar,"
            " second bigint, stream varchar, sequence bigint, event_key varchar)"
        )
        rows = [
            [plan.name, step, max(event.steps), unit, event.second, event.stream, event.sequence, event.key]
            for unit, events in units.items()
            for event in events
            for step in event.steps
        ]
        if rows:
            con.executemany("insert into funnel_fits values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        create_followed(con)
        follow(con, plan)
        found: dict[str, dict[int, Entry]] = {unit: {} for unit in units}
        for unit, entry, step, key in con.execute(
            "select unit_key, entry, step, event_key from funnel_followed order by unit_key, entry_second, step"
        ).fetchall():
            found[unit].setdefault(entry, {})[step] = key
        return {unit: list(entries.values()) for unit, entries in found.items()}


def by_hand(plan: Plan, events: list[Event]) -> list[Entry]:
    """The rules read aloud: no joins, no windows."""
    entries: list[Entry] = []
    free_from = -(10**9)
    while starts := [e for e in events if 1 in e.steps and e.second >= free_from]:
        begin = min(starts, key=lambda e: (e.second, *choice(e)))
        taken: dict[int, Event] = {1: begin}
        deadline = begin.second + plan.window
        end, last = deadline, 1
        for step in plan.required[1:]:
            limit = min(deadline, taken[last].second + (step.within if step.within is not None else 10**9))
            fitting = [
                e
                for e in events
                if step.number in e.steps and taken[last].second <= e.second <= limit
                if not any(same_stream(e, t) and e.sequence <= t.sequence for t in taken.values())
            ]
            if not fitting:
                end = limit
                break
            taken[step.number] = min(fitting, key=lambda e: (e.second, *choice(e)))
            end, last = taken[step.number].second, step.number
        add_optional(plan, events, taken, end)
        entries.append({number: event.key for number, event in sorted(taken.items())})
        free_from = end + 1
    return entries


def add_optional(plan: Plan, events: list[Event], taken: dict[int, Event], end: int) -> None:
    for step in plan.optional:
        before = max(s.number for s in plan.required if s.number < step.number)
        after = min(s.number for s in plan.required if s.number > step.number)
        if before not in taken:
            continue
        neighbour = taken[max(number for number in taken if number < step.number)]
        until = taken[after].second if after in taken else end
        if step.within is not None:
            until = min(until, taken[before].second + step.within)
        fitting = [
            e
            for e in events
            if step.number in e.steps and neighbour.second <= e.second <= until
            if not any(
                same_stream(e, t)
                and (e.sequence <= t.sequence if number < step.number else e.sequence >= t.sequence)
                for number, t in taken.items()
            )
        ]
        if fitting:
            taken[step.number] = min(fitting, key=lambda e: (e.second, *choice(e)))


def choice(event: Event) -> tuple[int, int, str]:
    return max(event.steps), event.sequence, event.key


def same_stream(a: Event, b: Event) -> bool:
    return a.second == b.second and a.stream == b.stream


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    size = draw(st.integers(2, 5))
    limits = st.none() | st.integers(1, 8)
    steps = [
        PlannedStep(n, f"s{n}", 1 < n < size and draw(st.booleans()), draw(limits) if n > 1 else None)
        for n in range(1, size + 1)
    ]
    return Plan("f", "customer", draw(st.integers(1, 20)), tuple(steps))


@st.composite
def event_lists(draw: st.DrawFn) -> dict[str, list[Event]]:
    units = {}
    for unit in "abcd":
        events = []
        for place in range(draw(st.integers(0, 14))):
            # Few seconds, so that ties abound; a stream orders its own events by sequence.
            steps = draw(st.frozensets(st.integers(1, 5), min_size=1, max_size=3))
            stream = draw(st.sampled_from(["m", "e", ""]))
            key = f"{unit}{place:02}"
            sequence = place if stream else 0
            events.append(Event(draw(st.integers(0, 30)), steps, stream or key, sequence, key))
        units[unit] = events
    return units


@settings(max_examples=40, deadline=None)
@given(plans(), event_lists())
def test_sql_follows_as_the_rules_read(plan: Plan, units: dict[str, list[Event]]) -> None:
    steps = {step.number for step in plan.steps}
    units = {
        unit: [
            Event(e.second, e.steps & steps, e.stream, e.sequence, e.key) for e in events if e.steps & steps
        ]
        for unit, events in units.items()
    }
    assert by_sql(plan, units) == {unit: by_hand(plan, events) for unit, events in units.items()}


HOUR = 3600


def plan(*steps: PlannedStep, window: int = 24 * HOUR) -> Plan:
    return Plan("f", "customer", window, steps)


def events(*rows: tuple[float, Any]) -> list[Event]:
    return [
        Event(int(hour * HOUR), frozenset(steps if isinstance(steps, tuple) else (steps,)), str(i), 0, str(i))
        for i, (hour, steps) in enumerate(rows)
    ]


VIEW_CART_ORDER = plan(PlannedStep(1, "view"), PlannedStep(2, "cart"), PlannedStep(3, "order"))


@pytest.mark.parametrize(
    ("given_events", "entries"),
    [
        # View, view 30 hours later, cart at 31: the first entry expired, the second is the one that went on.
        (events((0, 1), (30, 1), (31, 2)), [{1: "0"}, {1: "1", 2: "2"}]),
        # While an entry runs, a second view begins nothing.
        (events((0, 1), (1, 1), (2, 2), (3, 3)), [{1: "0", 2: "2", 3: "3"}]),
        # After an order a new view begins anew.
        (
            events((0, 1), (1, 2), (2, 3), (3, 1), (4, 2)),
            [{1: "0", 2: "1", 3: "2"}, {1: "3", 2: "4"}],
        ),
        # All in one second: in order, whatever the order of the rows.
        (events((0, 3), (0, 2), (0, 1)), [{1: "2", 2: "1", 3: "0"}]),
        # The last second of the window counts, the next one does not.
        (events((0, 1), (24, 2)), [{1: "0", 2: "1"}]),
        (events((0, 1), (24 + 1 / HOUR, 2)), [{1: "0"}]),
        # One event is one step.
        (events((0, (1, 2)), (1, 3)), [{1: "0"}]),
        (events((0, 2), (1, 3)), []),
    ],
)
def test_hand_worked_entries(given_events: list[Event], entries: list[Entry]) -> None:
    assert by_sql(VIEW_CART_ORDER, {"a": given_events}) == {"a": entries}
    assert by_hand(VIEW_CART_ORDER, given_events) == entries


def test_an_optional_step_holds_nobody_up() -> None:
    steps = (PlannedStep(1, "cart"), PlannedStep(2, "view cart", is_optional=True), PlannedStep(3, "order"))
    assert by_sql(plan(*steps), {"mini": events((0, 1), (1, 3)), "full": events((0, 1), (1, 2), (2, 3))}) == {
        "mini": [{1: "0", 3: "1"}],
        "full": [{1: "0", 2: "1", 3: "2"}],
    }


def test_a_step_of_its_own_limit_ends_the_entry_early() -> None:
    steps = (PlannedStep(1, "asked"), PlannedStep(2, "shown", within=HOUR))
    assert by_sql(plan(*steps), {"a": events((0, 1), (2, 1), (2.5, 2))}) == {
        "a": [{1: "0"}, {1: "1", 2: "2"}]
    }


def test_a_hundred_entries_of_one_person() -> None:
    many = events(*((day * 25, 1) for day in range(100)))
    assert by_sql(VIEW_CART_ORDER, {"a": many, "b": []}) == {
        "a": [{1: str(i)} for i in range(100)],
        "b": [],
    }
