"""Made-up words, names and moments; the same for the same seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 20, 9, tzinfo=UTC)
WORDS = [
    "where",
    "is",
    "my",
    "order",
    "the",
    "parcel",
    "was",
    "late",
    "again",
    "can",
    "I",
    "change",
    "address",
    "of",
    "delivery",
    "please",
    "thanks",
    "a",
    "lot",
    "refund",
    "invoice",
    "size",
    "colour",
    "mug",
    "lamp",
    "chair",
    "green",
    "größer",
    "zurück",
    "señal",
    "café",
    "naïve",
    "12",
    "30",
    "EUR",
    "when",
    "will",
    "it",
    "ship",
]
CITIES = ("Berlin", "Porto", "Oslo", "Lyon", "Graz", "Gent", "Brno", "Cork")
FIRST = ("Ana", "Kim", "Lena", "Noor", "Piet", "Sami", "Tom", "Uma", "Zoë")
LAST = ("Bell", "Costa", "Dahl", "Ek", "Fuchs", "García", "Horn", "Ilić")


def sentence(rng: random.Random, low: int = 3, high: int = 14) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(low, high)))


def moment(number: int, step: float = 7.25) -> datetime:
    """A UTC moment, later with each number; half a year and then from the start again."""
    return START + timedelta(seconds=(number * step) % 15_000_000)


def iso(number: int) -> str:
    return moment(number).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def email(number: int) -> str:
    return f"person{number}@mail{number % 17}.example"
