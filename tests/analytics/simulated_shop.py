"""A shop in which nothing depends on anything, at the level of the tables that findings are made from.

Persons differ from each other and come back, so that conversations are not independent. `until` shows the nights up to
one, as far as their data have come and matured.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd
from handmade_marts import Marts

from chat_pipeline.analytics.volume_flags import volume_flags

FIRST = date(2026, 1, 5)
# Metric: shape, mean of the share (of times: seconds), days until it matures.
METRICS = {
    "conversation_rate": ("rate", 0.4, 1),
    "csat": ("rate", 0.75, 7),
    "average_resolution_time": ("seconds", 180, 0),
    "fallback_rate": ("rate", 0.06, 1),
    "resolution_rate": ("rate", 0.7, 1),
    "abandonment_rate": ("rate", 0.12, 1),
    "escalation_rate": ("rate", 0.15, 1),
    "goal_completion_rate:order": ("rate", 0.1, 7),
}
ATTRIBUTES = {
    "demographic.country": ("DE", "AT", "CH", "unknown"),
    "demographic.age_band": ("18-24", "25-34", "35-44", "45-54"),
    "engagement.level": ("none", "low", "medium", "high"),
    "technology.device": ("mobile", "desktop"),
    "acquisition.source": ("google", "direct", "newsletter"),
}
INTENTS = ("track_order", "return_item", "product_question", "complaint", "stock")
PRODUCTS = ("kettle", "lamp", "mug", "bowl")


def conversations(seed: int, days: int, per_day: int, persons: int) -> pd.DataFrame:
    """A row per conversation: person, day, attributes, and the outcome of every metric. Days differ by chance alone."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(per_day, days)
    size = int(counts.sum())
    person = rng.integers(0, persons, size)
    made = {
        "conversation_key": [f"c{n:06}" for n in range(size)],
        "cluster": [f"p{n:05}" for n in person],
        "day": np.repeat(np.arange(days), counts),
        "hour": rng.integers(9, 20, size),
        "intent": rng.choice(INTENTS, size),
        "bot_version": rng.choice(["v1", "v2"], size),
        "product": rng.choice(PRODUCTS, size),
        "steps": np.minimum(3, rng.geometric(0.4, size)),
        # A person has a mood: sentiment in ten-thousandths.
        "points": np.clip(
            rng.normal(1000, 1500, persons)[person] + rng.normal(0, 2000, size), -10000, 10000
        ).astype(int),
        "is_bought": rng.random(size) < 0.3,
    }
    for name, values in ATTRIBUTES.items():
        made[name] = rng.choice(values, persons)[person]
    for metric, (shape, mean, _) in METRICS.items():
        if shape == "rate":
            # Overdispersed by person: beta with 4 pseudo-observations.
            made[metric] = (rng.random(size) < rng.beta(4 * mean, 4 * (1 - mean), persons)[person]).astype(
                int
            )
        else:
            made[metric] = rng.exponential(mean * rng.gamma(4, 0.25, persons)[person]).astype(int)
    frame = pd.DataFrame(made)
    frame["date"] = [FIRST + timedelta(days=int(day)) for day in frame["day"]]
    return frame


