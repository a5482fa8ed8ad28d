"""What the settings already make of a name. How a name that they don't know could be used: `_signal_toml.py`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chat_pipeline.reading import sql_text

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

# Keys of [identifiers] and [attributes] by the kind of signal they name.
RULE_KINDS = {"slots": "slot", "parameters": "parameter", "properties": "crm_field"}


def mappings(settings: Settings) -> str:
    """SELECT of (platform or null, kind, pattern, target): a LIKE pattern with escape `!` per use of a name."""
    rows = [
        f"({sql_text(platform) if platform else 'cast(null as varchar)'}, {sql_text(kind)},"
        f" {sql_text(like(name))}, {sql_text(target)})"
        for platform, kind, name, target in sorted(uses(settings), key=str)
    ]
    nothing = "select null as platform, null as kind, null as pattern, null as target where false"
    return (
        f"select * from (values {', '.join(rows)}) as m (platform, kind, pattern, target)"
        if rows
        else nothing
    )


def uses(settings: Settings) -> Iterator[tuple[str | None, str, str, str]]:
    """Every name in the settings: platform (None: any), kind, name (with `*`), the key that uses it."""
    for section, by_platform in (("identifiers", settings.identifiers), ("attributes", settings.attributes)):
        for platform, rules in by_platform.items():
            for key, kind in RULE_KINDS.items():
                for name, meaning in getattr(rules, key).items():
                    yield (
                        platform,
                        kind,
                        f"*.{name}" if kind == "crm_field" else name,
                        f"{section}: {meaning}",
                    )
    for platform, handoff in settings.signals.handoff.items():
        yield from _matches(handoff.matches, "signals.handoff", platform)
    for platform, csat in settings.signals.csat.items():
        yield from _matches(csat.matches, "signals.csat", platform)
        yield from _matches(csat.asked, "signals.csat asked", platform)
    for goal, rule in settings.goals.items():
        yield from _matches(rule.entered, f"goals.{goal} entered")
        yield from _matches(rule.completed, f"goals.{goal} completed")
    for group, patterns in settings.intent_groups.items():
        yield from ((None, "intent", pattern, f"intent_groups.{group}") for pattern in patterns)
    yield from ((None, "intent", name, "chat.greeting_intents") for name in settings.chat.greeting_intents)
    yield from ((None, "intent", name, "chat.courtesy_intents") for name in settings.chat.courtesy_intents)
    yield from ((None, "intent", name, "chat.reply_intents") for name in settings.chat.reply_intents)


def _matches(matches, target: str, platform: str | None = None) -> Iterator[tuple[str | None, str, str, str]]:
    for match in matches:
        # An order and a group of intents are no names in the data.
        if match.kind not in ("order", "group"):
            named = match.platform or platform
            yield None if named == "any" else named, match.kind, match.name, target


def like(name: str) -> str:
    """A name with `*` as a LIKE pattern with escape `!`."""
    for special in ("!", "%", "_"):
        name = name.replace(special, f"!{special}")
    return name.replace("*", "%")
