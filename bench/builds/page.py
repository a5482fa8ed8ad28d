"""The part of docs/performance.md on whole builds: one column per size, all ratios from the same run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.builds.shop import DAY_CONVERSATIONS, HISTORY_DAYS
from bench.document import write_part

Results = Mapping[str, Any]
Found = Mapping[int, Results]
STAGES = ("start", "extraction", "models", "analytics", "publish", "pages", "end")
# Tables of which the script by hand has one too, with as many rows if both are right.
COMMON = {
    "fct_messages": "messages",
    "fct_conversations": "conversations",
    "fct_orders": "orders",
    "fct_web_sessions": "sessions",
}
# What the script by hand is compared with.
BUILD = ("models", "analytics", "publish")
GB = 1 << 30
INTRO = f"""## Whole builds

`make bench-builds SIZES="60000 250000 1000000"` writes a made-up shop's exports of all sources (so many conversations
of about ten messages in {HISTORY_DAYS} days, a third as many people, a web visit per conversation, an order for every
fourth), syncs them with `chat-pipeline sync` in a process of its own, and does the same work without it in the same
run. DuckDB may use 4 GB (`engine.memory_limit`). CPU is that of all threads, and the fairer figure on a machine that
does other work. What a size has done is kept in `data/bench/<size>/results.json`; a run that was ended goes on there.

- **The copy**: each file's own columns to Parquet by DuckDB, nested ones as JSON text, types found beforehand.
- **The script by hand** (`bench/builds/by_hand.sql`): from the same raw files the same core tables (messages,
  conversations, customers joined over all sources, orders, web sessions, eleven metrics per day and platform), for
  this shop alone. The build it is compared with is all models with their tests, all analytics tables, sentiment of each
  text, and publishing: far more tables than the script's six.
- **pandas** and **dlt** read the same files to Parquet and to a DuckDB file; neither checks, numbers or compares rows.
- **The day more** is {DAY_CONVERSATIONS} conversations with their visits, orders, tickets and contacts, at every size the same.