class Shop:
    """The shop's tables in memory; every table shows what is there on the night of `until`."""

    def __init__(self, marts: Marts, frame: pd.DataFrame) -> None:
        self.marts, self.con = marts, marts.con
        marts.has_own_units = True
        self.con.execute("create schema if not exists analytics")
        self.con.register("given", frame)
        self.con.execute("create table shop as select * from given")
        self.con.execute("create table tonight (today date)")
        self._volumes()
        self._views()

    def _volumes(self) -> None:
        """What each day's volume is beside those before; later days change nothing in it."""
        self.con.execute("""
            create table analytics.metrics as
            select
                'conversation_volume' as metric, d.dimension, d.dimension_value, 'day' as grain, date as period_start,
                count(*) as numerator, true as is_complete
            from shop
            cross join (values ('all', 'all'), ('instance', 'rasa/default')) as d (dimension, dimension_value)
            group by d.dimension, d.dimension_value, date
        """)
        self.con.execute(
            f"create table volumes as select * from ({volume_flags(self.con, self.marts.settings)}) as flags"
        )
        self.con.execute("drop table analytics.metrics")

    def until(self, night: int) -> None:
        """Data up to the end of the day `night`, 0 the first; the run is in the night after."""
        self.con.execute("delete from tonight")
        self.con.execute("insert into tonight values (?)", [FIRST + timedelta(days=night + 1)])
        self.con.execute("delete from marts.publication")
        at = f"{FIRST + timedelta(days=night + 1)} 02:00"
        self.marts.cut_off(at)

    def _views(self) -> None:
        seen = "from shop cross join tonight where date < today"
        units = " union all ".join(
            f"""
            select '{metric}' as metric, '{shape}' as shape, conversation_key as unit_key, conversation_key, cluster,
                date as started_date, case when date + {wait} < today then "{metric}" else 0 end as numerator,
                cast(date + {wait} < today as integer) as denominator, cast(date + {wait} >= today as integer) as pending
            {seen}
            """
            for metric, (shape, _, wait) in METRICS.items()
        )
        self.con.execute(f"create temp view metric_units as {units}")
        values = ", ".join(
            f"{{'family': '{name.split('.')[0]}', 'attribute': '{name.split('.')[1]}', 'value': \"{name}\"}}"
            for name in ATTRIBUTES
        )
        self._replace(
            "analytics.conversation_segments",
            f"select conversation_key, unnest([{values}], recursive := true) {seen}",
        )
        self._replace(
            "marts.fct_conversations",
            f"""
            select conversation_key, 'rasa' as platform, 'default' as instance, cluster as customer_key,
                cluster as person_key, false as has_identity_conflict, false as is_test, date as started_date,
                cast(date as timestamp) + to_hours(hour) as started_at, intent as primary_intent,
                'all' as primary_intent_group, bot_version, 'en' as language {seen}
            """,
        )
        self._replace(
            "analytics.funnel_entries",
            """
            select 'purchase' as funnel, conversation_key as entry_key, step, 'step ' || step as step_name,
                'event' as record_kind, false as is_optional, cluster, conversation_key, conversation_key as entry_conversation_key,
                date as entered_date, steps as last_step,
                case when date + 1 >= today then 'open' when steps = 3 then 'converted' else 'dropped' end as state,
                'rasa' as platform, 'default' as instance, 'web' as channel, "demographic.country" as language, bot_version,
                intent as intent_group, "acquisition.source" as acquisition
            from (select unnest([1, 2, 3]) as step) cross join shop cross join tonight
            where date < today and step <= steps
            """,
        )
        self._replace(
            "analytics.conversation_sentiment",
            f"""
            select conversation_key, 'vader' as engine, 1 as scored_turns, false as is_negative, false as is_alert,
                points / 10000.0 as mean {seen}
            """,
        )
        self._replace(
            "marts.conversation_products",
            f"""
            select conversation_key, product as product_key, 1 as message_count,
                cast(date as timestamp) + to_hours(hour) as first_named_at {seen}
            """,
        )
        self._replace(
            "analytics.volume_flags",
            "select v.* from volumes as v cross join tonight where v.period_start < today",
        )
        sold = f"{seen} and is_bought"
        self._replace(
            "marts.fct_orders",
            f"""
            select conversation_key as order_key, 'shopify' as platform, 'default' as instance,
                cluster as customer_key, cast(date as timestamp) + to_hours(hour + 1) as ordered_at,
                date as ordered_date, true as is_counted, false as is_test, 10.0 as net_amount {sold}
            """,
        )
        self._replace(
            "marts.fct_order_lines",
            f"select conversation_key as order_key, product as product_key, 1.0 as quantity {sold}",
        )
        for name, columns in NOTHING.items():
            self.con.execute(f"create table analytics.{name} ({columns})")

    def _replace(self, name: str, select: str) -> None:
        self.con.execute(f"drop table if exists {name}")
        self.con.execute(f"create view {name} as {select}")


NOTHING: Mapping[str, str] = {
    "objectives": "objective varchar, metric varchar, segment varchar, target_value double, by_date date, current_month"
    " date, current_value double, projected_value double, status varchar",
    "source_freshness": "source varchar, instance varchar, behind_hours double, expected_hours double, is_stale boolean,"
    " files_held bigint, files_unreadable bigint",
    "unmapped_signals": "platform varchar, instance varchar, kind varchar, name varchar, looks_like varchar, conversations"
    " bigint, conversation_share double",
    "experiment_results": "experiment varchar, metric varchar, arm varchar, baseline_arm varchar, verdict varchar, units"
    " bigint, value double, baseline_value double, difference double, interval_low double, interval_high double, p double,"
    " p_adjusted double, smallest_detectable_difference double, test varchar, numerator bigint, denominator bigint,"
    " baseline_numerator bigint, baseline_denominator bigint, is_primary boolean",
}
