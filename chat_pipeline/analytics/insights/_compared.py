"""Units side by side: the TEMP table `insight_units`, and every comparison of a run on it.

Which differences are told is decided in `_chosen.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics._sql import run_date
from chat_pipeline.analytics.insights._kinds import ALL, Tested, TestedKind
from chat_pipeline.statistics import clustered_against_rest, units_alike, wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb
    import numpy as np

    from chat_pipeline.settings import Settings

# Runs of earlier weeks that are looked at for `weeks_in_a_row`, unless settings ask for more.
WEEKS_BACK = 4
LEAST_WEEKS_BEFORE = 4
# Hits and misses that each side of a share should have if there were no difference (Cochran's rule).
LEAST_EXPECTED = 5
UNITS = """
    create or replace temp table insight_units (
        kind varchar, metric varchar, shape varchar, dimension varchar, value varchar, unit_key varchar,
        conversation_key varchar, person integer, started_date date, week date, age tinyint, numerator bigint,
        denominator bigint
    )"""


def weeks_back(settings: Settings) -> int:
    return max(WEEKS_BACK, settings.insights.weeks_in_a_row)


def make_units(con: duckdb.DuckDBPyConnection, settings: Settings, kinds: Iterable[TestedKind]) -> None:
    """The TEMP table `insight_units` of these kinds: a row per metric, unit and value of a dimension.

    Only complete ISO weeks (passed, nothing of the metric pending), numbered by `age` from the latest, 1.
    """
    con.execute(UNITS)
    for kind in kinds:
        reach = max(kind.weeks(settings), settings.insights.weeks_before + 1) + weeks_back(settings) - 1
        con.execute(
            f"""
            insert into insight_units
            with units as (select *, cast(date_trunc('week', started_date) as date) as week from ({kind.units(settings)})),
            complete as (
                select metric, week, row_number() over (partition by metric order by week desc nulls last) as age
                from units
                group by metric, week
                having sum(pending) = 0 and week + 7 <= {run_date(settings)} and sum(denominator) > 0
            ),
            persons as (
                select cluster, row_number() over (order by cluster) as person
                from (select distinct cluster from units) as clusters
            ),
            counted as (
                select u.*, c.age, persons.person
                from units as u
                inner join complete as c on c.metric = u.metric and c.week = u.week and c.age <= {reach}
                inner join persons on persons.cluster = u.cluster
                where u.denominator > 0
            )
            select
                '{kind.name}', u.metric, u.shape, v.dimension, v.value, u.unit_key, u.conversation_key, u.person,
                u.started_date, u.week, u.age, u.numerator, u.denominator
            from counted as u
            inner join ({kind.values(settings)}) as v on v.unit_key = u.unit_key
            -- Who is not known is no group of its own, nor part of the others.
            where v.value <> 'unknown'
            """
        )


class Compared:
    """The sums of all groups, read once; `run` makes the comparisons as of some weeks ago."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, settings: Settings, kinds: dict[str, TestedKind]
    ) -> None:
        self.settings = settings
        self.kinds = kinds
        self.weeks = {
            (kind, metric, age): week
            for kind, metric, age, week in con.execute(
                "select distinct kind, metric, age, week from insight_units"
            ).fetchall()
        }
        self.values, self.groups = _groups(con)

    def run(self, ago: int) -> list[Tested]:
        """Every comparison that the run `ago` weeks earlier would have made, in a fixed order."""
        return [found for group, sums in self.groups for found in self._of_group(group, sums, ago)]

    def _of_group(
        self, group: tuple[str, str, str, str], sums: dict[str, np.ndarray], ago: int
    ) -> Iterator[Tested]:
        import numpy as np

        kind, metric, shape, dimension = group
        is_over_time = dimension == ALL
        reach = (
            self.settings.insights.weeks_before + 1 if is_over_time else self.kinds[kind].weeks(self.settings)
        )
        recent = (sums["age"] > ago) & (sums["age"] <= ago + reach)
        sums = {name: column[recent] for name, column in sums.items()}
        ages = sorted(set(sums["age"].tolist()))
        if not ages or (is_over_time and (len(ages) <= LEAST_WEEKS_BEFORE or ages[0] != ago + 1)):
            return
        # Time itself is the group of what has no other: the last week against those before.
        sides = (sums["age"] != ages[0]).astype(int) if is_over_time else sums["place"]
        names = [ALL, "before"] if is_over_time else self.values
        shared: dict[str, Any] = {
            "kind": kind,
            "metric": metric,
            "shape": shape,
            "dimension": dimension,
            "last_week": self.weeks[kind, metric, ages[0]],
            "first_week": self.weeks[kind, metric, ages[0] if is_over_time else ages[-1]],
            "weeks": 1 if is_over_time else len(ages),
            "is_two_valued": not is_over_time and len(np.unique(sides)) == 2,
        }
        least = self.settings.insights.least_persons
        for found in _tested(by_person(sums, sides), names, shared, least, ago == 0):
            if found.value != "before":
                yield found


