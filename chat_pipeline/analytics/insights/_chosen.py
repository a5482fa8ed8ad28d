"""Which differences are told: the correction over all tests of a run, weeks in a row, the least effect, no twins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chat_pipeline.analytics.insights._compared import Compared, make_units, weeks_back
from chat_pipeline.analytics.insights._kinds import ALL, Finding, Tested, tested_kinds
from chat_pipeline.analytics.insights._words import is_worse
from chat_pipeline.analytics.insights._worth import conversations, prices_of
from chat_pipeline.statistics import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from chat_pipeline.settings import Settings

    # What is told, its q, the weeks in a row for which it has held.
    Choice = tuple[Tested, float, int]

# From this overlap on two findings are one.
TWINS = 0.6


def tested_findings(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Finding]:
    """What survives, of all tested kinds. Makes and drops the TEMP table `insight_units`."""
    kinds = tested_kinds()
    make_units(con, settings, kinds.values())
    told_of = without_twins(con, chosen(Compared(con, settings, kinds), settings), settings)
    con.execute("drop table insight_units")
    prices = prices_of(con, settings)
    findings = []
    for found, q, weeks in told_of:
        kind = kinds[found.kind]
        worse = is_worse(found)
        told = kind.tell(found, settings, prices)
        findings.append(
            Finding(
                kind=found.kind,
                severity="warning" if worse else "notice",
                told=told if worse else replace(told, worth_conversations=None, worth_at_least=None, worth_money=None),
                metric=found.metric,
                dimension=found.dimension,
                value=found.value,
                n=found.n,
                estimate=found.estimate,
                interval=found.interval,
                baseline=found.baseline,
                comparison=found.comparison,
                p=found.p,
                q=q,
                weeks_in_a_row=weeks,
                first_week=found.first_week,
                last_week=found.last_week,
            )
        )  # fmt: skip
    return findings


def chosen(compared: Compared, settings: Settings) -> list[Choice]:
    """The comparisons to tell of."""
    rules = settings.insights
    now = [(found, q) for found, q in corrected(compared.run(0)) if q <= rules.level]
    now = [pair for pair in now if is_worse(pair[0]) or compared.kinds[pair[0].kind].tells_of_better]
    # Earlier weeks are computed only for what they may bear out.
    earlier = [
        {f.place: f.comparison.difference > 0 for f, q in corrected(compared.run(ago)) if q <= rules.level}
        for ago in range(1, weeks_back(settings) if now else 1)
    ]
    found = []
    for test, q in now:
        weeks = 1
        for run in earlier:
            if run.get(test.place) != (test.comparison.difference > 0):
                break
            weeks += 1
        if weeks >= rules.weeks_in_a_row or is_large(test, settings):
            found.append((test, q, weeks))
    return found


def corrected(tests: Sequence[Tested]) -> list[tuple[Tested, float]]:
    """Each comparison with q, corrected after Benjamini and Hochberg for all questions of the run."""
    ps = {test.question: test.p for test in tests}
    adjusted = dict(zip(ps, benjamini_hochberg(list(ps.values())), strict=True))
    return [(test, q) for test in tests if (q := adjusted[test.question]) is not None]


def is_large(test: Tested, settings: Settings) -> bool:
    """Whether the effect is large enough to be told after one week."""
    size = abs(test.comparison.difference)
    if test.shape == "rate":
        return size >= settings.insights.least_points / 100
    if test.shape == "score":
        # From -1 to 1: twice as wide as a share.
        return size >= settings.insights.least_points / 50
    return size >= abs(test.baseline) * settings.insights.least_percent / 100


def without_twins(con: duckdb.DuckDBPyConnection, found: list[Choice], settings: Settings) -> list[Choice]:
    """The most worth of each kind; those whose conversations are mostly another one's of the same metric are left out.

    A device and its only system, a bot and its channel are one finding under two names.
    """
    kept: dict[str, list[Choice]] = {}
    for choice in sorted(
        found, key=lambda choice: (-(conversations(choice[0])[1] or 0.0), choice[1], choice[0].place)
    ):
        test, others = choice[0], kept.setdefault(choice[0].kind, [])
        if len(others) < settings.insights.most_per_kind and not any(
            overlap(con, test, other) > TWINS for other, _, _ in others
        ):
            others.append(choice)
    return [choice for choices in kept.values() for choice in choices]


def overlap(con: duckdb.DuckDBPyConnection, a: Tested, b: Tested) -> float:
    """Units of both values over units of either (Jaccard); 0 of two metrics, and where one is the shop over time."""
    if a.metric != b.metric or ALL in (a.dimension, b.dimension):
        return 0.0
    ((share,),) = con.execute(
        """
        select cast(sum(in_a * in_b) as double) / sum(greatest(in_a, in_b))
        from (
            select
                unit_key, max(case when dimension = $a_dimension and value = $a_value then 1 else 0 end) as in_a,
                max(case when dimension = $b_dimension and value = $b_value then 1 else 0 end) as in_b
            from insight_units
            where kind = $kind and metric = $metric and week between $first and $last
            group by unit_key
        ) as units
        """,
        {
            "kind": a.kind,
            "metric": a.metric,
            "first": a.first_week,
            "last": a.last_week,
            "a_dimension": a.dimension,
            "a_value": a.value,
            "b_dimension": b.dimension,
            "b_value": b.value,
        },
    ).fetchall()
    return share or 0.0
