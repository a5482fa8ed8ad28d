"""How a name could be used: the lines that a signal's row suggests, and all of them as one piece of TOML."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chat_pipeline.analytics._signal_mapping import RULE_KINDS

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

IDENTIFIERS = {"email": "email", "phone": "phone", "client_id": "ga_client_id"}
ATTRIBUTES = ("age", "birth_date", "city", "country", "first_name", "gender", "language", "last_name")
RATING_NAME = "rating|csat|score|feedback|satisf|stars|helpful|zufrieden|bewertung"
HANDOFF_NAME = "hand_?-?(off|over)|human|live_?-?(agent|chat)|operator|mitarbeiter"


def suggestion() -> str:
    """SQL expression over platform, kind, name, looks_like, highest: TOML that stands on its own, or null."""
    key = "case when regexp_full_match(name, '[A-Za-z0-9_-]+') then name else cast(to_json(name) as varchar) end"
    platform = (
        "case when regexp_full_match(platform, '[A-Za-z0-9_-]+') then platform"
        " else cast(to_json(platform) as varchar) end"
    )
    identifier = " ".join(f"when '{look}' then '{meaning}'" for look, meaning in IDENTIFIERS.items())
    attributes = ", ".join(f"'{name}'" for name in ATTRIBUTES)
    listed = "kind || 's = [' || cast(to_json(name) as varchar) || ']'"
    rule = f"{platform} || '.' || kind || 's = {{ ' || {key} || ' = \"'"
    # Of a CRM's fields the e-mail and the phone are known; the browser's id in a field of the shop's own is not.
    field = "substr(name, strpos(name, '.') + 1)"
    return f"""
        case
            when kind in ('slot', 'parameter') and looks_like in ('email', 'phone', 'client_id')
                then '[identifiers]' || chr(10) || {rule} || case looks_like {identifier} end || '" }}'
            when kind in ('slot', 'parameter', 'value') and looks_like in ('rating', 'yes_no')
                and regexp_matches(lower(name), '{RATING_NAME}')
                then '[signals.csat]' || chr(10) || {platform} || ' = {{ ' || {listed} || case
                    when looks_like = 'yes_no' then ''
                    when highest <= 5 then ', scale = [1, 5]'
                    else ', scale = [0, 10]'
                end || ' }}'
            when kind in ('action', 'intent', 'flow', 'event') and regexp_matches(lower(name), '{HANDOFF_NAME}')
                then '[signals.handoff]' || chr(10) || {platform} || ' = {{ ' || {listed} || ' }}'
            when kind = 'crm_field' and looks_like = 'client_id'
                then '[identifiers]' || chr(10) || {platform} || '.properties = {{ ' || case
                    when regexp_full_match({field}, '[A-Za-z0-9_-]+') then {field}
                    else cast(to_json({field}) as varchar)
                end || ' = "ga_client_id" }}'
            when kind in ('slot', 'parameter') and lower(name) in ({attributes})
                then '[attributes]' || chr(10) || {rule} || lower(name) || '" }}'
        end"""


def as_toml(rows: Iterable[Mapping[str, Any]], settings: Settings | None = None) -> str:
    """The suggestions of rows of `analytics.signals` as one piece of TOML for the settings file.

    A key of the file replaces the shipped one as a whole: with `settings`, what stands there now is kept in.
    Of two suggestions for one value the first row's stands.
    """
    wanted: dict[str, Any] = {}
    for row in rows:
        if row["suggestion"]:
            _merge(wanted, tomllib.loads(row["suggestion"]))
    standing = _standing(settings) if settings else {}
    lines = []
    for section, table in wanted.items():
        now = standing.get(section, {})
        if section == "signals":
            for signal, platforms in table.items():
                lines.append(f"[signals.{signal}]")
                for platform, rule in platforms.items():
                    lines.append(
                        f"{_key(platform)} = {_inline(_both(now.get(signal, {}).get(platform), rule))}"
                    )
                lines.append("")
            continue
        lines.append(f"[{section}]")
        for platform, rules in table.items():
            for key, names in rules.items():
                kept = now.get(platform, {}).get(key)
                lines.append(f"{_key(platform)}.{_key(key)} = {_inline(_both(kept, names))}")
        lines.append("")
    return "\n".join(lines)


def _standing(settings: Settings) -> dict[str, Any]:
    """The rules of the settings in the shape of the file."""
    found: dict[str, Any] = {"signals": {}}
    for section in ("identifiers", "attributes"):
        found[section] = {
            platform: {key: dict(getattr(rules, key)) for key in RULE_KINDS}
            for platform, rules in getattr(settings, section).items()
        }
    for signal in ("handoff", "csat"):
        found["signals"][signal] = {
            platform: _rule(rule) for platform, rule in getattr(settings.signals, signal).items()
        }
    return found


def _rule(rule: Any) -> dict[str, Any]:
    table = _lists(rule.matches)
    if getattr(rule, "asked", ()):
        table["asked"] = _lists(rule.asked)
    if getattr(rule, "scale", None):
        table["scale"] = [int(bound) if bound == int(bound) else bound for bound in rule.scale]
    return table


def _lists(matches: Any) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for match in matches:
        # The one kind that has no plural stands alone.
        if match.kind == "ga4":
            table["ga4"] = match.name
        else:
            table.setdefault(f"{match.kind}s", []).append(match.name)
    return table


def _both(kept: dict[str, Any] | None, added: dict[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    _merge(table, kept or {})
    _merge(table, added)
    return table


def _merge(into: dict[str, Any], table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        if isinstance(value, Mapping):
            _merge(into.setdefault(key, {}), value)
        elif isinstance(value, list) and key != "scale":
            known = into.setdefault(key, [])
            known += [name for name in value if name not in known]
        else:
            into.setdefault(key, value)


def _key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else json.dumps(key)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_inline(inner)}" for key, inner in value.items()) + " }"
    # JSON's texts, numbers and lists are TOML's too.
    return json.dumps(value, ensure_ascii=False)
