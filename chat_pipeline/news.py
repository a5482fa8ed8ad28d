"""Whether a night has anything new. Cheap: no ledger is read, neither Dagster nor dbt imported.

`chat-pipeline sync` asks before it starts a run, the steps of a run ask again after the extraction.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chat_pipeline.extract.files import list_exports
from chat_pipeline.fingerprint import fingerprint, published_fingerprint
from chat_pipeline.home import Home
from chat_pipeline.sentiment.scoring import SCORING, texts_wait
from chat_pipeline.sources import discover
from chat_pipeline.standing import keep, standing

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings

EXPORTS = "exports"
# What is made of the published marts, each with a check of its own (assets/report.py).
LOOKED_AT = ("report", "workbook", "digest")


def marts_stand(home: Home, settings: Settings, at: datetime) -> bool:
    """Whether what is published was made of just these raw rows, settings and models, and the build
    that it came from is whole; and no message waits to be scored. `at`: now (UTC)."""
    now = published_fingerprint(home)
    built = now and all(standing(home, part).get("fingerprint") == now for part in ("dbt", "analytics"))
    return bool(built) and fingerprint(home, settings) == now and not texts_wait(home, settings, at)


def nothing_arrived(home: Home) -> bool:
    """Whether the exports are those that the last whole run began with: they would bring nothing again."""
    return standing(home, EXPORTS).get("digest") == exports_digest(home)


def remember_exports(home: Home, digest: str, needs_a_look: list[tuple[str, dict[str, Any]]]) -> None:
    """Keep that all sources were extracted from these exports, and which files a person should look at."""
    files = [[source, file["path"], file["state"], file["reason"]] for source, file in needs_a_look]
    keep(home, EXPORTS, {"digest": digest, "needs_a_look": files})


def is_left_undone(home: Home) -> bool:
    """Whether a page of the published marts could not be made, or the digest not be sent: a run tries again."""
    return any(standing(home, part).get("problem") for part in LOOKED_AT)


def still_needs_a_look(home: Home) -> list[list[str]]:
    """[source, path, state, reason] of each file that the last whole run left held or unreadable."""
    return standing(home, EXPORTS).get("needs_a_look", [])


def standing_failures(home: Home) -> dict[str, dict[str, Any]]:
    """What is red still: failed expectations and scoring of the last run, as `RunOutcome.failed_checks` has them."""
    found = {}
    for source in discover():
        for check in standing(home, f"raw/{source}").get("checks", []):
            if not check["passed"]:
                severity = "ERROR" if check["severity"] == "critical" else "WARN"
                name = f"{source}/{check['table']}: {check['name']}"
                found[name] = {"severity": severity, "description": ""}
    if problem := standing(home, SCORING).get("problem"):
        found["analytics/message_sentiment: scored"] = {"severity": "ERROR", "description": problem}
    return found


def exports_digest(home: Home) -> str:
    """A hash of names, sizes and modification times under `exports/`."""
    digest = hashlib.sha256()
    for file in list_exports(home.exports):
        digest.update(f"{file.path}\0{file.size}\0{file.mtime_ns}\n".encode())
    return digest.hexdigest()
