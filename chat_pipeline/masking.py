"""What a customer wrote, fit for others' eyes: e-mail addresses, links and whatever holds a digit are masked.

The same rules as dbt's macro `masked_words` (a test compares the two), which besides takes out case and marks so
that equal questions meet; here the text stays readable.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LINK = re.compile(r"(https?://|www[.])\S+", re.IGNORECASE)
EMAIL = re.compile(r"[^\s,;:<>()]+@[^\s,;:<>()]+")
# Phone, card, order and customer numbers, codes, amounts: nothing tells them apart for sure.
NUMBER = re.compile(r"\S*\d\S*(\s+\S*\d\S*)*")
# Of a phone or a card, however it is grouped; a date has fewer digits, and in a hash they are no word of their own.
LONG_NUMBER = re.compile(r"(?<![^\W_])[+(]?\d(?:[ ()/.-]?\d){8,}(?![^\W_])")
LEAST_NAME = 2


def mask(text: str, names: Iterable[str] = ()) -> str:
    """`text` with LINK, EMAIL and NUMBER in the place of such words, and NAME in the place of `names`.

    Look-alikes count: full-width digits and signs are read as the plain ones, and what is not visible
    (zero-width characters, control characters) is dropped before.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(" " if c.isspace() else c for c in plain if c.isspace() or c.isprintable())
    plain = EMAIL.sub("EMAIL", LINK.sub("LINK", plain))
    plain = NUMBER.sub("NUMBER", plain)
    known = sorted({name.strip() for name in names if len(name.strip()) >= LEAST_NAME}, key=len, reverse=True)
    if known:
        plain = re.sub(
            rf"(?<!\w)({'|'.join(map(re.escape, known))})(?!\w)", "NAME", plain, flags=re.IGNORECASE
        )
    return " ".join(plain.split())


def mask_contacts(text: str) -> str:
    """`text` in one line, with LINK, EMAIL and NUMBER in the place of addresses and of nine digits and more:
    for names that others have given (intents, campaigns, files), in which shorter numbers and dates say something."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return LONG_NUMBER.sub("NUMBER", EMAIL.sub("EMAIL", LINK.sub("LINK", plain)))