Stages are told by the run's event log, their CPU by samples of /proc; peak memory is the kernel's (ru_maxrss)."""


def write_page(found: Found) -> None:
    """All sizes that are done; sizes of another machine would not compare, so each says its own."""
    whole = {size: found[size] for size in sorted(found) if "day" in found[size]}
    if whole:
        write_part(
            "builds",
            "\n\n".join(
                [INTRO, _ratios(whole), _shares(whole), _day(whole), _dearest(whole), _machines(whole)]
            ),
        )


def _table(sizes: Sequence[int], rows: Sequence[tuple[str, Callable[[int], str]]], first: str = "") -> str:
    head = f"| {first} | " + " | ".join(f"{size:,}" for size in sizes) + " |"
    return "\n".join(
        [head, "|---|" + "---:|" * len(sizes)]
        + [f"| {title} | " + " | ".join(cell(size) for size in sizes) + " |" for title, cell in rows]
    )


def _ratios(found: Found) -> str:
    def took(part: Callable[[Results], Mapping[str, float]]) -> Callable[[int], str]:
        return lambda size: _seconds(part(found[size]))

    def times(
        ours: Callable[[Results], Mapping[str, float]], name: str, *, over: bool = True
    ) -> Callable[[int], str]:
        def cell(size: int) -> str:
            if name not in found[size]:
                return ""
            one, other = ours(found[size]), found[size][name]
            pairs = [
                (one[clock], other[clock]) if over else (other[clock], one[clock])
                for clock in ("cpu", "wall")
            ]
            return " / ".join(f"{upper / lower:.1f}" for upper, lower in pairs)

        return cell

    def rival(name: str) -> Callable[[int], str]:
        return lambda size: _seconds(found[size][name]) if name in found[size] else ""

    rows: list[tuple[str, Callable[[int], str]]] = [
        ("messages", lambda size: f"{found[size]['first']['rows']['marts.fct_messages']:,}"),
        ("export files; MB", lambda size: f"{found[size]['files']['files']}; {found[size]['files']['bytes'] / 1e6:,.0f}"),
        ("first sync", took(lambda one: one["first"])),
        ("peak memory, GB (aim: under 6)", lambda size: f"{found[size]['first']['peak'] / GB:.1f}"),
        ("messages a second (wall)", lambda size: f"{found[size]['first']['rows']['marts.fct_messages'] / found[size]['first']['wall']:,.0f}"),
        ("**extraction**", took(_extraction)),
        ("its rows a second (wall)", lambda size: f"{found[size]['first']['raw_rows'] / _extraction(found[size])['wall']:,.0f}"),
        ("copy", rival("copy")),
        ("extraction: times the copy (aim: 1.5)", times(_extraction, "copy")),
        ("pandas", rival("pandas")),
        ("pandas: times the extraction (aim: 5)", times(_extraction, "pandas", over=False)),
        ("dlt", rival("dlt")),
        ("dlt: times the extraction (aim: 50)", times(_extraction, "dlt", over=False)),
        ("**build** (models, analytics, publish)", took(_build)),
        ("script by hand", rival("by_hand")),
        ("build: times the script (aim: 2.5 at a million)", times(_build, "by_hand")),
        ("both hold the same messages, conversations, orders, visits", lambda size: _agreement(found[size])),
        ("raw; marts on disk, MB", lambda size: "; ".join(f"{found[size]['first']['disk'][part] / 1e6:,.0f}" for part in ("raw", "build.duckdb"))),
    ]  # fmt: skip
    return _table(list(found), rows, "CPU s / wall s, conversations:")


def _shares(found: Found) -> str:
    """Share of each stage, and how its CPU grows: 1.0 is in step with the conversations."""
    smallest = min(found)

    def share(stage: str) -> Callable[[int], str]:
        def cell(size: int) -> str:
            stages = found[size]["first"]["stages"]
            cpu = stages[stage]["cpu"]
            text = f"{cpu:,.0f} s, {cpu / sum(one['cpu'] for one in stages.values()):.0%}"
            before = found[smallest]["first"]["stages"][stage]["cpu"]
            return (
                text
                if size == smallest
                else f"{text}, ^{math.log(cpu / before) / math.log(size / smallest):.2f}"
            )

        return cell

    memory = [
        (
            "memory of " + stage + ", GB",
            lambda size, stage=stage: f"{found[size]['first']['stages'][stage]['memory'] / GB:.1f}",
        )
        for stage in ("extraction", *BUILD)
    ]
    text = (
        "**The first sync's CPU by stage**, its share, and the power with which it grows from the smallest size"
        " (1.00: in step with the conversations, the aim; below: a fixed part)."
    )
    return f"{text}\n\n" + _table(
        list(found), [*((stage, share(stage)) for stage in STAGES), *memory], "stage"
    )


def _day(found: Found) -> str:
    def stage(name: str) -> Callable[[int], str]:
        return lambda size: _seconds(found[size]["day"]["stages"][name])

    def nodes(kind: str) -> Callable[[int], str]:
        return lambda size: f"{found[size]['day']['nodes'].get(kind, 0):.1f}"

    smallest = min(found)
    rows = [
        ("whole sync, CPU s / wall s", lambda size: _seconds(found[size]["day"])),
        ("of the first sync's CPU", lambda size: f"{found[size]['day']['cpu'] / found[size]['first']['cpu']:.0%}"),
        *((f"{name}, CPU s / wall s", stage(name)) for name in STAGES),
        *((f"{kind}, wall s", nodes(kind)) for kind in ("incremental models", "table models", "view models", "tests")),
        ("extraction and incremental models, wall s", lambda size: f"{_news(found[size]):.1f}"),
        ("times the smallest size (aim: 1.2)", lambda size: f"{_news(found[size]) / _news(found[smallest]):.2f}"),
        *((f"{part}, wall s per million messages", _per_million(found, part)) for part in ("identity", "segments", "publish")),
    ]  # fmt: skip
    text = "**One day more.** What is new goes through the extraction and the incremental models; what looks at everybody and all days is made anew."
    return f"{text}\n\n" + _table(list(found), rows, "conversations before it:")


def _dearest(found: Found) -> str:
    largest = found[max(found)]["first"]
    told = (
        ", ".join(f"`{name}` {seconds:.0f}" for name, seconds in largest[kind].items())
        for kind in ("models", "tables")
    )
    return "**Dearest at {:,}**, wall s: models {}; analytics tables {}.".format(max(found), *told)


def _machines(found: Found) -> str:
    machines = {one["machine"] for results in found.values() for one in results.values()}
    return "\n".join(sorted(machines))


def _per_million(found: Found, part: str) -> Callable[[int], str]:
    def cell(size: int) -> str:
        day = found[size]["day"]
        seconds = day[part] if part in day else day["stages"][part]["wall"]
        return f"{seconds / day['rows']['marts.fct_messages'] * 1e6:.1f}"

    return cell


def _agreement(results: Results) -> str:
    ours, theirs = results["first"]["rows"], results["by_hand"]["rows"]
    unequal = [
        f"{theirs[one]:,} {one} for {ours['marts.' + mart]:,}"
        for mart, one in COMMON.items()
        if theirs[one] != ours["marts." + mart]
    ]
    return "; ".join(unequal) or "yes"


def _news(results: Results) -> float:
    day = results["day"]
    return day["stages"]["extraction"]["wall"] + day["nodes"].get("incremental models", 0.0)


def _extraction(results: Results) -> Mapping[str, float]:
    return results["first"]["stages"]["extraction"]


def _build(results: Results) -> Mapping[str, float]:
    stages = results["first"]["stages"]
    return {clock: sum(stages[name][clock] for name in BUILD) for clock in ("cpu", "wall")}


def _seconds(took: Mapping[str, float]) -> str:
    return f"{took['cpu']:,.1f} / {took['wall']:,.1f}"
