"""Figures of whole builds as tables of text: one column per size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

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


def _table(sizes: Sequence[int], rows: Sequence[tuple[str, Callable[[int], str]]], first: str = "") -> str:
    head = f"| {first} | " + " | ".join(f"{size:,}" for size in sizes) + " |"
    return "\n".join(
        [head, "|---|" + "---:|" * len(sizes)]
        + [f"| {title} | " + " | ".join(cell(size) for size in sizes) + " |" for title, cell in rows]
    )


def ratios(found: Found) -> str:
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
        ("dlt, spared", rival("dlt_spared")),
        ("dlt, spared: times the extraction", times(_extraction, "dlt_spared", over=False)),
        ("**build** (models, analytics, publish)", took(_build)),
        ("script by hand", rival("by_hand")),
        ("build: times the script (aim: 2.5 at a million)", times(_build, "by_hand")),
        ("both hold the same messages, conversations, orders, visits", lambda size: _agreement(found[size])),
        ("raw; marts on disk, MB", lambda size: "; ".join(f"{found[size]['first']['disk'][part] / 1e6:,.0f}" for part in ("raw", "build.duckdb"))),
    ]  # fmt: skip
    return _table(list(found), rows, "CPU s / wall s, conversations:")


def shares(found: Found) -> str:
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
    return _table(list(found), [*((stage, share(stage)) for stage in STAGES), *memory], "stage")


def one_day_more(found: Found) -> str:
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
    return _table(list(found), rows, "conversations before it:")


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
