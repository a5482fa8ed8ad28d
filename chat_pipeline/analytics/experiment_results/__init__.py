"""What the arms of each experiment did, metric by metric, each against the first arm.

The metrics are those of `_units.py`; who is in which arm is decided by `_experiment_units.py`; how two arms are
compared, in `_compare.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat_pipeline.analytics import AnalyticsColumn as Column
from chat_pipeline.analytics import AnalyticsTable
from chat_pipeline.analytics._experiment_units import experiment_steps
from chat_pipeline.analytics.experiment_results._compare import LEAST_UNITS, LEVEL
from chat_pipeline.analytics.experiment_results._rows import result_rows

if TYPE_CHECKING:
    import duckdb

    from chat_pipeline.settings import Settings


def experiment_results(con: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """SELECT of `analytics.experiment_results`."""
    import pyarrow as pa

    from chat_pipeline.analytics._units import ensure_units

    ensure_units(con, settings)
    rows = []
    # One experiment after the other: its units are all that is held in memory at once.
    for name in settings.experiments:
        units = con.execute(f"{measured(settings)} where experiment = ? {ORDER}", [name]).df()
        arms = con.execute(
            "select arm, units, is_split_broken, timing, is_over from analytics.experiment_arms where experiment = ?"
            " order by place",
            [name],
        ).fetchall()
        rows += result_rows(name, settings.experiments[name], arms, units)
    types = {"varchar": pa.string(), "boolean": pa.bool_(), "bigint": pa.int64(), "double": pa.float64()}
    schema = pa.schema([(column.name, types[column.type]) for column in TABLE.columns])
    con.register("experiment_results_rows", pa.Table.from_pylist(rows, schema))
    return "select * from experiment_results_rows"


ORDER = "order by metric asc nulls last, arm asc nulls last, unit asc nulls last"


def measured(settings: Settings) -> str:
    """SELECT of experiment, metric, metric_unit, arm, unit, x, m, pending, is_volume: what each unit did after exposure.

    The conversation in which it met the arm counts, what began before does not, nor what began after the last day.
    Numbers of persons are left out (the units are persons), a rate of persons is yes or no for each; money is too.
    """
    return f"""
    with {experiment_steps(settings)},
    talked as (
        select u.experiment, u.arm, u.unit, mu.metric, mu.shape, mu.unit as metric_unit,
            mu.numerator, mu.denominator, mu.pending
        from metric_units as mu
        inner join conversations as c on c.conversation_key = mu.conversation_key
        inner join experiment_units as u on u.unit = c.unit
        inner join experiments as e on e.experiment = u.experiment
        left join (select distinct experiment from places) as bound on bound.experiment = u.experiment
        left join places
            on places.experiment = u.experiment and places.platform = c.platform and places.instance = c.instance
        where (c.conversation_key = u.conversation_key or c.started_at >= u.exposed_at)
            and mu.started_date <= e.to_date
            -- What another bot does is no outcome of this one's arms.
            and (bound.experiment is null or places.experiment is not null)
    ),
    others as (
        select u.experiment, u.arm, u.unit, mu.metric, mu.shape, mu.unit as metric_unit,
            mu.numerator, mu.denominator, mu.pending
        from metric_units as mu
        inner join experiment_units as u on u.unit = mu.customer_key
        inner join experiments as e on e.experiment = u.experiment
        left join marts.fct_web_sessions as w on w.web_session_key = mu.unit_key
        where mu.conversation_key is null
            -- Without a time, the day of exposure itself may lie before it.
            and case
                when w.started_at is not null then w.started_at >= u.exposed_at else mu.started_date > u.exposed_date
            end
            and mu.started_date <= e.to_date
    ),
    did as (
        select * from talked
        union all
        select * from others
    ),
    summed as (
        select experiment, metric, min(metric_unit) as metric_unit, arm, unit,
            cast(case when shape = 'persons_rate' then max(numerator) else sum(numerator) end as double) as x,
            cast(case when shape = 'persons_rate' then max(denominator) else sum(denominator) end as double) as m,
            sum(pending) as pending, shape = 'count' as is_volume
        from did
        where shape in ('count', 'rate', 'mean', 'seconds', 'persons_rate')
        group by experiment, metric, shape, arm, unit
    )
    select * from summed"""


TABLE = AnalyticsTable(
    name="experiment_results",
    description=(
        "One row per experiment, metric and arm beside the first, compared with the first. Only what a unit (person where"
        " known, else conversation) did after it met its arm, and matured; conversations with the bots that the arms ran"
        " on. The test fits the unit: z for a share with one event per unit, Welch for a number per unit, the delta"
        " method for a ratio whose parts add up over a person's conversations."
    ),
    columns=(
        Column("experiment", "varchar", "Name in settings."),
        Column("metric", "varchar", "Metric, as in analytics.metrics."),
        Column("arm", "varchar", "Arm that is compared."),
        Column("baseline_arm", "varchar", "First arm in settings."),
        Column("is_primary", "boolean", "The metric that the experiment was made for."),
        Column("metric_unit", "varchar", "What the denominator counts; null where nothing was measured."),
        Column("test", "varchar", "z, welch or delta; null where nothing can be compared or nothing varies."),
        Column("baseline_units", "bigint", "Units of the first arm with something measured."),
        Column("units", "bigint", "Units of this arm with something measured."),
        Column("baseline_numerator", "bigint", "Sum over the first arm's units, in the metric's own unit."),
        Column("baseline_denominator", "bigint", "What it is divided by (of a volume: the units)."),
        Column("numerator", "bigint", "Sum over this arm's units."),
        Column(
            "denominator", "bigint", "What it is divided by: units, turns or persons, as the metric has it."
        ),
        Column(
            "baseline_value",
            "double",
            "Value of the first arm: a share of 0 to 1, seconds, or a count per unit.",
        ),
        Column("value", "double", "Value of this arm, in the metric's unit."),
        Column(
            "difference",
            "double",
            "value - baseline_value, in the metric's unit (0.05 of a share: 5 points).",
        ),
        Column("interval_low", "double", "Lower bound of the 95 % interval of the difference."),
        Column("interval_high", "double", "Upper bound of it."),
        Column("p", "double", "Two-sided p of the test, for itself alone, 0 to 1."),
        Column(
            "p_all_arms",
            "double",
            "z only: p of the chi-squared test that all arms have one share; with two arms equal to p.",
        ),
        Column(
            "p_adjusted",
            "double",
            "p after Holm: the primary metric's comparisons among themselves, all other tests of the experiment among"
            " themselves.",
        ),
        Column(
            "p_mann_whitney",
            "double",
            "Beside the p of welch and delta: p of the rank test of the units' values, which a few huge ones do not sway.",
        ),
        Column(
            "smallest_detectable_difference",
            "double",
            "Difference, in the metric's unit, that a test of this size finds four times in five; a true one that is smaller would likely be missed.",
        ),
        Column("pending", "bigint", "Conversations or sessions of both arms too young to be judged."),
        Column(
            "verdict",
            "varchar",
            "running (the last day has not passed), maturing (something is pending), split_broken, before_after, too_few"
            f" (under {LEAST_UNITS} units in an arm), not_estimable (nothing varies), else higher or lower (p_adjusted under"
            f" {LEVEL}) or no_difference_shown. Higher is not always better.",
        ),
    ),
    key=("experiment", "metric", "arm"),
    build=experiment_results,
    needs=("conversation_outcomes", "experiment_arms"),
)
