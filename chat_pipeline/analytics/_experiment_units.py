"""Who is in which arm of an experiment, since when: steps that the experiment tables share.

What the units did then is measured in `experiment_results`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from chat_pipeline.analytics._sql import is_apart, shop_date
from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings


def experiment_steps(settings: Settings) -> str:
    """Steps ending in `experiment_units`: a row per experiment and unit.

    arms(experiment, arm, place, planned_share): place 1 is the arm that the others are compared with.
    sightings: every time that a unit met an arm from the experiment's first to its last day.
    experiment_units(experiment, unit, is_person, arm, exposed_at, exposed_date, arms_met): a person where known,
    else the conversation, with the arm met first (ties by name); platform and instance are null for a file.
    places(experiment, platform, instance): bots whose conversations can be measured; none for a file: all.
    """
    return f"""
    experiments as ({_experiments(settings)}),
    arms as ({_arms(settings)}),
    versions as ({_versions(settings)}),
    named as ({_named(settings)}),
    conversations as (
        select conversation_key, coalesce(person_key, conversation_key) as unit, person_key is not null as is_person,
            platform, instance, bot_version, started_at
        from marts.fct_conversations where not {is_apart(settings)}
    ),
    met as (
        select v.experiment, v.arm, c.unit, c.is_person, c.platform, c.instance, c.conversation_key,
            c.started_at as exposed_at
        from conversations as c
        inner join versions as v on v.bot_version = c.bot_version
        union all
        select n.experiment, arms.arm, c.unit, c.is_person, c.platform, c.instance, c.conversation_key, e.occurred_at
        from marts.fct_conversation_events as e
        inner join named as n on n.kind = e.kind and n.name = e.name
        inner join arms on arms.experiment = n.experiment and arms.arm = e.value
        inner join conversations as c on c.conversation_key = e.conversation_key
        union all
        select experiment, arm, customer_key, true, null, null, null, assigned_at
        from marts.experiment_assignments where problem is null
    ),
    sightings as (
        select met.*, {shop_date("met.exposed_at", settings)} as exposed_date
        from met
        inner join experiments
            on experiments.experiment = met.experiment
            and {shop_date("met.exposed_at", settings)} between experiments.from_date and experiments.to_date
    ),
    ranked as (
        select
            *,
            row_number() over (
                partition by experiment, unit
                order by exposed_at asc nulls last, arm asc nulls last, conversation_key asc nulls last
            ) as place
        from sightings
    ),
    crossed as (
        select experiment, unit, count(distinct arm) as arms_met from sightings group by experiment, unit
    ),
    experiment_units as (
        select r.experiment, r.unit, r.is_person, r.arm, r.exposed_at, r.exposed_date, r.conversation_key,
            crossed.arms_met
        from ranked as r
        inner join crossed on crossed.experiment = r.experiment and crossed.unit = r.unit
        where r.place = 1
    ),
    places as (
        select distinct experiment, platform, instance from sightings where platform is not null
    )"""


def _rows(columns: str, rows: Iterable[tuple[str, ...]]) -> str:
    """A SELECT of rows of SQL literals; typed by `columns` ("null as a, cast(null as date) as b") where there are none."""
    names = [column.rsplit(" as ", 1)[1] for column in columns.split(", ")]
    listed = ", ".join(f"({', '.join(row)})" for row in rows)
    if not listed:
        return f"select {columns} where false"
    return f"select * from (values {listed}) as listed ({', '.join(names)})"


def _experiments(settings: Settings) -> str:
    return _rows(
        "cast(null as varchar) as experiment, cast(null as date) as from_date, cast(null as date) as to_date",
        (
            (sql_text(name), f"date '{e.from_date.isoformat()}'", f"date '{e.to.isoformat()}'")
            for name, e in settings.experiments.items()
        ),
    )


def _arms(settings: Settings) -> str:
    return _rows(
        "cast(null as varchar) as experiment, cast(null as varchar) as arm, cast(null as bigint) as place,"
        " cast(null as double) as planned_share",
        (
            (sql_text(name), sql_text(arm), str(place), f"cast({share!r} as double)")
            for name, e in settings.experiments.items()
            for place, (arm, share) in enumerate(e.arms.items(), start=1)
        ),
    )


def _versions(settings: Settings) -> str:
    return _rows(
        "cast(null as varchar) as experiment, cast(null as varchar) as arm, cast(null as varchar) as bot_version",
        (
            (sql_text(name), sql_text(arm), sql_text(version))
            for name, e in settings.experiments.items()
            for arm, version in (e.assignment.bot_version or {}).items()
        ),
    )


def _named(settings: Settings) -> str:
    return _rows(
        "cast(null as varchar) as experiment, cast(null as varchar) as kind, cast(null as varchar) as name",
        (
            (sql_text(name), sql_text(kind), sql_text(value))
            for name, e in settings.experiments.items()
            for kind, value in (("slot", e.assignment.slot), ("parameter", e.assignment.parameter))
            if value
        ),
    )
