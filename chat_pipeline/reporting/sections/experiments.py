"""What was tried, and what came of it."""

from __future__ import annotations

from chat_pipeline.analytics.insights._words import name_of
from chat_pipeline.reporting.parts import Column, Scope, Section, Table
from chat_pipeline.reporting.published import Row, rows
from chat_pipeline.reporting.words import LEAST_FOR_PERCENT, day, percent, readable

VERDICTS = {
    "running": "still running",
    "maturing": "over, but not all can be judged yet",
    "split_broken": "no verdict: the split is not as planned",
    "before_after": "no verdict: the arms did not run at the same time",
    "too_few": "too few to tell",
    "not_estimable": "nothing varies",
    "higher": "higher, more than chance",
    "lower": "lower, more than chance",
    "no_difference_shown": "no difference shown",
}
COLUMNS = (
    *(
        Column("metric", "Metric"),
        Column("arm", "Arm"),
        Column("base", "First arm"),
        Column("value", "This arm"),
    ),
    *(Column("difference", "Difference (95 % interval)"), Column("verdict", "Verdict")),
)


def section(scope: Scope) -> Section:
    arms = rows(scope.con, "select * from analytics.experiment_arms order by experiment, place")
    if not arms:
        return Section(
            "experiments",
            "Experiments",
            "",
            missing="No experiment is named under [experiments] in the settings.",
        )
    results = rows(
        scope.con,
        """
        select results.*, definitions.value_unit from analytics.experiment_results as results
        left join analytics.metric_definitions as definitions on definitions.metric = results.metric
        where results.is_primary or results.metric in ('conversation_rate', 'csat', 'resolution_rate', 'fallback_rate', 'escalation_rate')
        order by results.experiment, not results.is_primary, results.metric, results.arm
        """,
    )
    return Section(
        id="experiments",
        title="Experiments",
        lead="The metric that the experiment was made for stands first; the others are corrected for being many.",
        follows="Not filtered.",
        blocks=tuple(_table(name, arms, results) for name in sorted({arm["experiment"] for arm in arms})),
    )


def _table(name: str, arms: list[Row], results: list[Row]) -> Table:
    own = [arm for arm in arms if arm["experiment"] == name]
    sizes = ", ".join(f"{arm['arm']} {arm['units']:,}" for arm in own)
    split = (
        " The split is not as planned: something put people into the wrong arm, and no comparison holds."
        if own[0]["is_split_broken"]
        else ""
    )
    note = f"{day(own[0]['from_date'])} to {day(own[0]['to_date'])}; {sizes} (persons, and conversations of nobody known).{split}"
    return Table(
        f"experiment-{name}",
        readable(name),
        COLUMNS,
        [_row(row) for row in results if row["experiment"] == name],
        note,
        "Nothing was measured.",
    )


def _row(row: Row) -> Row:
    is_share = row["value_unit"] == "share 0 to 1"
    return {
        "metric": name_of(row["metric"]) + (" (what it was made for)" if row["is_primary"] else ""),
        "arm": row["arm"],
        "base": _side(
            row["baseline_value"], row["baseline_numerator"], row["baseline_denominator"], is_share
        ),
        "value": _side(row["value"], row["numerator"], row["denominator"], is_share),
        "difference": _difference(row, is_share),
        "verdict": VERDICTS.get(row["verdict"], row["verdict"]),
    }


def _difference(row: Row, is_share: bool) -> str:
    ends = [row[name] for name in ("difference", "interval_low", "interval_high")]
    if None in ends or (
        is_share and min(row["denominator"], row["baseline_denominator"]) < LEAST_FOR_PERCENT
    ):
        return "–"
    scale, unit = (100, " points") if is_share else (1, "")
    middle, low, high = (f"{scale * value:+.1f}" for value in ends)
    return f"{middle}{unit} ({low} to {high})"


def _side(value: float | None, n: int, d: int, is_share: bool) -> str:
    if value is None:
        return "nothing measured"
    if not is_share:
        return f"{value:.2f}"
    return f"{percent(value)} ({n:,} of {d:,})" if d >= LEAST_FOR_PERCENT else f"{n} of {d}"
