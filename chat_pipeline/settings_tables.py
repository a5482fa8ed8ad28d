"""Settings as the SQL sees them: small Parquet tables to join, and scalar dbt variables.

The tables are the dbt source `settings` (`models/staging/settings/_settings.yml`). What the values
mean and whether they are valid is not decided here but in `settings/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chat_pipeline.assignments import read_assignments
from chat_pipeline.settings import Settings
from chat_pipeline.settings.matches import ANY_PLATFORM, Match

Row = tuple[Any, ...]

# Table -> columns and their DuckDB types.
TABLES: dict[str, dict[str, str]] = {
    "signal_rules": {
        "platform": "varchar",
        "signal": "varchar",
        "kind": "varchar",
        "name": "varchar",
        "goal": "varchar",
        "scale_low": "double",
        "scale_high": "double",
    },
    "goals": {
        "goal": "varchar",
        "window_seconds": "bigint",
        "has_entry": "boolean",
        "reads_orders": "boolean",
    },
    "intent_groups": {"intent_group": "varchar", "pattern": "varchar"},
    "intent_roles": {"name": "varchar", "role": "varchar"},
    "opening_payloads": {"payload": "varchar"},
    "bot_acts": {"act": "varchar", "kind": "varchar", "pattern": "varchar", "place": "bigint"},
    "identifier_rules": {
        "platform": "varchar",
        "kind": "varchar",
        "name": "varchar",
        "identifier_type": "varchar",
    },
    "attribute_rules": {"platform": "varchar", "kind": "varchar", "name": "varchar", "attribute": "varchar"},
    "excluded": {"kind": "varchar", "value": "varchar"},
    "identity": {"is_probabilistic": "boolean", "threshold": "double"},
    "currency_rates": {"currency": "varchar", "rate": "double"},
    "sources": {
        "source": "varchar",
        "instance": "varchar",
        "sender_id": "varchar",
        "time_zone": "varchar",
        "expect_every_seconds": "bigint",
        "retired_on": "date",
    },
    "shared_ids": {"source": "varchar", "value": "varchar"},
    "source_options": {"source": "varchar", "instance": "varchar", "name": "varchar", "value": "varchar"},
    "experiment_assignments": {
        "experiment": "varchar",
        "place": "bigint",
        "person": "varchar",
        "arm": "varchar",
        "assigned_at": "timestamp",
        "problem": "varchar",
    },
}
RULE_KINDS = {
    "slots": "slot",
    "parameters": "parameter",
    "properties": "property",
    "note_attributes": "note_attribute",
}

# Kinds of a bot's acts in the order in which their names are tried: utter_ask_rating is no question.
ACT_PLACES = {
    act: place
    for place, act in enumerate(
        ("answer", "fallback", "error", "survey", "closing", "greeting", "question"), start=1
    )
}


def like_pattern(name: str) -> str:
    """A name with `*` for any text as a pattern for `like ... escape '!'`."""
    return name.replace("!", "!!").replace("%", "!%").replace("_", "!_").replace("*", "%")


def write_tables(settings: Settings, folder: Path, root: Path, sources: Iterable[str] | None = None) -> None:
    """Write `<name>.parquet` for every name of TABLES into the folder, made if need be.

    `root` is the home, where files that settings name lie. `sources` are the names that get rows in `sources`,
    `shared_ids` and `source_options`, by default all found.
    """
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    rows = table_rows(settings, root, _found() if sources is None else sources)
    with duckdb.connect() as con:
        for name, columns in TABLES.items():
            typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            con.execute(f"create table {name} ({typed})")
            if rows[name]:
                con.executemany(f"insert into {name} values ({', '.join('?' * len(columns))})", rows[name])
            con.table(name).write_parquet(str(folder / f"{name}.parquet"))


def table_rows(settings: Settings, root: Path, sources: Iterable[str]) -> dict[str, list[Row]]:
    """Rows of every table, without repetitions, in an order that depends on the values alone."""
    found = sorted(sources)
    rows: dict[str, Iterable[Row]] = {
        "signal_rules": _signal_rules(settings),
        "goals": _goals(settings),
        "intent_groups": (
            (group, like_pattern(pattern))
            for group, patterns in settings.intent_groups.items()
            for pattern in patterns
        ),
        "intent_roles": _intent_roles(settings),
        "opening_payloads": ((payload,) for payload in settings.chat.opening_payloads),
        "bot_acts": _bot_acts(settings),
        "identifier_rules": _name_rules(settings.identifiers),
        "attribute_rules": _name_rules(settings.attributes),
        "excluded": _excluded(settings),
        "identity": [(settings.identity.probabilistic, settings.identity.threshold)],
        "currency_rates": {settings.shop.currency: 1.0, **settings.shop.rates}.items(),
        "sources": _sources(settings, found),
        "shared_ids": ((name, value) for name in found for value in settings.source(name).shared_ids),
        "source_options": _source_options(settings, found),
        "experiment_assignments": read_assignments(settings, root),
    }
    return {name: sorted(set(rows[name]), key=_order) for name in TABLES}


def dbt_vars(settings: Settings) -> dict[str, Any]:
    """Scalar settings under the names by which the models ask for them."""
    chat, shop = settings.chat, settings.shop
    return {
        "time_zone": shop.time_zone,
        "currency": shop.currency,
        "country": shop.country,
        "dial_code": shop.dial_code,
        "silence_seconds": round(chat.silence_minutes * 60),
        "silence_seconds_human": round(chat.silence_hours_human * 3600),
        "rated_within_seconds": int(settings.outcomes.rated_within.total_seconds()),
        "include_test_traffic": settings.exclude.include_test_traffic,
        "cash_on_delivery": settings.orders.cash_on_delivery,
        "ga4_transaction_id": settings.orders.ga4_transaction_id,
        "complete_snapshots": sorted(
            n for n, source in settings.sources.items() if source.complete_snapshots
        ),
        "chat_live_since": shop.chat_live_since.isoformat() if shop.chat_live_since else None,
    }


def _found() -> Iterable[str]:
    from chat_pipeline.sources import discover

    return discover()


def _order(row: Row) -> list[tuple[bool, str]]:
    return [(value is not None, str(value)) for value in row]


def _signal_rules(settings: Settings) -> Iterator[Row]:
    for platform, rule in settings.signals.handoff.items():
        yield from _rules(rule.matches, "handoff_requested", platform=platform)
    for platform, rule in settings.signals.csat.items():
        low, high = rule.scale or (None, None)
        yield from _rules(rule.matches, "feedback", platform=platform, low=low, high=high)
        yield from _rules(rule.asked, "feedback_requested", platform=platform)
    for goal, wanted in settings.goals.items():
        yield from _rules(wanted.entered, "goal_started", goal=goal)
        yield from _rules(wanted.completed, "goal_completed", goal=goal)


def _rules(
    matches: Sequence[Match],
    signal: str,
    platform: str | None = None,
    goal: str | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Iterator[Row]:
    for match in matches:
        named = match.platform or platform
        yield (
            None if named == ANY_PLATFORM else named,
            signal,
            match.kind,
            like_pattern(match.name),
            goal,
            low,
            high,
        )


def _goals(settings: Settings) -> Iterator[Row]:
    for name, goal in settings.goals.items():
        reads_orders = any(match.kind == "order" for match in (*goal.entered, *goal.completed))
        yield name, int(goal.window.total_seconds()), bool(goal.entered), reads_orders


def _intent_roles(settings: Settings) -> Iterator[Row]:
    # One role per intent, so that a join never doubles a message: greeting before courtesy before reply.
    roles = dict.fromkeys(settings.chat.reply_intents, "reply")
    roles |= dict.fromkeys(settings.chat.courtesy_intents, "courtesy")
    roles |= dict.fromkeys(settings.chat.greeting_intents, "greeting")
    yield from roles.items()


def _bot_acts(settings: Settings) -> Iterator[Row]:
    """Names and phrases of acts; `place` is the order in which a name is tried. What asks for a rating is a survey."""
    for act, place in ACT_PLACES.items():
        rule = getattr(settings.bot_acts, act)
        yield from ((act, "name", like_pattern(name), place) for name in rule.names)
        # Sentences are compared in small letters, with straight apostrophes.
        yield from (
            (act, "phrase", like_pattern(phrase.lower().replace("\u2019", "'")), place)
            for phrase in rule.phrases
        )
    asked = (match for rule in settings.signals.csat.values() for match in rule.asked)
    yield from (
        ("survey", "name", like_pattern(match.name), ACT_PLACES["survey"])
        for match in asked
        if match.kind in ("action", "page")
    )


def _name_rules(by_platform: Any) -> Iterator[Row]:
    for platform, rules in by_platform.items():
        for key, kind in RULE_KINDS.items():
            for name, meaning in getattr(rules, key, {}).items():
                yield None if platform == ANY_PLATFORM else platform, kind, name, meaning


def _excluded(settings: Settings) -> Iterator[Row]:
    yield from (("channel", channel) for channel in settings.exclude.channels)
    yield from (("email_domain", domain.lower()) for domain in settings.exclude.email_domains)


def _sources(settings: Settings, found: Sequence[str]) -> Iterator[Row]:
    for name in found:
        for instance in ("default", *settings.source(name).instances):
            own = settings.source(name, instance)
            every = int(own.expect_every.total_seconds()) if own.expect_every else None
            yield name, instance, own.sender_id, own.time_zone, every, own.retired_on


def _source_options(settings: Settings, found: Sequence[str]) -> Iterator[Row]:
    """What only a source itself knows, for its own staging: a list has a row per element; tables stay out."""
    for name in found:
        for instance in ("default", *settings.source(name).instances):
            for option, value in settings.source(name, instance).options.items():
                values = value if isinstance(value, (list, tuple)) else [value]
                yield from ((name, instance, option, str(v)) for v in values if not isinstance(v, Mapping))
