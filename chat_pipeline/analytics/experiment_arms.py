"""The arms of each experiment: how many units came into them, whether as planned and at the same time.

What the arms did is in `experiment_results`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._experiment_units import experiment_steps
from chat_pipeline.analytics._sql import run_date

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings

# A p below this says that the split is broken.
SPLIT_BROKEN = 0.001
# Arms ran at once if so much of each met it while all of them ran.
LEAST_TOGETHER = 0.8


def experiment_arms(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.experiment_arms`; registers the split's p per experiment as a view."""
    con.register("experiment_arms_split", _splits(con, settings))
    return f"""
    with {experiment_steps(settings)},
    {counted_steps()}
    select
        arms.experiment, arms.arm, arms.place, arms.place = 1 as is_baseline, e.from_date, e.to_date,
        coalesce(counted.units, 0) as units, coalesce(counted.persons, 0) as persons,
        arms.planned_share, coalesce(counted.units, 0) / nullif(cast(together.all_units as double), 0) as share,
        coalesce(counted.crossovers, 0) as crossovers,
        split.p as sample_ratio_p, split.p < {SPLIT_BROKEN} as is_split_broken,
        case
            when together.arms_with_units < together.arms_planned then null
            when together.least_share >= {LEAST_TOGETHER} then 'concurrent' else 'before_after'
        end as timing,
        counted.first_date as first_exposed_date, counted.last_date as last_exposed_date,
        coalesce(left_out.n, 0) as excluded,
        coalesce({run_date(settings)} > e.to_date, false) as is_over
    from arms
    inner join experiments as e on e.experiment = arms.experiment
    left join counted on counted.experiment = arms.experiment and counted.arm = arms.arm
    left join together on together.experiment = arms.experiment
    left join experiment_arms_split as split on split.experiment = arms.experiment
    left join left_out on left_out.experiment = arms.experiment
    """


def counted_steps() -> str:
    """Steps `counted` (per arm), `together` (per experiment: the time in which every arm ran) and `left_out`."""
    return """
    counted as (
        select experiment, arm, count(*) as units, sum(case when is_person then 1 else 0 end) as persons,
            sum(case when arms_met > 1 then 1 else 0 end) as crossovers,
            min(exposed_date) as first_date, max(exposed_date) as last_date
        from experiment_units group by experiment, arm
    ),
    common as (
        select experiment, max(first_date) as from_date, min(last_date) as to_date from counted group by experiment
    ),
    shared as (
        select u.experiment, u.arm,
            sum(case when u.exposed_date between common.from_date and common.to_date then 1 else 0 end)
                / cast(count(*) as double) as share
        from experiment_units as u
        inner join common on common.experiment = u.experiment
        group by u.experiment, u.arm
    ),
    together as (
        select arms.experiment, count(*) as arms_planned, count(counted.arm) as arms_with_units,
            sum(counted.units) as all_units, min(shared.share) as least_share
        from arms
        left join counted on counted.experiment = arms.experiment and counted.arm = arms.arm
        left join shared on shared.experiment = arms.experiment and shared.arm = arms.arm
        group by arms.experiment
    ),
    left_out as (
        select experiment, count(*) as n from marts.experiment_assignments where problem is not null
        group by experiment
    )"""


def _splits(con: duckdb.DuckDBPyConnection, settings: Settings) -> Any:
    """experiment, p: whether the units fell on the arms as planned; p is null without units."""
    import pandas as pd

    from chat_pipeline.statistics import sample_ratio

    counted = con.sql(
        f"with {experiment_steps(settings)} select experiment, arm, count(*) from experiment_units group by all"
    ).fetchall()
    units = {(experiment, arm): n for experiment, arm, n in counted}
    rows = []
    for name, experiment in settings.experiments.items():
        found = sample_ratio(
            [units.get((name, arm), 0) for arm in experiment.arms], list(experiment.arms.values())
        )
        rows.append((name, found.p if found else None))
    return pd.DataFrame(rows, columns=["experiment", "p"]).astype({"experiment": "str", "p": "float64"})


TABLE = AnalyticsTable(
    name="experiment_arms",
    description=(
        "One row per experiment in settings and arm. The unit is what was randomised: the person where one is known,"
        " else the conversation. A unit counts in the arm it met first from the experiment's first to its last day,"
        " whatever it met later. Test traffic is out."
    ),
    columns=(
        Column("experiment", "varchar", "Name in settings."),
        Column("arm", "varchar", "Arm in settings."),
        Column("place", "bigint", "Place of the arm in settings: a number from 1."),
        Column("is_baseline", "boolean", "First arm: the one that the others are compared with."),
        Column("from_date", "date", "First day of the experiment, in the shop's time zone."),
        Column("to_date", "date", "Last day of it, as planned."),
        Column(
            "units", "bigint", "Units that met this arm first: persons, and conversations of nobody known."
        ),
        Column("persons", "bigint", "The part of `units` that are persons; the rest are conversations."),
        Column("planned_share", "double", "Share of the units planned in settings, 0 to 1."),
        Column("share", "double", "Share of all the experiment's units, 0 to 1; null without units."),
        Column(
            "crossovers",
            "bigint",
            "The part of `units` that met another arm later; they stay in this one, which makes a difference look smaller.",
        ),
        Column(
            "sample_ratio_p",
            "double",
            "p of the chi-squared test of the experiment's units against the planned shares; the same in every row of it;"
            " null without units.",
        ),
        Column(
            "is_split_broken",
            "boolean",
            f"sample_ratio_p is under {SPLIT_BROKEN}: something put units into the wrong arm or lost them, and no comparison"
            " holds; null without units.",
        ),
        Column(
            "timing",
            "varchar",
            "concurrent: of every arm at least 80 % of the units met it between the day on which the last arm began and the"
            " day on which the first one ended; else before_after, which no test makes into cause and effect; null while"
            " an arm has no unit.",
        ),
        Column("first_exposed_date", "date", "Day on which the first unit met this arm; null without units."),
        Column("last_exposed_date", "date", "Day on which the last unit met it first; null without units."),
        Column(
            "excluded",
            "bigint",
            "Rows of the experiment's assignment file that put nobody into an arm (marts.experiment_assignments says why);"
            " the same in every row of the experiment; 0 without a file.",
        ),
        Column("is_over", "boolean", "The last planned day has passed at the run's cut-off."),
    ),
    key=("experiment", "arm"),
    build=experiment_arms,
)
