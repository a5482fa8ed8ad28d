"""Settings of what lies in object storage instead of in the home. None of them changes a number."""

from __future__ import annotations

import re
from itertools import permutations
from typing import Annotated

from pydantic import AfterValidator, model_validator

from chat_pipeline.settings.fields import Table, fault, faults, shown

REMEDY = 'write one such as "s3://bucket/chat/raw" or "gs://bucket/chat/raw"; leave it empty for the home'


def check_url(value: str) -> str:
    """A bucket's URL with or without a path in it, no slash at its end."""
    url = value.removesuffix("/")
    if not url:
        return ""
    if not re.fullmatch(r"(s3|gs)://[a-z0-9][a-z0-9._-]+(/[^/?#*\[\]\s]+)*", url):
        raise fault(f"{shown(value)} is no address of object storage", REMEDY)
    if {".", ".."} & set(url.split("/")):
        raise fault(f"{shown(value)} has a `.` or `..` in its path", REMEDY)
    return url


def check_endpoint(value: str) -> str:
    if value and not value.startswith(("https://", "http://")):
        raise fault(f"{shown(value)} is no web address", "write one that begins with https://")
    return value


StoreUrl = Annotated[str, AfterValidator(check_url)]


class Paths(Table):
    """URLs (`s3://`, `gs://`) of what does not lie in the home; empty: in the home. `endpoint`: of a server that speaks S3
    and is not Amazon's. Credentials stand in the environment."""

    exports: StoreUrl = ""
    raw: StoreUrl = ""
    parquet: StoreUrl = ""
    endpoint: Annotated[str, AfterValidator(check_endpoint)] = ""

    @model_validator(mode="after")
    def _check_apart(self) -> Paths:
        places = {"exports": self.exports, "raw": self.raw, "parquet": self.parquet}
        for (inner, url), (outer, around) in permutations(places.items(), 2):
            if url and around and f"{url}/".startswith(f"{around}/"):
                wrong = f"lies in the place of `{outer}` ({around})"
                raise faults([(inner, wrong, "give each a path of its own in the bucket")])
        return self
