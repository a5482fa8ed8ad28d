"""Who is told of trouble, and what: a line in `logs/`, a webhook, an e-mail.

Told are runs that failed, and what of a good run needs a look: held, unreadable, stale, failed checks.
Names of files, checks and sources only; no values of data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chat_pipeline.home import Home
from chat_pipeline.status import needs_a_look, stale_marts, stale_sources, status
from chat_pipeline.transport import Message, deliver

if TYPE_CHECKING:
    from chat_pipeline.settings import Settings
    from chat_pipeline.settings.operations import Notices

STATE_NAME = "notices.json"


@dataclass(frozen=True)
class Notice:
    """What is told of one run. `failures`: why it was not published; `problems`: what needs a look."""

    home: str
    run_id: str
    failures: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def subject(self) -> str:
        if self.failures:
            return f"chat-pipeline: not published ({self.home})"
        return f"chat-pipeline: {len(self.problems)} to look at ({self.home})"

    @property
    def text(self) -> str:
        lines = [*(f"failed: {failure}" for failure in self.failures), *self.problems]
        return "\n".join([self.subject, *(f"- {line}" for line in lines), f"run {self.run_id or '-'}"])

    @property
    def message(self) -> Message:
        told = {"home": self.home, "run": self.run_id, "failures": self.failures, "problems": self.problems}
        return Message(self.subject, self.text, fields=told)


def problems_of(home: Home, settings: Settings, at: datetime, failed_checks: Iterable[str] = ()) -> list[str]:
    """What needs somebody's look at `at` (UTC), in the order of urgency."""
    files = [
        f"{file['state']}: {source}/{file['path']}" for source, file in needs_a_look(status(home, settings))
    ]
    late = [
        f"stale: {line}" for line in [*stale_marts(home, settings, at), *stale_sources(home, settings, at)]
    ]
    # A late source says so itself, with more than the check's name.
    checks = [f"failed check: {name}" for name in sorted(failed_checks) if not name.endswith(": fresh")]
    return [*files, *late, *checks]


def tell(
    home: Home,
    settings: Settings,
    *,
    failures: Iterable[str] = (),
    failed_checks: Iterable[str] = (),
    run_id: str = "",
    at: datetime | None = None,
) -> list[str]:
    """Tell of a run, if there is anything new to tell; returns what could not be delivered, and why.

    A failed run is always told. What needs a look is told when it changes, and again after `remind_every`.
    """
    at = at or datetime.now(UTC).replace(tzinfo=None)
    failures = tuple(failures)
    problems = tuple(problems_of(home, settings, at, failed_checks))
    if not failures and not _is_due(home, settings.notices, problems, at):
        return []
    notice = Notice(str(home.root), run_id, failures, problems)
    _write_log(home, notice.text, at)
    undelivered = deliver(settings.notices, notice.message, settings.notices.email_to)
    for line in undelivered:
        _write_log(home, line, at)
    if not undelivered:
        _remember(home, problems, at)
    return undelivered


def _is_due(home: Home, notices: Notices, problems: tuple[str, ...], at: datetime) -> bool:
    file = home.state / STATE_NAME
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"problems": [], "at": ""}
    if list(problems) == told["problems"]:
        return bool(problems) and at - datetime.fromisoformat(told["at"]) >= notices.remind_every
    if not problems:  # mended: when it comes back, it is news
        file.unlink()
    return bool(problems)


def _remember(home: Home, problems: tuple[str, ...], at: datetime) -> None:
    home.state.mkdir(parents=True, exist_ok=True)
    aside = home.state / f"{STATE_NAME}.new"
    aside.write_text(json.dumps({"problems": problems, "at": at.isoformat()}), encoding="utf-8")
    aside.replace(home.state / STATE_NAME)


def _write_log(home: Home, text: str, at: datetime) -> None:
    """A file per month, so that old ones can be swept."""
    home.logs.mkdir(parents=True, exist_ok=True)
    with (home.logs / f"notices-{at:%Y-%m}.log").open("a", encoding="utf-8") as log:
        log.write(f"{at:%Y-%m-%d %H:%M} {text}\n")
