"""What is looked for, as regular expressions that Python and DuckDB read alike.

An identifier counts only where it stands for itself: `ann@shop.test` is not in `joann@shop.test`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat_pipeline.privacy.person import Identifier, Person

# Shorter ids than this (`4711`) stand in any text: they are looked for as whole cells of their own platform.
SHORT = 6
# Between the cells of a row; in no text.
CELL = "\x1e"
# Around an identifier: the end of a word, or an escape of JSON or of a URL.
BEFORE = r"(?:^|[^a-z0-9._+-]|%[0-9a-f]{2}|\\[nrt])"
AFTER = r"(?:$|[^a-z0-9_-])"
BETWEEN_DIGITS = r"[ ()./-]{0,3}"
# Signs that JSON and URLs write in other ways.
ESCAPED = {"@": r"(?:@|%40|\\u0040)", "+": r"(?:[+]|%2b|\\u002b)", "/": r"(?:\\?/|%2f)"}


@dataclass(frozen=True)
class Sought:
    """A pattern, and what any text with a match holds for sure: one of `cores` in its lower case, or one of
    `digits` in its digits. Far quicker to look for than the pattern."""

    pattern: str
    cores: tuple[str, ...]
    digits: tuple[str, ...]


@dataclass(frozen=True)
class Patterns:
    """`given` and `linked` (None: nothing is linked) for all text; `short`: for cells, by platform."""

    given: Sought
    linked: Sought | None
    short: dict[str, str]


def patterns(person: Person, dial_code: str) -> Patterns:
    """The patterns of a person's identifiers; a phone number in every usual way of writing it."""
    long = [identifier for identifier in person.linked if len(identifier.value) >= SHORT]
    short: dict[str, list[str]] = {}
    for identifier in person.linked:
        if len(identifier.value) < SHORT:
            short.setdefault(identifier.platform, []).append(re.escape(identifier.value))
    return Patterns(
        given=_any(person.given, dial_code),
        linked=_any(tuple(long), dial_code) if long else None,
        short={
            platform: f"(?i)(?:^|{CELL})(?:{'|'.join(values)})(?:$|{CELL})"
            for platform, values in short.items()
        },
    )


def _any(identifiers: tuple[Identifier, ...], dial_code: str) -> Sought:
    others = [identifier.value for identifier in identifiers if identifier.kind != "phone"]
    numbers = [identifier.value for identifier in identifiers if identifier.kind == "phone"]
    texts = sorted({_written(value) for value in others})
    phones = sorted({_dialled(value, dial_code) for value in numbers})
    whole = [f"{BEFORE}(?:{'|'.join(texts)}){AFTER}"] if texts else []
    whole += [f"(?:^|[^0-9])(?:{phone})(?:$|[^0-9])" for phone in phones]
    cores = {max(re.findall(r"[a-z0-9._-]+", value.lower()), key=len, default="") for value in others}
    return Sought(
        "(?i)" + "|".join(whole), tuple(sorted(cores)), tuple(sorted(number[-SHORT:] for number in numbers))
    )


def _written(value: str) -> str:
    return "".join(ESCAPED.get(sign) or re.escape(sign) for sign in value)


def _dialled(value: str, dial_code: str) -> str:
    """+491711234567 as +49 171 ..., 0049-171..., (0171) ..., with any usual separators."""
    digits = value.removeprefix("+")
    plus = f"(?:{ESCAPED['+']}|00)?"
    if not digits.startswith(dial_code):
        return plus + BETWEEN_DIGITS.join(digits)
    number = BETWEEN_DIGITS.join(digits.removeprefix(dial_code))
    international = f"{plus}{BETWEEN_DIGITS.join(dial_code)}{BETWEEN_DIGITS}(?:0[)] ?)?"
    return f"(?:{international}|0{BETWEEN_DIGITS}){number}"
