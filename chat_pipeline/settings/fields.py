"""The kinds of values that settings are made of: durations, time zones, weekdays, times of day, ...

A function here takes what stands in the file and returns the typed value, or raises what `fault`
returns: what is wrong, and the remedy. What a key means belongs into `models.py` and `rules.py`.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))


class Table(BaseModel):
    """A table of the settings file: no unknown keys, no silent conversion of types, no changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def fault(wrong: str, remedy: str) -> PydanticCustomError:
    """The error a validator raises about the key at hand."""
    return faults([("", wrong, remedy)])


def faults(found: list[tuple[str, str, str]]) -> PydanticCustomError:
    """Several at once: (key below the one at hand, or '', what is wrong, remedy)."""
    return PydanticCustomError("settings", "see context", {"faults": found})


def nearest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The one of `words` that was probably meant."""
    by_lower = {known.lower(): known for known in words}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def choose(word: str, words: Iterable[str]) -> str:
    """The remedy for a word that is none of `words`."""
    known = sorted(words)
    meant = nearest(word, known)
    if meant:
        return f"did you mean {meant!r}?"
    return f"use one of: {', '.join(known)}" if known else "none is declared yet"


def shown(value: Any) -> str:
    """A value as it may stand in the file, cut to 60 characters."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value) if isinstance(value, (date, time)) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def from_context(info: ValidationInfo, what: str) -> frozenset[str] | None:
    """Names that the file as a whole knows (`sources`, `goals`, `groups`); None: not to be checked."""
    return (info.context or {}).get(what)


def parse_duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,6}) *([smhdw])", value.strip()) if isinstance(value, str) else None
    if not found or int(found[1]) == 0:
        raise fault(
            f"{shown(value)} is no duration",
            'write a number and s, m, h, d or w, such as "30m", "24h" or "2d"',
        )
    return timedelta(seconds=int(found[1]) * SECONDS[found[2]])


def check_time_zone(value: str) -> str:
    zones = zoneinfo.available_timezones()
    if value not in zones:
        meant = nearest(value, zones) or nearest(value, (zone for zone in zones if zone.count("/") == 1), 0.4)
        raise fault(f"{shown(value)} is no time zone", f"use a name such as {meant or 'Europe/Berlin'!r}")
    return value


def check_currency(value: str) -> str:
    if not re.fullmatch("[A-Z]{3}", value):
        raise fault(f"{shown(value)} is no currency code", 'use three capital letters, such as "EUR"')
    return value


def check_country(value: str) -> str:
    # Imported here: it is needed for one key, and not small.
    from phonenumbers import SUPPORTED_REGIONS

    if value not in SUPPORTED_REGIONS:
        raise fault(
            f"{shown(value)} is no country code", 'use two capital letters of ISO 3166, such as "DE" or "GB"'
        )
    return value


def parse_weekdays(value: Any) -> tuple[int, ...]:
    """ISO weekdays (1 = Monday) of "mon-fri" or "mon,wed,sat"."""
    remedy = f'write days such as "mon-fri" or "mon,wed,sat", of: {", ".join(WEEKDAYS)}'
    if not isinstance(value, str):
        raise fault(f"must be text, not {shown(value)}", remedy)
    days: set[int] = set()
    for part in value.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise fault(f"{value!r} names no weekdays", remedy)
        start, stop = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days.update((start + step) % 7 + 1 for step in range((stop - start) % 7 + 1))
    return tuple(sorted(days))


def parse_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if not found:
        raise fault(f"{shown(value)} is no time of day", 'write hours and minutes, such as "09:00"')
    return time(int(found[1]), int(found[2]))


def parse_date(value: Any) -> date:
    # TOML's own dates come typed; a quoted one means the same.
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise fault(f"{shown(value)} is no date: {error}", "write it as 2026-09-30") from error
    if not isinstance(value, date) or isinstance(value, datetime):
        raise fault(f"{shown(value)} is no date", "write it without quotes and time, as 2026-09-30")
    return value


def check_cron(value: str) -> str:
    parts = value.split()
    remedy = 'write minute, hour, day, month and weekday, such as "0 4 * * *" for 04:00 every day'
    if len(parts) != len(CRON_FIELDS):
        raise fault(f"{value!r} has {len(parts)} fields instead of 5", remedy)
    for part, (name, low, high) in zip(parts, CRON_FIELDS, strict=True):
        for piece in part.split(","):
            found = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", piece)
            numbers = [int(number) for number in found.groups()[:2] if number] if found else []
            if (
                not found
                or any(not low <= number <= high for number in numbers)
                or numbers != sorted(numbers)
            ):
                raise fault(f"{piece!r} is no {name} ({low} to {high}) in {value!r}", remedy)
    return value


def check_memory(value: str) -> str:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) *(%|[KMGT]i?B)", value)
    size = float(found[1]) if found else 0
    if not found or size == 0 or (found[2] == "%" and size > 100):
        raise fault(
            f"{shown(value)} is no amount of memory", 'write a share such as "50%" or a size such as "4GB"'
        )
    return value


def check_after(value: date, info: ValidationInfo) -> date:
    """For the field `to`: not before the field `from` of the same table."""
    start = info.data.get("from_date")
    if start and value < start:
        raise fault(f"{value} is before `from` ({start})", "swap the two dates, or correct one")
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
TimeZone = Annotated[str, AfterValidator(check_time_zone)]
Currency = Annotated[str, AfterValidator(check_currency)]
Country = Annotated[str, AfterValidator(check_country)]
Weekdays = Annotated[tuple[int, ...], BeforeValidator(parse_weekdays)]
TimeOfDay = Annotated[time, BeforeValidator(parse_time)]
Day = Annotated[date, BeforeValidator(parse_date)]
LastDay = Annotated[Day, AfterValidator(check_after)]
Cron = Annotated[str, AfterValidator(check_cron)]
Memory = Annotated[str, AfterValidator(check_memory)]
Text = Annotated[str, Field(min_length=1)]
# TOML has arrays, settings don't change: strict types would refuse a list as a tuple.
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
