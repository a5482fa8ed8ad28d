"""A bucket of the local S3 server as tests handle it, and what they deliver to homes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from chat_pipeline.extract.ledger import FILES_PART
from chat_pipeline.extract.loads import next_number
from chat_pipeline.home import Home
from chat_pipeline.settings import Settings, load_settings
from chat_pipeline.sources import discover
from chat_pipeline.store import hold

RASA = discover()["rasa"]


@dataclass(frozen=True)
class Bucket:
    """`client`: boto3's, for what the pipeline itself never does."""

    name: str
    endpoint: str
    client: Any

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    def settings(self, folder: Path, *parts: str) -> Settings:
        """Settings whose `parts` lie in this bucket."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f'{part} = "{self.url}/shop/{part}"' for part in parts]
        file = folder / "settings.toml"
        file.write_text("\n".join(["[paths]", f'endpoint = "{self.endpoint}"', *lines]), encoding="utf-8")
        return load_settings(file)

    def names(self, prefix: str = "") -> set[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return {found["Key"] for page in pages for found in page.get("Contents", [])}

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=key, Body=content)


def add_load(home: Home, name: str) -> None:
    """A load as an extraction would write it, by its files: what is in them is of no interest here."""
    folder = home.raw / "rasa" / f"load-{next_number(home, RASA):06d}"
    folder.mkdir(parents=True)
    for part in (FILES_PART, "events.parquet"):
        pyarrow.parquet.write_table(pyarrow.table({"name": [name]}), folder / part)


def fetched(home: Home, settings: Settings) -> dict[str, bytes]:
    """What a home holds of raw once it is up to date."""
    with hold(home, settings):
        pass
    return raw_files(home)


def raw_files(home: Home) -> dict[str, bytes]:
    """The files of a home's raw by name, without those that stay in it."""
    return {
        path.relative_to(home.raw).as_posix(): path.read_bytes()
        for path in sorted(home.raw.rglob("*"))
        if path.is_file() and "load-000000" not in path.parts and not path.is_relative_to(home.incoming)
    }


def copied(home: Home, to: Path) -> Home:
    shutil.copytree(home.root, to)
    return Home(to)


def end(*_: object) -> None:
    """In the place of a function: there the process dies."""
    raise Killed


class Killed(BaseException):
    """No `except Exception` hears of it."""