def _groups(
    con: duckdb.DuckDBPyConnection,
) -> tuple[list[str], list[tuple[tuple[str, str, str, str], dict[str, np.ndarray]]]]:
    """Values by their place, and the sums of each kind, metric, shape and dimension: a row per place, week and person."""
    import numpy as np

    order = "kind asc nulls last, metric asc nulls last, shape asc nulls last, dimension asc nulls last, value asc nulls last"
    found = "select distinct kind, metric, shape, dimension, value from insight_units"
    names = con.execute(f"{found} order by {order}").fetchall()
    sums: dict[str, Any] = con.execute(
        f"""
        with names as (
            select *, cast(row_number() over (order by {order}) - 1 as integer) as place from ({found}) as found
        )
        select
            place, age, person, sum(numerator) as numerator, sum(denominator) as denominator,
            cast(count(*) as integer) as units
        from insight_units
        inner join names using (kind, metric, shape, dimension, value)
        group by place, age, person
        order by place asc nulls last, age asc nulls last, person asc nulls last
        """
    ).fetchnumpy()
    ends: dict[tuple[str, str, str, str], int] = {name[:4]: place + 1 for place, name in enumerate(names)}
    bounds = np.searchsorted(sums["place"], [0, *ends.values()])
    groups = [
        (group, {name: column[begin:end] for name, column in sums.items()})
        for group, begin, end in zip(ends, bounds[:-1], bounds[1:], strict=True)
    ]
    return [value for *_, value in names], groups


def by_person(sums: dict[str, np.ndarray], sides: np.ndarray) -> dict[str, np.ndarray]:
    """A row per side and person."""
    import numpy as np

    people = int(sums["person"].max()) + 1
    keys, places = np.unique(sides.astype(np.int64) * people + sums["person"], return_inverse=True)
    summed = {name: np.bincount(places, weights=sums[name]) for name in ("numerator", "denominator", "units")}
    return {**summed, "side": keys // people, "person": keys % people}


def _tested(
    sums: dict[str, np.ndarray], names: list[str], shared: dict[str, Any], least_persons: int, is_now: bool
) -> Iterator[Tested]:
    """The comparisons of a group's sides that have enough behind them. Only what is told now needs an interval."""
    x, m, person, sides = (sums[name] for name in ("numerator", "denominator", "person", "side"))
    is_share = shared["shape"] == "rate"
    for side, found in clustered_against_rest(x, m, person, sides).items():
        if found.cautious_p is None or min(found.clusters, found.rest_clusters) < least_persons:
            continue
        inside = sides == side
        k, n, all_k, all_n = (float(part.sum()) for part in (x[inside], m[inside], x, m))
        if is_share and min(n, all_n - n) * min(all_k, all_n - all_k) < LEAST_EXPECTED * all_n:
            continue
        is_told = is_share and is_now
        interval = wilson(k, n, units_alike(x[inside], m[inside], person[inside])) if is_told else None
        yield Tested(
            **shared,
            value=names[int(side)],
            n=int(sums["units"][inside].sum()),
            rest_n=int(sums["units"][~inside].sum()),
            estimate=k / n,
            baseline=(all_k - k) / (all_n - n),
            interval=interval,
            comparison=found.comparison,
            p=found.cautious_p,
        )
